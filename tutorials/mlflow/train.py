"""Fits a curve to noisy points by gradient descent, and tells MLflow how it goes."""

import argparse
import math
import random

import mlflow


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=0.1)
    parser.add_argument("--momentum", type=float, default=0.0)
    parser.add_argument("--steps", type=int, default=20)
    return parser.parse_args()


def main() -> None:
    args = parse_args()
    chance = random.Random(0)  # noqa: S311  # the same noise in every run, so that they compare
    points = [(x / 50, math.sin(x / 50) + chance.gauss(0, 0.1)) for x in range(-50, 51)]

    # Where to log, the experiment and the name of the run are in the environment.
    with mlflow.start_run():
        mlflow.log_params(vars(args))
        slope = velocity = 0.0
        for step in range(args.steps):
            errors = [(x, slope * x - y) for x, y in points]
            loss = sum(error**2 for _, error in errors) / len(errors)
            mlflow.log_metric("loss", loss, step=step)
            gradient = sum(2 * x * error for x, error in errors) / len(errors)
            velocity = args.momentum * velocity - args.learning_rate * gradient
            slope += velocity
        print(f"slope {slope:.4f}, loss {loss:.4f}")


if __name__ == "__main__":
    main()
