"""Command lines, with the flags that every command has."""

from pathlib import Path

import pytest

from caliban_domain.errors import UsageError
from caliban_expansion.command_line import AnswerWanted, HelpWanted, Parser


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def parser() -> Parser:
    made = Parser(prog="fly")
    made.add_argument("where", nargs="?")
    made.add_argument("--how_high", choices=("low", "high"))
    made.add_argument("--with", action="append")
    made.add_argument("--slowly", action="store_true")
    made.add_common_flags()
    return made


def settled(*words: str) -> list[str]:
    return parser().settled(words)


def refused(*words: str) -> str:
    with pytest.raises(UsageError) as raised:
        settled(*words)
    assert raised.value.hint == "fly --help shows what there is"
    return raised.value.message


def test_the_words_of_a_flag_file_stand_in_its_place() -> None:
    Path("a.flags").write_text("--with b\n--flagfile=b.flags\n--with e")
    Path("b.flags").write_text("--with c\n--with d")
    assert settled("--with", "a", "--flagfile", "a.flags", "--with=f", "home") == [
        *("--with=a", "--with=b", "--with=c", "--with=d", "--with=e", "--with=f"),
        "home",
    ]


def test_what_is_given_last_wins_whether_in_a_file_or_not() -> None:
    Path("a.flags").write_text("--how_high low\n")
    after = parser().parse_args(settled("--flagfile=a.flags", "--how_high=high"))
    before = parser().parse_args(settled("--how-high=high", "--flagfile=a.flags"))
    assert (after.how_high, before.how_high) == ("high", "low")


def test_the_same_file_may_be_read_twice_but_not_within_itself() -> None:
    Path("a.flags").write_text("--with x")
    assert settled("--flagfile=a.flags", "--flagfile=a.flags") == ["--with=x", "--with=x"]
    Path("a.flags").write_text("--slowly\n--flagfile a.flags")
    with pytest.raises(UsageError, match=r"^a\.flags:2: .*: a\.flags -> a\.flags$"):
        settled("--flagfile=a.flags")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("--slwly", "a.flags:2: fly has no flag --slwly; did you mean --slowly?"),
        ("--how_high top", "a.flags:2: --how_high: invalid choice: 'top'"),
        ("--slowly=1", "a.flags:2: --slowly takes no value"),
        ("--how_high", "a.flags:2: --how_high needs a value"),
        ("--flagfile", "a.flags:2: --flagfile needs a value"),
    ],
)
def test_a_mistake_in_a_flag_file_is_told_with_its_line(line: str, complaint: str) -> None:
    Path("a.flags").write_text(f"# mine\n{line}\n")
    assert refused("--flagfile", "a.flags", "home").startswith(complaint)


def test_flags_may_follow_the_argument_and_nothing_behind_two_hyphens_is_a_flag() -> None:
    assert settled("home", "--slowly", "--", "--flagfile", "x") == [
        *("home", "--slowly", "--", "--flagfile", "x")
    ]


@pytest.mark.parametrize("level", ["debug", "1"])
def test_debug_is_asked_for_by_name_or_number(level: str) -> None:
    asked = parser()
    assert asked.settled(["-v", level, "--slowly"]) == ["--slowly"]
    assert asked.shows_debug


@pytest.mark.parametrize("words", [(), ("--verbosity=info",), ("-v", "debug", "-v", "0")])
def test_without_being_asked_nothing_is_told(words: tuple[str, ...]) -> None:
    asked = parser()
    asked.settled(words)
    assert not asked.shows_debug


def test_a_level_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert refused("-v", "loud").startswith("-v/--verbosity: invalid choice: 'loud'")


@pytest.mark.parametrize("flag", ["--version", "--helpfull"])
def test_questions_to_the_program_are_handed_up(flag: str) -> None:
    with pytest.raises(AnswerWanted, match=f"^{flag}$"):
        settled("--slowly", flag)


def test_help_tells_of_all_flags() -> None:
    with pytest.raises(HelpWanted) as raised:
        settled("home", "-h")
    for flag in ("--how_high", "--slowly", "--flagfile FILE", "-v LEVEL", "--helpfull"):
        assert flag in str(raised.value)


def test_hyphens_do_for_underscores_and_nothing_is_abbreviated() -> None:
    assert settled("--how-high", "low") == ["--how_high=low"]
    assert refused("--slow") == "fly has no flag --slow; did you mean --slowly?"
    assert refused("--qqq") == "fly has no flag --qqq"
