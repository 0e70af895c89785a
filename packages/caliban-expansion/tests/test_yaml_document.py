"""YAML means what the same JSON means; its old traps stay shut."""

import json

import pytest

from caliban_expansion.yaml_document import parse_yaml

from .conftest import Expansion

HINT = "hint: the file must be YAML"


def refused(expansion: Expansion, text: str) -> list[str]:
    finished = expansion("a.yaml", files={"a.yaml": text})
    assert (finished.exit_code, finished.stdout) == (2, "")
    return finished.stderr.removeprefix("expansion: a.yaml").splitlines()


@pytest.mark.parametrize("name", ["a.yaml", "a.yml", "A.YAML"])
def test_yaml_is_known_by_its_ending(expansion: Expansion, name: str) -> None:
    text = 'lr: [0.1, 0.2]\n"[a, b]":\n- [1, 2]\n- [3, 4]\n'
    in_yaml = expansion(name, files={name: text})
    in_json = expansion("-", stdin='{"lr": [0.1, 0.2], "[a, b]": [[1, 2], [3, 4]]}')
    assert (in_yaml.exit_code, in_yaml.stderr) == (0, "")
    assert in_yaml.stdout == in_json.stdout


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("off", "off"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ('"true"', "true"),
        ("1", 1),
        ("'1'", "1"),
        ("-7", -7),
        ("+7", 7),
        ("010", 10),
        ("1_000", "1_000"),
        ("12:30:00", "12:30:00"),
        ("1e-3", 0.001),
        ("1E3", 1000.0),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5e+2", -150.0),
        ("1.2.3", "1.2.3"),
        ("2020-01-01", "2020-01-01"),
        ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00Z"),
        ("=", "="),
        ("hello world", "hello world"),
        ("|\n  two\n  lines\n", "two\nlines\n"),
        (">-\n  one\n  line\n", "one line"),
    ],
)
def test_a_scalar_is_what_it_looks_like(written: str, meant: object) -> None:
    document, _ = parse_yaml(f"a: {written}\n", "a.yaml")
    assert json.dumps(document) == json.dumps({"a": meant})


@pytest.mark.parametrize("nothing", ["", "~", "null", "Null", "NULL"])
def test_nothing_is_no_value(expansion: Expansion, nothing: str) -> None:
    assert refused(expansion, f"a: 1\nb: {nothing}\n") == [
        ":2: key 'b': null can't be passed as a flag; use a string, a number, true or false"
    ]


@pytest.mark.parametrize("number", [".inf", "-.Inf", ".nan", ".NaN", "1e400"])
def test_a_number_that_is_not_finite_is_refused(expansion: Expansion, number: str) -> None:
    (line,) = refused(expansion, f"a: {number}\n")
    assert line.startswith(":1: key 'a': a number too large to represent can't be passed")


def test_keys_are_strings_however_they_look() -> None:
    document, _ = parse_yaml("1: a\nyes: b\n0.5: c\n~: d\n2020-01-01: e\n", "a.yaml")
    assert document == {"1": "a", "yes": "b", "0.5": "c", "~": "d", "2020-01-01": "e"}


def test_aliases_stand_for_their_anchors() -> None:
    document, _ = parse_yaml("a: &few [1, 2]\nb: *few\nc: [*few, 3]\n", "a.yaml")
    assert document == {"a": [1, 2], "b": [1, 2], "c": [[1, 2], 3]}


def test_the_lines_of_keys_and_items_are_known() -> None:
    _, lines = parse_yaml("- a: 1\n  b:\n    - 2\n    - 3\n-\n  c: 4\n", "a.yaml")
    assert lines == {
        (0,): [1],
        (0, "a"): [1],
        (0, "b"): [2],
        (0, "b", 0): [3],
        (0, "b", 1): [4],
        (1,): [6],
        (1, "c"): [6],
    }


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: &loop [1, *loop]\n", ":1:4: an alias stands inside of its own anchor"),
        ("- &loop\n  a: *loop\n", ":1:3: an alias stands inside of its own anchor"),
        ("a: 1\nb: 2\na: 3\n", ":3:1: the key 'a' stands here again"),
        ("1: a\n'1': b\n", ":2:1: the key '1' stands here again"),
        (
            "x: 1\n[a, b]: [[1, 2]]\n",
            ":2:1: a key must be a string; put a compound key in quotes",
        ),
        ("? {a: 1}\n: 2\n", ":1:3: a key must be a string; put a compound key in quotes"),
        ("x: 1\na: " + "1" * 5000, ":2:4: a number has too many digits"),
        ("a: !!str true\n", ":1:4: the tag !!str isn't understood; put text in quotes"),
        ("a: [!!set {b}]\n", ":1:5: the tag !!set isn't understood; put text in quotes"),
        ("a: !mine [1]\n", ":1:4: the tag !mine isn't understood; put text in quotes"),
        ("!!map a: 1\n", ":1:1: the tag !!map isn't understood; put text in quotes"),
    ],
)
def test_what_json_could_not_say_is_refused_with_its_place(
    expansion: Expansion, text: str, line: str
) -> None:
    assert refused(expansion, text) == [line]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a: [1, 2\nb: 3\n", ":2:2: "),
        ("a: 1\n\tb: 2\n", ":2:1: "),
        ("a: b: c\n", ":1:5: "),
        ("a: 'open\n", ":2:1: "),
        ("a: *nowhere\n", ":1:4: found undefined alias 'nowhere'"),
        ("a: 1\n---\nb: 2\n", ":2:1: expected a single document, but found another document"),
    ],
)
def test_broken_yaml_is_shown_by_line_and_column(
    expansion: Expansion, text: str, place: str
) -> None:
    line, hint = refused(expansion, text)
    assert line.startswith(place)
    assert hint == HINT


def test_a_control_character_is_refused(expansion: Expansion) -> None:
    lines = refused(expansion, "a: \x01\n")
    assert lines[0].startswith(": unacceptable character #x0001")
    assert lines[-1] == HINT


@pytest.mark.parametrize("text", ["[" * 700, "- " * 700, "a: " + "[" * 700 + "]" * 700])
def test_endless_nesting_is_refused(expansion: Expansion, text: str) -> None:
    assert refused(expansion, text) == [": lists or objects are nested too deeply"]


@pytest.mark.parametrize("text", ["# nothing\n", "---\n", "---\n...\n", "null\n"])
def test_an_empty_document_is_no_config(expansion: Expansion, text: str) -> None:
    (line,) = refused(expansion, text)
    assert line.endswith("expected an object of flags, or a list of them, not null")


def test_mistakes_are_told_with_the_lines_of_the_yaml(expansion: Expansion) -> None:
    assert refused(expansion, "- a: 1\n- b:\n  - x\n  - {c: 1}\n  d: []\n  '-e': 1\n")[0] == (
        ":2: key 'b': an object can't be passed as a flag; use a string, a number, true or false"
    )


def test_standard_input_is_json_never_yaml(expansion: Expansion) -> None:
    assert expansion("stdin", stdin="a: 1\n").exit_code == 2
