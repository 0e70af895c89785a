"""Trains a small neural network to read handwritten digits."""

import argparse

from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--epochs", type=int, default=10)
    return parser.parse_args()


def main() -> None:
    args = parse_args()

    # The digits come with scikit-learn: 1,797 pictures of 8 by 8 pixels, nothing to download.
    pixels, digits = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        pixels / 16, digits, test_size=0.25, random_state=0, stratify=digits
    )

    network = MLPClassifier(
        hidden_layer_sizes=(64,),
        solver="sgd",
        learning_rate_init=args.learning_rate,
        batch_size=64,
        random_state=0,
    )
    for epoch in range(1, args.epochs + 1):
        network.partial_fit(train_x, train_y, classes=range(10))
        print(f"epoch {epoch}/{args.epochs}: loss {network.loss_:.4f}", flush=True)

    print(f"learning rate {args.learning_rate}, test accuracy: {network.score(test_x, test_y):.4f}")


if __name__ == "__main__":
    main()
