"""JSON with comments and trailing commas, and the place of every mistake in it."""

import pytest

from caliban_domain.documents import Mistake, Path, decode, key_lines, parse_json, told
from caliban_domain.errors import BadDocument

SEED_EXAMPLE = """\
{
    # comments work inside the JSON file!
    "epochs": [2, 3],
    "batch_size": [64, 128], # end of line comments too.
    "constant_arg": "something"%s
    "important_toggle": [true, false]
}
"""


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{}", {}),
        ("[]", []),
        ("3", 3),
        (' {"a": 1} \n', {"a": 1}),
        ('{"a": 1} # end', {"a": 1}),
        ('{"a": 1} // end', {"a": 1}),
        ('# first\n// second\n{"a": 1}', {"a": 1}),
        ('{"a": 1 # one\r\n}', {"a": 1}),
        ('{"a": 1,}', {"a": 1}),
        ('{"a": 1 , # last\n}', {"a": 1}),
        ("[1, 2,]", [1, 2]),
        ("[1, 2\n,\n]", [1, 2]),
        ('["a",]', ["a"]),
        ("[[1,],]", [[1]]),
        ("[{},]", [{}]),
        ('{"a": {"a": 1}, "b": {"a": 1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        ('{"u": "http://x#y"} # "z": 1', {"u": "http://x#y"}),
        (r'{"q": "say \"# no\" // \\"} // "', {"q": r'say "# no" // \\'[:-1]}),
        ('["a,]", ",}",]', ["a,]", ",}"]),
        ('["NaN", "-Infinity", ] # NaN', ["NaN", "-Infinity"]),
        (r'"\u00e9\ud83d\ude00"', "é😀"),
    ],
)
def test_json_as_people_write_it_is_read(text: str, value: object) -> None:
    assert parse_json(text, "e.json") == value


def test_the_example_with_its_comma_in_place_is_read() -> None:
    assert parse_json(SEED_EXAMPLE % ",", "experiment.json") == {
        "epochs": [2, 3],
        "batch_size": [64, 128],
        "constant_arg": "something",
        "important_toggle": [True, False],
    }


def test_a_missing_comma_is_reported_with_line_and_column() -> None:
    with pytest.raises(BadDocument) as refused:
        parse_json(SEED_EXAMPLE % "", "experiment.json")
    assert refused.value.message == "experiment.json:6:5: expecting ',' delimiter"
    assert refused.value.hint == "the file must be JSON; # and // comments are allowed"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "1:1"),
        ("# only a comment", "1:17"),
        ("nonsense", "1:1"),
        ('{"a": 1', "1:8"),
        ('{"a": 1}}', "1:9"),
        ('{"a": 1} {"b": 2}', "1:10"),
        ('{"a" 1}', "1:6"),
        ('{"a": }', "1:7"),
        ('{"a": ,}', "1:7"),
        ("{a: 1}", "1:2"),
        ("{,}", "1:2"),
        ("[,]", "1:2"),
        ("[1,,]", "1:4"),
        ("[1,,2]", "1:4"),
        ('# c\n{"a": 1,\n # c\n "b"}', "4:5"),
        ('{"a": "x}', "1:7"),
        ('{"a": "\t"}', "1:8"),
        ('{"a": "line\n# break"}', "1:12"),
        (r'{"a": "\x"}', "1:8"),
        ('{"a": 01}', "1:8"),
        ('{"a": 1 /* no */}', "1:9"),
        ("\ufeff{}", "1:1"),
    ],
)
def test_broken_json_is_reported_where_it_breaks(text: str, place: str) -> None:
    with pytest.raises(BadDocument) as refused:
        parse_json(text, "e.json")
    assert refused.value.message.startswith(f"e.json:{place}: ")
    assert "\n" not in refused.value.message


@pytest.mark.parametrize(
    ("text", "place"),
    [("{'a': 1}", "1:2"), ("{\n  \"a\": 'b'\n}", "2:8"), ("['a']", "1:2")],
)
def test_single_quotes_get_advice_of_their_own(text: str, place: str) -> None:
    with pytest.raises(BadDocument, match=f"^e.json:{place}: a single quote$") as refused:
        parse_json(text, "e.json")
    assert refused.value.hint == 'JSON strings stand in double quotes: "like this"'


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize(
    ("text", "place"), [("%s", "1:1"), ('{"a": 1,\n "b": [%s]}', "2:8"), ("# c\n[1, %s,]", "2:5")]
)
def test_what_is_not_a_number_in_json_is_refused(text: str, place: str, constant: str) -> None:
    with pytest.raises(BadDocument) as refused:
        parse_json(text % constant, "e.json")
    assert refused.value.message == f"e.json:{place}: {constant} is not a number in JSON"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ('{"a": 1,\n "a": 2}', ["e.json:2: the key 'a' stands here again, first in line 1"]),
        (
            '{"a": 1, # one\n "b": {"c": 1},\n "a": 2,\n "b": 3,}',
            [
                "e.json:3: the key 'a' stands here again, first in line 1",
                "e.json:4: the key 'b' stands here again, first in line 2",
            ],
        ),
        ('[{"a": 1}, {\n"a": 1, "a": 1\n}]', ["e.json:2: the key 'a' stands here again"]),
        (r'{"a": 1, "\u0061": 2}', ["e.json:1: the key 'a' stands here again, first in line 1"]),
        ('{"lr": [1, 2],\n "lr": [3]}', ["e.json:2: the key 'lr' stands here again"]),
        ('{"a": {"b": 1},\n "a": {"b": 2}}', ["e.json:2: the key 'a' stands here again"]),
    ],
)
def test_a_key_given_twice_is_reported_with_both_lines(text: str, messages: list[str]) -> None:
    with pytest.raises(BadDocument) as refused:
        parse_json(text, "e.json")
    reported = refused.value.message.splitlines()
    assert len(reported) == len(messages)
    for line, beginning in zip(reported, messages, strict=True):
        assert line.startswith(beginning)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("9" * 5000, "a number has too many digits"),
        ("[" * 100_000, "lists or objects are nested too deeply"),
        ('{"a": ' * 100_000, "lists or objects are nested too deeply"),
    ],
)
def test_what_no_program_should_have_to_read_is_refused(text: str, problem: str) -> None:
    with pytest.raises(BadDocument) as refused:
        parse_json(text, "e.json")
    assert refused.value.message == f"e.json: {problem}"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"{}", "{}"),
        (b"\xef\xbb\xbf{}", "{}"),
        ('{"ü": "é😀"}'.encode(), '{"ü": "é😀"}'),
        (b"# crlf\r\n{}", "# crlf\r\n{}"),
    ],
)
def test_utf_8_is_read_with_or_without_its_mark(data: bytes, text: str) -> None:
    assert decode(data, "e.json") == text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "e.json: is empty"),
        (b" \r\n\t", "e.json: is empty"),
        (b"\xef\xbb\xbf\n", "e.json: is empty"),
        (b"a\n\xff", "e.json:2: byte 3 is not UTF-8 text"),
        ("é".encode("latin-1"), "e.json:1: byte 1 is not UTF-8 text"),
        ("{}".encode("utf-16-be"), "e.json:1: holds a NUL byte, so it is a binary file"),
        (b"\x89PNG\r\n", "e.json:1: byte 1 is not UTF-8 text"),
        (b'{"a": 1}\n\n\0', "e.json:3: holds a NUL byte, so it is a binary file"),
    ],
)
def test_what_is_not_text_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(BadDocument) as refused:
        decode(data, "e.json")
    assert refused.value.message == message
    assert refused.value.hint


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("{}", {}),
        ("1", {}),
        ('{"a": 1}', {("a",): [1]}),
        ('{\n"a":\n1}', {("a",): [2]}),
        ('{"a": 1,\n"a": 2}', {("a",): [1, 2]}),
        ('{"a": {"b": "c"}}', {("a",): [1], ("a", "b"): [1]}),
        ('["a",\n"b"]', {(0,): [1], (1,): [2]}),
        ("[\n1,]", {(0,): [2]}),
        ("[[],\n[1]]", {(0,): [1], (1,): [2], (1, 0): [2]}),
        ('# "no": 1\n{"a" // "no": 2\n: ":", "b": []}', {("a",): [2], ("b",): [3]}),
        (r'{"\u0061\"": {"": 0}}', {('a"',): [1], ('a"', ""): [1]}),
    ],
)
def test_keys_and_items_are_found_in_their_lines(text: str, lines: dict[Path, list[int]]) -> None:
    assert key_lines(text) == lines


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), "e.json: wrong"),
        (("a",), "e.json:9: key 'a': wrong"),
        (("a", 0, "b"), "e.json:3: key 'a.b': wrong"),
        (("a", 1), "e.json:4: key 'a': wrong"),
        (("a", 1, 5, "deep"), "e.json:4: key 'a.deep': wrong"),
        ((7, 8), "e.json: wrong"),
        (("elsewhere",), "e.json: key 'elsewhere': wrong"),
    ],
)
def test_a_mistake_is_told_with_the_nearest_place_that_is_known(path: Path, line: str) -> None:
    lines: dict[Path, list[int]] = {("a",): [2, 9], ("a", 0, "b"): [3], ("a", 1): [4]}
    assert told([Mistake(path, "wrong")], "e.json", lines) == line


def test_every_mistake_has_a_line_of_its_own() -> None:
    mistakes = [Mistake(("a",), "one"), Mistake(("b",), "two")]
    assert told(mistakes, "e.json", {}) == "e.json: key 'a': one\ne.json: key 'b': two"
