"""Where an experiment config comes from, and every way in which it can't be one."""

from pathlib import Path

import pytest

from .conftest import Expansion

HINT = "hint: name a JSON or YAML file, or stdin"
UTF8 = "hint: the file must be text encoded as UTF-8"
JSON = "hint: the file must be JSON; # and // comments are allowed"
LEAST = 'hint: the least that is valid is "{}"'


def complaint(expansion: Expansion, content: str | bytes, *, name: str = "a.json") -> list[str]:
    """The lines on stderr about a file that can't be used, without the program's name."""
    finished = expansion(name, files={name: content})
    assert (finished.exit_code, finished.stdout) == (2, "")
    first, *others = finished.stderr.splitlines()
    assert first.startswith(f"expansion: {name}:")
    assert expansion("stdin", stdin=content).exit_code == 2
    return [first.removeprefix(f"expansion: {name}"), *others]


def test_comments_trailing_commas_and_a_byte_order_mark_are_fine(expansion: Expansion) -> None:
    text = '\ufeff# one\n{\n  // two\n  "a": ["#", "//",], # three\n}\n'
    finished = expansion("a.json", files={"a.json": text})
    assert finished.stdout == '[{"a": "#"}, {"a": "//"}]\n'


def test_a_file_called_stdin_needs_a_path(expansion: Expansion) -> None:
    assert expansion("./stdin", files={"stdin": '{"a": 1}'}).stdout == '[{"a": 1}]\n'


def test_a_tilde_is_the_home_directory(expansion: Expansion, directory: Path) -> None:
    (directory.parent / "home/a.json").write_text('{"a": 1}')
    assert expansion("~/a.json").stdout == '[{"a": 1}]\n'


def test_a_missing_file_is_named(expansion: Expansion) -> None:
    finished = expansion("no/such.json")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.stderr == f"expansion: there is no experiment config no/such.json\n{HINT}\n"


def test_a_directory_is_not_a_config(expansion: Expansion, directory: Path) -> None:
    (directory / "sweeps").mkdir()
    finished = expansion("sweeps")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.stderr == (
        f"expansion: sweeps is a directory, not an experiment config\n{HINT}\n"
    )


@pytest.mark.parametrize("where", ["~no-such-user-here/a.json", "a\0b", "x" * 300, "a.json/b"])
def test_a_path_that_cannot_be_opened_is_one_line(expansion: Expansion, where: str) -> None:
    finished = expansion(where, files={"a.json": "{}"})
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.stderr.startswith(f"expansion: {where} can't be read: ")
    assert len(finished.stderr.splitlines()) == 1


@pytest.mark.parametrize("text", ["", " \n\t\n", "\ufeff"])
def test_an_empty_file_is_no_config(expansion: Expansion, text: str) -> None:
    assert complaint(expansion, text) == [": is empty", LEAST]
    assert complaint(expansion, text, name="a.yaml") == [": is empty", LEAST]


def test_a_file_that_holds_only_a_comment_is_no_config(expansion: Expansion) -> None:
    assert complaint(expansion, "# nothing\n") == [":2:1: expecting value", JSON]


def test_a_binary_file_is_told_apart_from_text(expansion: Expansion) -> None:
    assert complaint(expansion, b"{}\n\x89PNG\r\n") == [":2: byte 4 is not UTF-8 text", UTF8]
    assert complaint(expansion, b"{}\n\0") == [":2: holds a NUL byte, so it is a binary file", UTF8]
    assert complaint(expansion, b"\x7fELF\0\1", name="a.yml") == [
        ":1: holds a NUL byte, so it is a binary file",
        UTF8,
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ('{"a": [1, 2}', [":1:12: expecting ',' delimiter", JSON]),
        ('{"a": 1}\n{"b": 2}', [":2:1: extra data", JSON]),
        ('{\n  "a": 1\n  "b": 2\n}', [":3:3: expecting ',' delimiter", JSON]),
        ('{"a"', [":1:5: expecting ':' delimiter", JSON]),
        ('# a comment\n{"a": tru}', [":2:7: expecting value", JSON]),
        (
            "{\n  'a': 1}",
            [":2:3: a single quote", 'hint: JSON strings stand in double quotes: "like this"'],
        ),
        (
            '{"a": [1,\n  NaN]}',
            [":2:3: NaN is not a number in JSON", "hint: write a finite number, or a string"],
        ),
        (
            '{"a": -Infinity}',
            [":1:7: -Infinity is not a number in JSON", "hint: write a finite number, or a string"],
        ),
        ("[" * 100_000, [": lists or objects are nested too deeply"]),
        ("1" * 5000, [": a number has too many digits"]),
    ],
)
def test_broken_json_is_shown_by_line_and_column(
    expansion: Expansion, text: str, lines: list[str]
) -> None:
    assert complaint(expansion, text) == lines


def test_a_key_given_twice_is_shown_with_both_lines(expansion: Expansion) -> None:
    text = '[{"a": 1,\n  "b": 2,\n  "a": 3}]'
    assert complaint(expansion, text) == [
        ":3: the key 'a' stands here again, first in line 1",
        "hint: give each key once",
    ]


@pytest.mark.parametrize(
    ("text", "kind"),
    [("1", "a number"), ('"a"', "a string"), ("null", "null"), ("true", "a boolean")],
)
def test_a_wrong_root_is_named_by_its_kind(expansion: Expansion, text: str, kind: str) -> None:
    expected = f"expected an object of flags, or a list of them, not {kind}"
    assert complaint(expansion, text) == [f": {expected}"]
    assert complaint(expansion, f"[\n{{}},\n{text}]") == [f":3: {expected}"]


@pytest.mark.parametrize(
    ("member", "what"),
    [
        ('"a": null', "null can't be passed as a flag; use a string, a number, true or false"),
        ('"a": {"b": 1}', "an object can't be passed as a flag; "),
        ('"a": [1, [2, null]]', "null can't be passed as a flag; "),
        ('"a": 1e400', "a number too large to represent can't be passed as a flag; "),
        ('"a": []', "an empty list would mean no experiments at all; "),
        ('"a": "\\u0000"', "holds a NUL character, which can't be passed to a program"),
        ('"a": "\\ud800"', "holds half of a surrogate pair, which can't be passed to a program"),
        ('"": 1', "'' can't be the name of a flag: "),
        ('"-a": 1', "'-a' can't be the name of a flag: "),
        ('"a b": 1', "'a b' can't be the name of a flag: "),
        ('"a,b": 1', "'a,b' can't be the name of a flag: "),
        ('"[a, b": [[1, 2]]', "'[a, b' can't be the name of a flag: "),
        ('"[a, a]": [[1, 2]]', "names 'a' twice"),
        ('"[a,]": [[1, 2]]', "'' can't be the name of a flag: "),
        ('"[]": [[]]', "'' can't be the name of a flag: "),
        ('"[a, b]": [[1, 2], [3]]', "the row [3] should hold 2 values, one for each name"),
        ('"[a, b]": [1, 2, 3]', "the row [1, 2, 3] should hold 2 values, one for each name"),
        ('"[a, b]": [[1, 2], 3]', "mixes rows and single values; "),
        ('"[a, b]": []', "a compound key takes a list of rows, such as [[1, 2], [3, 4]]"),
        ('"[a, b]": 5', "a compound key takes a list of rows, such as [[1, 2], [3, 4]]"),
    ],
)
def test_an_impossible_key_or_value_is_shown_with_its_line(
    expansion: Expansion, member: str, what: str
) -> None:
    (line,) = complaint(expansion, f'{{\n  "fine": 1,\n  {member}\n}}')
    assert line.startswith(":3: key ")
    assert what in line


def test_a_flag_that_two_keys_set_is_a_mistake(expansion: Expansion) -> None:
    (line,) = complaint(expansion, '{"a": 1,\n "[ b , a ]": [[1, 2]]}')
    assert line == ":2: key '[ b , a ]': the flag --a is set by the key 'a' already"


def test_all_mistakes_are_told_at_once(expansion: Expansion) -> None:
    lines = complaint(expansion, '[{"a": null},\n {"b": 1,\n  "c": []}]')
    assert len(lines) == 2
    assert lines[0].startswith(":1: key 'a': null ")
    assert lines[1].startswith("a.json:3: key 'c': an empty list ")
