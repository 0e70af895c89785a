"""The examples of sweeps in Caliban's documentation mean what is printed under them."""

import shlex
from collections.abc import Sequence

import pytest

from caliban_domain.errors import BadDocument
from caliban_domain.experiments import Sweep, parse


def flags(sweep: Sweep, script_args: Sequence[str] = ()) -> list[str]:
    """The experiments as ``expansion --print_flags`` prints them."""
    return [shlex.join(experiment.argv) for experiment in sweep.experiments(script_args)]


def test_the_expansion_example_expands_as_documented() -> None:
    text = """[    {
           "epochs": [1,2, 3, 4],
           "batch_size": [64, 128],
           "constant_arg": "something",
           "important_toggle": [true, false]
       },
       {
           "epochs": 1000,
           "batch_size": 1
       }
   ]"""
    sweep = parse(text, "experiment.json")
    assert sweep.count == 17
    assert flags(sweep) == [
        "--epochs 1 --batch_size 64 --constant_arg something --important_toggle",
        "--epochs 1 --batch_size 64 --constant_arg something",
        "--epochs 1 --batch_size 128 --constant_arg something --important_toggle",
        "--epochs 1 --batch_size 128 --constant_arg something",
        "--epochs 2 --batch_size 64 --constant_arg something --important_toggle",
        "--epochs 2 --batch_size 64 --constant_arg something",
        "--epochs 2 --batch_size 128 --constant_arg something --important_toggle",
        "--epochs 2 --batch_size 128 --constant_arg something",
        "--epochs 3 --batch_size 64 --constant_arg something --important_toggle",
        "--epochs 3 --batch_size 64 --constant_arg something",
        "--epochs 3 --batch_size 128 --constant_arg something --important_toggle",
        "--epochs 3 --batch_size 128 --constant_arg something",
        "--epochs 4 --batch_size 64 --constant_arg something --important_toggle",
        "--epochs 4 --batch_size 64 --constant_arg something",
        "--epochs 4 --batch_size 128 --constant_arg something --important_toggle",
        "--epochs 4 --batch_size 128 --constant_arg something",
        "--epochs 1000 --batch_size 1",
    ]


BROADCAST = """{
       # comments work inside the JSON file!
       "epochs": [2, 3],
       "batch_size": [64, 128], # end of line comments too.
       "constant_arg": "something"%s
       "important_toggle": [true, false]
   }"""


@pytest.mark.parametrize("script_args", [[], ["--key", "value"]])
def test_the_broadcasting_example_expands_as_documented(script_args: list[str]) -> None:
    sweep = parse(BROADCAST % ",", "experiment.json")
    first = "".join(f"{word} " for word in script_args)
    assert sweep.count == 8
    assert flags(sweep, script_args) == [
        f"{first}--epochs 2 --batch_size 64 --constant_arg something --important_toggle",
        f"{first}--epochs 2 --batch_size 64 --constant_arg something",
        f"{first}--epochs 2 --batch_size 128 --constant_arg something --important_toggle",
        f"{first}--epochs 2 --batch_size 128 --constant_arg something",
        f"{first}--epochs 3 --batch_size 64 --constant_arg something --important_toggle",
        f"{first}--epochs 3 --batch_size 64 --constant_arg something",
        f"{first}--epochs 3 --batch_size 128 --constant_arg something --important_toggle",
        f"{first}--epochs 3 --batch_size 128 --constant_arg something",
    ]


def test_the_broadcasting_example_without_its_comma_names_line_and_column() -> None:
    with pytest.raises(BadDocument, match=r"^experiment\.json:6:8: expecting ',' delimiter$"):
        parse(BROADCAST % "", "experiment.json")


LISTS = """[
       {
           "epochs": [1,2, 3, 4],
           "batch_size": [64, 128],
           "constant_arg": "something",
           "important_toggle": [true, false]
       },
       {
           "epochs": [9, 10],
           "batch_size": [512, 1024],
           "constant_arg": "something"
       }%s
       {
           "epochs": 1000,
           "batch_size": 1
       }
   ]"""


def test_the_example_of_three_definitions_gives_21_jobs() -> None:
    sweep = parse(LISTS % ",", "experiment.json")
    assert [grid.count for grid in sweep.grids] == [16, 4, 1]
    assert sweep.count == 21
    assert flags(sweep)[16:] == [
        "--epochs 9 --batch_size 512 --constant_arg something",
        "--epochs 9 --batch_size 1024 --constant_arg something",
        "--epochs 10 --batch_size 512 --constant_arg something",
        "--epochs 10 --batch_size 1024 --constant_arg something",
        "--epochs 1000 --batch_size 1",
    ]


def test_the_example_of_three_definitions_without_its_comma_names_line_and_column() -> None:
    with pytest.raises(BadDocument, match=r"^experiment\.json:13:8: expecting ',' delimiter$"):
        parse(LISTS % "", "experiment.json")
