"""Command lines as people type them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from caliban_cli.options import (
    Manual,
    Parsed,
    parse,
    positive_number,
    switch,
    value,
    values,
    whole_number,
)
from caliban_domain.errors import UsageError
from caliban_expansion.command_line import HelpWanted

MANUAL = Manual(
    command="fly", summary="Fly there.", examples="  caliban fly home\n", runs_script=True
)


@dataclass(frozen=True, kw_only=True)
class Args:
    module: str = value("module", about="where to")
    dry_run: bool = switch("--dry_run", about="don't fly")
    dir: list[str] = values("-d", "--dir", metavar="DIR", about="what to carry; repeatable")
    docker_run_args: str = value("--docker_run_args", about="passed on", default="", metavar="ARGS")
    xgroup: str | None = value("--xgroup", about="with whom")
    max_jobs: int | None = value("--max_jobs", about="how many", kind=whole_number, metavar="N")
    parallel: int = value("--parallel", about="abreast", kind=positive_number, default=1)
    format: str = value("--format", about="how", choices=("text", "json"), default="text")


def parsed(*argv: str) -> Parsed[Args]:
    return parse(Args, MANUAL, argv)


def refused(*argv: str) -> UsageError:
    with pytest.raises(UsageError) as raised:
        parsed(*argv)
    return raised.value


def test_what_is_not_given_has_its_default() -> None:
    assert parsed("home") == Parsed(Args(module="home"), ())


@pytest.mark.parametrize(
    "words",
    [
        ("--dry_run", "--docker_run_args", "-v a:b", "--max_jobs", "3", "home"),
        ("--dry-run", "--docker-run-args", "-v a:b", "--max-jobs", "3", "home"),
        ("--dry_run", "--docker_run_args=-v a:b", "--max_jobs=3", "home"),
        ("--max-jobs=3", "--docker-run-args=-v a:b", "--dry-run", "home"),
    ],
)
def test_flags_are_spelled_with_underscores_or_hyphens_and_joined_or_not(
    words: Sequence[str],
) -> None:
    expected = Args(module="home", dry_run=True, docker_run_args="-v a:b", max_jobs=3)
    assert parsed(*words).args == expected


@pytest.mark.parametrize(
    "given", ["-v a:b", "--privileged", "-", "-1", "--name=x", "a=b", "", " ", "--shm-size 2g"]
)
def test_a_value_may_begin_with_a_hyphen(given: str) -> None:
    assert parsed("--docker_run_args", given, "home").args.docker_run_args == given
    assert parsed(f"--docker_run_args={given}", "home").args.docker_run_args == given


def test_a_value_that_is_itself_a_flag_of_ours_must_be_joined() -> None:
    assert refused("--docker_run_args", "-d", "home").message == "--docker_run_args needs a value"
    assert parsed("--docker_run_args=-d", "home").args.docker_run_args == "-d"


@pytest.mark.parametrize(
    "words",
    [
        ("-d", "a", "--dir", "b", "-d", "c"),
        ("--dir=a", "-d=b", "--dir", "c"),
    ],
)
def test_a_repeated_flag_collects_its_values_in_order(words: Sequence[str]) -> None:
    assert parsed(*words, "home").args.dir == ["a", "b", "c"]


def test_one_command_line_leaves_nothing_behind_for_the_next() -> None:
    parsed("-d", "a", "home")
    assert parsed("home").args.dir == []


def test_the_last_of_a_flag_given_twice_counts() -> None:
    assert parsed("--xgroup", "a", "--xgroup", "b", "home").args.xgroup == "b"


def test_all_that_follows_two_hyphens_is_the_scripts() -> None:
    theirs = ("--dry_run", "-h", "--", "home", "--", "", "--max_jobs=x", "ü\n")
    assert parsed("home", "--", *theirs) == Parsed(Args(module="home"), theirs)
    assert parsed("home", "--").script_args == ()


def test_flags_after_the_module_are_shown_the_right_order() -> None:
    error = refused("home", "--dry_run")
    assert error.message == "--dry_run stands after home"
    assert error.hint == (
        "caliban's flags come first, the script's after --: "
        "caliban fly [flags] home -- [arguments of the script]"
    )


def test_a_flag_of_the_script_needs_two_hyphens_before_it() -> None:
    assert refused("home", "--learning_rate", "1").message == "--learning_rate stands after home"


def test_one_word_too_many_is_told_where_it_belongs() -> None:
    error = refused("home", "sweet")
    assert error.message == "'sweet' is one argument too many"
    assert error.hint == "arguments of the script come after --: caliban fly home -- sweet"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("--dryrun", "--dry_run"),
        ("--dri-run", "--dry_run"),
        ("--max_job=3", "--max_jobs"),
        ("--docker_runargs", "--docker_run_args"),
        ("--halp", "--help"),
    ],
)
def test_a_mistyped_flag_gets_a_suggestion(typed: str, meant: str) -> None:
    error = refused(typed, "home")
    written = typed.partition("=")[0]
    assert error.message == f"caliban fly has no flag {written}; did you mean {meant}?"
    assert error.hint == "caliban fly --help shows what there is"


def test_a_flag_like_no_other_gets_no_suggestion() -> None:
    assert refused("--qqq", "home").message == "caliban fly has no flag --qqq"


@pytest.mark.parametrize("short", ["--dry", "--max", "--docker"])
def test_a_flag_is_never_abbreviated(short: str) -> None:
    assert refused(short, "3", "home").message.startswith(f"caliban fly has no flag {short}")


@pytest.mark.parametrize("words", [("--xgroup",), ("--xgroup", "--dry_run"), ("-d", "--dry-run")])
def test_a_missing_value_is_missed(words: Sequence[str]) -> None:
    assert refused(*words).message == f"{words[0]} needs a value"


def test_a_missing_module_is_missed() -> None:
    error = refused("--dry_run")
    assert error.message == "the following arguments are required: module"
    assert error.hint == "caliban fly --help shows what there is"


@pytest.mark.parametrize("given", ["--dry_run=true", "--dry-run=", "--dry_run=false"])
def test_a_switch_takes_no_value(given: str) -> None:
    assert refused(given, "home").message == "--dry_run takes no value"


def test_a_choice_is_one_of_those_there_are() -> None:
    assert parsed("--format", "json", "home").args.format == "json"
    assert refused("--format", "xml", "home").message.startswith("--format: invalid choice: 'xml'")


@pytest.mark.parametrize("text", ["", "-1", "1.5", "one", "²", "1 000", "9" * 5000])
def test_a_number_is_a_whole_one(text: str) -> None:
    assert refused(f"--max_jobs={text}", "home").message.startswith("--max_jobs: ")
    assert refused(f"--parallel={text}", "home").message.startswith("--parallel: ")


def test_nought_is_whole_and_not_positive() -> None:
    assert parsed("--max_jobs", "0", "home").args.max_jobs == 0
    assert refused("--parallel", "0", "home").message == (
        "--parallel: '0' is not a whole number of 1 or more"
    )


@pytest.mark.parametrize(
    "words", [("-h",), ("--help",), ("--dry_run", "-h"), ("home", "--help"), ("-h", "--nonsense")]
)
def test_help_is_given_wherever_it_is_asked_for(words: Sequence[str]) -> None:
    with pytest.raises(HelpWanted) as raised:
        parsed(*words)
    text = str(raised.value)
    assert text.startswith("usage: caliban fly [flags] module [-- arguments of the script]\n")
    assert "Fly there." in text
    assert "-d DIR, --dir DIR" in text
    assert "--docker_run_args ARGS" in text
    assert "{text,json}" in text
    assert text.endswith("examples:\n  caliban fly home\n")
