"""Flags that are kept in files."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.errors import UsageError
from caliban_expansion.flag_files import Word, read_flag_file

HERE = Word("--flagfile")


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def words(text: str | bytes, name: str = "my.flags") -> list[str]:
    Path(name).write_bytes(text.encode() if isinstance(text, str) else text)
    return [word.text for word in read_flag_file(name, HERE)]


def refused(name: str, by: Word = HERE) -> str:
    with pytest.raises(UsageError) as raised:
        read_flag_file(name, by)
    assert raised.value.exit_code == 2
    return raised.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("--xgroup mine", ["--xgroup", "mine"]),
        ("--xgroup=mine --nogpu", ["--xgroup=mine", "--nogpu"]),
        ("--xgroup\nmine", ["--xgroup", "mine"]),
        ("\n  # a comment\n\t// another\n--nogpu\r\n\n", ["--nogpu"]),
        ('--docker_run_args "-v a:b"', ["--docker_run_args", "-v a:b"]),
        ("--docker_run_args='--env A=1'", ["--docker_run_args=--env A=1"]),
        (r"--xgroup two\ words", ["--xgroup", "two words"]),
        ("--xgroup ''", ["--xgroup", ""]),
        ("--color #fff --url http://there", ["--color", "#fff", "--url", "http://there"]),
        ("--xgroup $HOME ~ ü\u2028x", ["--xgroup", "$HOME", "~", "ü\u2028x"]),
        ("train.py", ["train.py"]),
        ("", []),
        ("# nothing\n", []),
        (b"\xef\xbb\xbf--nogpu", ["--nogpu"]),
    ],
)
def test_lines_are_read_as_a_shell_reads_words(text: str | bytes, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.property
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\0"))))
def test_words_quoted_for_a_shell_come_back(values: list[str]) -> None:
    lines = (f"--key={shlex.quote(value)}\n--key {shlex.quote(value)}x\n" for value in values)
    expected = [word for value in values for word in (f"--key={value}", "--key", f"{value}x")]
    assert words("".join(lines)) == expected


def test_every_word_knows_its_line() -> None:
    Path("my.flags").write_text("--nogpu\n\n--xgroup mine\n")
    places = [word.place for word in read_flag_file("my.flags", HERE)]
    assert places == ["my.flags:1: ", "my.flags:3: ", "my.flags:3: "]
    assert HERE.place == ""


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('--nogpu\n--xgroup "mine\n', "my.flags:2: no closing quotation"),
        ("--xgroup mine\\", "my.flags:1: no escaped character"),
        ("\n\n--nogpu -- --rate 1", "my.flags:3: -- can't stand in a flag file"),
        (b"--nogpu\n\xff", "my.flags:2: byte 9 is not UTF-8 text"),
        (b"\0ELF", "my.flags:1: holds a NUL byte, so it is a binary file"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(text: str | bytes, complaint: str) -> None:
    with pytest.raises(UsageError) as raised:
        words(text)
    assert raised.value.message == complaint


def test_a_path_starts_at_the_folder_of_the_file_that_names_it() -> None:
    Path("flags").mkdir()
    Path("flags/inner.flags").write_text("--nogpu")
    by = Word("--flagfile", ("flags/outer.flags",), 4)
    (word,) = read_flag_file("inner.flags", by)
    assert (word.text, word.place) == ("--nogpu", "flags/inner.flags:1: ")


def test_a_tilde_is_the_home_directory() -> None:
    Path("home").mkdir()
    Path("home/my.flags").write_text("--nogpu")
    by = Word("--flagfile", ("flags/outer.flags",), 4)
    assert [word.text for word in read_flag_file("~/my.flags", by)] == ["--nogpu"]


def test_files_that_cannot_be_read_are_told_with_who_named_them() -> None:
    Path("folder").mkdir()
    Path("loop").symlink_to("loop")
    by = Word("--flagfile", ("outer.flags",), 4)
    assert refused("none") == "there is no flag file none"
    assert refused("none", by) == "outer.flags:4: there is no flag file none"
    assert refused("folder", by) == "outer.flags:4: folder is a directory, not a flag file"
    assert refused("loop").startswith("the flag file loop can't be read: Too many levels")


def test_files_that_lead_back_to_themselves_are_told_in_a_chain() -> None:
    Path("flags").mkdir()
    Path("flags/a.flags").write_text("--flagfile b.flags")
    Path("flags/b.flags").write_text("--flagfile ../flags/a.flags")
    flag, file = read_flag_file("flags/a.flags", HERE)
    flag, file = read_flag_file(file.text, flag)
    assert refused(file.text, flag) == (
        "flags/b.flags:1: flag files that lead back to themselves: "
        "flags/a.flags -> flags/b.flags -> flags/../flags/a.flags"
    )
