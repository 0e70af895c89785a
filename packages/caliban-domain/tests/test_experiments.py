"""Sweeps: what an experiment config stands for, and what it can't say."""

import shlex
from contextlib import suppress
from datetime import date
from itertools import islice
from typing import Any

import pytest

from caliban_domain.errors import BadDocument, BadSweep
from caliban_domain.experiments import (
    ONE_EXPERIMENT,
    Experiment,
    Sweep,
    Value,
    json_text,
    parse,
    sweep_of,
)


def flags(sweep: Sweep) -> list[str]:
    """The experiments as ``expansion --print_flags`` prints them."""
    return [shlex.join(experiment.argv) for experiment in sweep.experiments()]


def refusals(document: object) -> list[str]:
    with pytest.raises(BadSweep) as refused:
        sweep_of(document, "e.yaml")
    return refused.value.message.splitlines()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            '{"a": ["a1", "a2"], "b": ["b1", "b2"]}',
            ["--a a1 --b b1", "--a a1 --b b2", "--a a2 --b b1", "--a a2 --b b2"],
        ),
        ('{"[a,b]": [["a1", "b1"], ["a2", "b2"]]}', ["--a a1 --b b1", "--a a2 --b b2"]),
        ('{"[a, b]": ["a1", "b1"]}', ["--a a1 --b b1"]),
        ('{" [ a ,\\n b ] ": [[1, 2]]}', ["--a 1 --b 2"]),
        ('{"[a]": [[1], [2]]}', ["--a 1", "--a 2"]),
        ('{"[a]": [1]}', ["--a 1"]),
        ('{"[a,b]": [[1, [2, 3]]]}', ["--a 1 --b '[2, 3]'"]),
        ('{"[a,b]": [[true, 1], [false, 2]]}', ["--a --b 1", "--b 2"]),
        (
            '{"c": [1, 2], "[a,b]": [[1, 2], [3, 4]]}',
            [
                "--c 1 --a 1 --b 2",
                "--c 1 --a 3 --b 4",
                "--c 2 --a 1 --b 2",
                "--c 2 --a 3 --b 4",
            ],
        ),
        ("{}", [""]),
        ("[]", []),
        ("[[], [[]]]", []),
        ("[{}, {}]", ["", ""]),
        ('[{"a": 1}, [{"b": 2}, [{"c": 3}]]]', ["--a 1", "--b 2", "--c 3"]),
        ('{"a": [1, 1]}', ["--a 1", "--a 1"]),
        ('{"a": [[1, 2], [3]]}', ["--a '[1, 2]'", "--a '[3]'"]),
        ('{"a": [[]]}', ["--a '[]'"]),
    ],
)
def test_a_config_stands_for_its_experiments(text: str, expected: list[str]) -> None:
    sweep = parse(text, "e.json")
    assert flags(sweep) == expected
    assert sweep.count == len(expected)


@pytest.mark.parametrize(
    ("value", "argv"),
    [
        (True, ["--k"]),
        (False, []),
        (1, ["--k", "1"]),
        (0, ["--k", "0"]),
        (-3, ["--k", "-3"]),
        (2**70, ["--k", str(2**70)]),
        (0.001, ["--k", "0.001"]),
        (1.0, ["--k", "1.0"]),
        (1e-08, ["--k", "1e-08"]),
        ("", ["--k", ""]),
        ("two words", ["--k", "two words"]),
        ("$(x) 'y' \"z\"\n\\", ["--k", "$(x) 'y' \"z\"\n\\"]),
        ("é😀", ["--k", "é😀"]),
        ("--k", ["--k", "--k"]),
        ("true", ["--k", "true"]),
        ((), ["--k", "[]"]),
        ((1, ("é", True)), ["--k", '[1, ["é", true]]']),
    ],
)
def test_a_flag_reaches_the_script_byte_for_byte(value: Value, argv: list[str]) -> None:
    assert Experiment((("k", value),)).argv == tuple(argv)


def test_script_arguments_come_first_and_are_passed_untouched() -> None:
    experiment = Experiment((("a", 1),), ("--", "-x", "a b"))
    assert experiment.argv == ("--", "-x", "a b", "--a", "1")


@pytest.mark.parametrize("script_args", [(), ("--epochs", "2")])
def test_without_a_config_the_script_runs_once(script_args: tuple[str, ...]) -> None:
    assert ONE_EXPERIMENT.count == 1
    assert [e.argv for e in ONE_EXPERIMENT.experiments(script_args)] == [script_args]


def test_a_trillion_experiments_are_counted_and_begun_at_once() -> None:
    sweep = sweep_of({key: list(range(1000)) for key in "abcd"}, "e.json")
    assert sweep.count == 10**12
    first_two = [shlex.join(e.argv) for e in islice(sweep.experiments(), 2)]
    assert first_two == ["--a 0 --b 0 --c 0 --d 0", "--a 0 --b 0 --c 0 --d 1"]


@pytest.mark.parametrize(
    "key", ["", " ", "a b", " a", "a\n", "a,b", "-a", "--a", "[a", "a]", "[]", "[a,]", "[a,-b]"]
)
def test_what_cannot_name_a_flag_is_refused(key: str) -> None:
    (refusal,) = refusals({key: 1})
    assert refusal.startswith(f"e.yaml: key {key!r}: ")
    assert "can't be the name of a flag" in refusal


@pytest.mark.parametrize("key", ["a-b", "a.b", "a/b", "a:b", "ü", "_", "0", "a=b", '"', "$x"])
def test_anything_else_names_a_flag(key: str) -> None:
    assert next(sweep_of({key: "v"}, "e").experiments()).argv == (f"--{key}", "v")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, "null"),
        ({}, "an object"),
        ({"b": 1}, "an object"),
        ([None], "null"),
        ([1, {"b": 1}], "an object"),
        ([[1, None]], "null"),
        ([[[{}]]], "an object"),
        (1e999, "a number too large to represent"),
        ([-1e999], "a number too large to represent"),
        (date(2020, 1, 1), "a date"),
    ],
)
def test_what_cannot_be_a_flags_value_is_refused(value: object, kind: str) -> None:
    (refusal,) = refusals({"a": value})
    assert refusal.startswith(f"e.yaml: key 'a': {kind} can't be passed as a flag")


@pytest.mark.parametrize("document", [{"a": "x\0"}, {"x\0y": 1}, {"a": [["\0"]]}])
def test_a_nul_character_is_refused(document: object) -> None:
    assert "holds a NUL character" in refusals(document)[0]


@pytest.mark.parametrize("text", [r'{"a": "\ud800"}', r'{"\udfff": 1}', r'{"a": [["\ud800"]]}'])
def test_half_a_surrogate_pair_is_refused(text: str) -> None:
    with pytest.raises(BadSweep, match="holds half of a surrogate pair"):
        parse(text, "e.json")


@pytest.mark.parametrize(
    ("document", "refusal"),
    [
        ({"a": []}, "key 'a': an empty list would mean no experiments at all"),
        ({"[a,b]": []}, "key '[a,b]': a compound key takes a list of rows"),
        ({"[a,b]": 3}, "key '[a,b]': a compound key takes a list of rows"),
        ({"[a,b]": {"a": 1}}, "key '[a,b]': a compound key takes a list of rows"),
        ({"[a,b]": [[1, 2], 3]}, "key '[a,b]': mixes rows and single values"),
        ({"[a,b]": [[1, 2], [3]]}, "key '[a,b]': the row [3] should hold 2 values"),
        ({"[a,b]": [1, 2, 3]}, "key '[a,b]': the row [1, 2, 3] should hold 2 values"),
        ({"[a,b]": [[]]}, "key '[a,b]': the row [] should hold 2 values"),
        ({"[a]": [1, 2]}, "key '[a]': the row [1, 2] should hold 1 value"),
        ({"[a,b]": [[1, None]]}, "key '[a,b]': null can't be passed as a flag"),
        ({"[a,b,a]": [[1, 2, 3]]}, "key '[a,b,a]': names 'a' twice"),
        ({"a": 1, "[b,a]": [2, 3]}, "key '[b,a]': the flag --a is set by the key 'a' already"),
        ({"[a,b]": [1, 2], "b": 3}, "key 'b': the flag --b is set by the key '[a,b]' already"),
        ({"[a,b]": [1, 2], "[ b ]": [3]}, "the flag --b is set by the key '[a,b]' already"),
        ({1: 2}, "key '1': a key must be a string; put it in quotes"),
        ({True: 2}, "key 'True': a key must be a string; put it in quotes"),
        ({("a", "b"): [1, 2]}, "a key must be a string; put it in quotes"),
        (3, "expected an object of flags, or a list of them, not a number"),
        (None, "expected an object of flags, or a list of them, not null"),
        (True, "expected an object of flags, or a list of them, not a boolean"),
        ("x", "expected an object of flags, or a list of them, not a string"),
        ([{"a": 1}, 0.5], "expected an object of flags, or a list of them, not a number"),
    ],
)
def test_what_a_sweep_cannot_mean_is_refused(document: Any, refusal: str) -> None:
    (line,) = refusals(document)
    assert line.startswith("e.yaml: ")
    assert refusal in line


def test_every_bad_key_is_reported_with_its_line() -> None:
    text = '[{"a": null,\n "b": 1,\n "c d": 2},\n {"[x, y]": [[1, 2],\n [3]]},\n 7]'
    with pytest.raises(BadSweep) as refused:
        parse(text, "e.json")
    assert [line[:19] for line in refused.value.message.splitlines()] == [
        "e.json:1: key 'a': ",
        "e.json:3: key 'c d'",
        "e.json:4: key '[x, ",
        "e.json:6: expected ",
    ]


def test_a_bad_key_keeps_its_flag_so_that_a_clash_is_told_too() -> None:
    assert len(refusals({"a": None, "[a, b]": [1, 2]})) == 2


@pytest.mark.parametrize("depth", [100, 985, 5000])
@pytest.mark.parametrize(("before", "after"), [("", ""), ('{"a": ', "}"), ('{"[a, b]": ', "}")])
def test_deep_nesting_is_either_read_or_refused(depth: int, before: str, after: str) -> None:
    text = f"{before}{'[' * depth}{']' * depth}{after}"
    with suppress(BadDocument, BadSweep):
        flags(parse(text, "e.json"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("é\n", '"é\\n"'),
        (1, "1"),
        (1.5, "1.5"),
        (True, "true"),
        ((1, ("a", ()), False), '[1, ["a", []], false]'),
    ],
)
def test_a_value_has_a_json_text(value: Value, text: str) -> None:
    assert json_text(value) == text


def test_lists_in_lists_without_end_are_refused() -> None:
    document: list[object] = []
    document.append(document)
    with pytest.raises(BadSweep, match="nested too deeply"):
        sweep_of(document, "sweep")
