"""Large projects, and what is said of them."""

from caliban_adapters.docker.dockerignore import parse
from caliban_adapters.docker.weight import advice

MB = 1_000_000


def tree(sizes: dict[str, int]) -> list[tuple[str, str, str]]:
    return [(path, "f", f"{size} 1 1 1") for path, size in sizes.items()]


def test_nothing_is_said_of_a_project_of_ordinary_size() -> None:
    assert advice([]) == []
    assert advice(tree({"a": 60 * MB, "b": 40 * MB})) == []


def test_the_five_largest_things_are_named_with_their_sizes() -> None:
    sizes = {f"file{number}": number * 10 * MB for number in range(1, 8)}
    first, *lines = advice(tree(sizes))
    assert first == (
        "warning: 280 MB are copied into the image; the largest of it, as lines of .dockerignore "
        "that leave it out:"
    )
    assert lines == [f"     {number}0 MB  file{number}" for number in (7, 6, 5, 4, 3)]


def test_a_directory_is_named_where_no_part_of_it_is_most_of_it() -> None:
    sizes = {"runs/1/a": 70 * MB, "runs/2/a": 70 * MB, "data/train/big.bin": 90 * MB, "x": 1}
    assert advice(tree(sizes))[1:] == ["    140 MB  runs", "     90 MB  data/train/big.bin"]


def test_what_the_image_is_made_for_is_never_left_out_itself() -> None:
    sizes = {"src/trainer/a.bin": 90 * MB, "src/trainer/old/b": 70 * MB, "src/trainer/train.py": 1}
    small = {"data/part/c": 2 * MB, "data/part/d": 2 * MB, "data/part/e": 2 * MB}
    assert advice(tree(sizes | small), {"src/trainer", "data/part"})[1:] == [
        "     90 MB  src/trainer/a.bin",
        "     70 MB  src/trainer/old/b",
        "      2 MB  data/part/c",
        "      2 MB  data/part/d",
        "      2 MB  data/part/e",
    ]


def test_of_much_that_is_small_only_the_sum_is_told() -> None:
    sizes = {f"data/{number}": MB // 2 for number in range(300)}
    assert advice(tree(sizes), {"data"}) == ["warning: 150 MB are copied into the image"]


def test_directories_and_links_weigh_nothing() -> None:
    assert advice([("a", "d", ""), ("b", "l", "a"), ("c", "s", "")]) == []


def test_each_line_leaves_out_what_it_names() -> None:
    paths = ["my data/a [1].bin", "*.ckpt"]
    lines = advice(tree(dict.fromkeys(paths, 90 * MB)))[1:]
    ignore = parse("\n".join(line.partition(" MB  ")[2] for line in lines))
    assert all(ignore.ignores(path) for path in paths)
