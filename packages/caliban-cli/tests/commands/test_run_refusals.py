"""Whatever is wrong with a command line or a file, ``run`` says in one line, and writes nothing."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban, Files, everything_below, write  # noqa: TID252

WHAT_RUNS = (
    "name a module as trainer.train, a Python file as trainer/train.py, or a shell script as job.sh"
)
JSON = "the file must be JSON; # and // comments are allowed"
UTF8 = "the file must be text encoded as UTF-8"
NAME_ONE = "name a JSON or YAML file, or stdin"
BELOW = "an image can hold only what lies below the directory that caliban runs in"
ORDER = (
    "caliban's flags come first, the script's after --: "
    "caliban run [flags] train.py -- [arguments of the script]"
)
EMPTY_LIST = "an empty list would mean no experiments at all; give it a value or remove the key"
IMAGES = 'an image\'s name, or an object with "cpu" and "gpu" that holds one for each'
CONFIG = ".calibanconfig.json"

pytestmark = pytest.mark.parametrize("dry_run", [True, False])


@pytest.fixture
def refused(
    caliban: Caliban,
    project: Path,
    home: Path,
    backstage: Backstage,
    dry_run: bool,  # noqa: FBT001
) -> "Refused":
    return Refused(caliban, project, home, backstage, dry_run=dry_run)


class Refused:
    """Runs what must be refused, and sees that nothing was written."""

    def __init__(
        self, caliban: Caliban, project: Path, home: Path, backstage: Backstage, *, dry_run: bool
    ) -> None:
        self._caliban = caliban
        self._places = (project, home)
        self._backstage = backstage
        self._flags = ("--nogpu", "--dry_run") if dry_run else ("--nogpu",)
        write(project, {"train.py": "", "folder/": "", "../other/": ""})

    def __call__(
        self, *words: str, files: Files | None = None, stdin: str | bytes = b""
    ) -> tuple[str, str | None]:
        """The complaint and the hint."""
        write(self._places[0], files or {})
        before = everything_below(*self._places)
        finished = self._caliban("run", *self._flags, *words, stdin=stdin)
        assert (finished.exit_code, finished.stdout) == (2, "")
        assert everything_below(*self._places) == before
        assert self._backstage.images.built == []
        assert self._backstage.memory.recent() == []
        has_hint = "\nhint: " in finished.stderr
        assert len(finished.stderr.splitlines()) == 1 + has_hint
        return finished.complaint, finished.hint if has_hint else None


@pytest.mark.parametrize(
    ("content", "complaint", "hint"),
    [
        ("", ": is empty", 'the least that is valid is "{}"'),
        (b"\x89PNG", ":1: byte 1 is not UTF-8 text", UTF8),
        (b"{}\0", ":1: holds a NUL byte, so it is a binary file", UTF8),
        ('{\n"a": [1,, 2]}', ":2:9: expecting value", JSON),
        ('{"a": [1', ":1:9: expecting ',' delimiter", JSON),
        ("3", ": expected an object of flags, or a list of them, not a number", None),
        (
            '[\n{"a": null}]',
            ":2: key 'a': null can't be passed as a flag; use a string, a number, true or false",
            None,
        ),
        (
            '{"a": []}',
            f":1: key 'a': {EMPTY_LIST}",
            None,
        ),
        (
            '{"a": 1,\n"a": 2}',
            ":2: the key 'a' stands here again, first in line 1",
            "give each key once",
        ),
        (
            '{"[a, b]": [[1, 2], [3]]}',
            ":1: key '[a, b]': the row [3] should hold 2 values, one for each name",
            None,
        ),
    ],
)
def test_a_config_that_is_no_sweep(
    refused: Refused, content: str | bytes, complaint: str, hint: str | None
) -> None:
    given = refused("--experiment_config", "a.json", "train.py", files={"a.json": content})
    assert given == (f"a.json{complaint}", hint)
    piped = refused("--experiment_config", "stdin", "train.py", stdin=content)
    assert piped == (f"stdin{complaint}", hint)


def test_a_config_that_is_not_there(refused: Refused) -> None:
    assert refused("--experiment_config", "no.json", "train.py") == (
        "there is no experiment config no.json",
        NAME_ONE,
    )


def test_a_config_that_is_a_directory(refused: Refused) -> None:
    assert refused("--experiment_config", "folder", "train.py") == (
        "folder is a directory, not an experiment config",
        NAME_ONE,
    )


@pytest.mark.parametrize(
    ("script", "complaint", "hint"),
    [
        ("no.py", "there is no file no.py in the project directory", WHAT_RUNS),
        ("no.sh", "there is no file no.sh in the project directory", WHAT_RUNS),
        ("a.b", "there is no module a.b: a/b.py doesn't exist", WHAT_RUNS),
        (
            "folder",
            "folder is a directory without __main__.py",
            "name a file in it, such as folder/train.py",
        ),
    ],
)
def test_a_script_that_is_not_there(
    refused: Refused, script: str, complaint: str, hint: str
) -> None:
    assert refused(script) == (complaint, hint)


@pytest.mark.parametrize("script", ["../other/train.py", "/bin/sh"])
def test_a_script_outside_of_the_directory(refused: Refused, project: Path, script: str) -> None:
    complaint, hint = refused(script, files={"../other/train.py": ""})
    assert complaint == f"{script} lies outside of the project directory {project}"
    assert hint


def test_an_extra_directory_that_is_not_there(refused: Refused) -> None:
    assert refused("-d", "no", "train.py") == (
        "--dir no doesn't exist",
        "name a directory of the project",
    )


def test_an_extra_directory_outside(refused: Refused, project: Path) -> None:
    assert refused("--dir", "../other", "train.py") == (
        f"--dir ../other lies outside of the project directory {project}",
        BELOW,
    )


@pytest.mark.parametrize(
    ("words", "complaint", "hint"),
    [
        ([""], "the name of the module is empty", WHAT_RUNS),
        (["-d", "", "train.py"], "--dir names nothing", "name a directory of the project"),
        (["--experiment_config", "", "train.py"], "the experiment config has no name", NAME_ONE),
    ],
)
def test_a_name_that_is_empty(
    refused: Refused, words: Sequence[str], complaint: str, hint: str
) -> None:
    assert refused(*words) == (complaint, hint)


@pytest.mark.parametrize("flag", ["--nogpu", "--dry_run", "--parallel=2", "--learning_rate"])
def test_a_flag_after_the_script(refused: Refused, flag: str) -> None:
    assert refused("train.py", flag) == (f"{flag} stands after train.py", ORDER)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "the following arguments are required: module"),
        (
            ("--paralel", "2", "train.py"),
            "caliban run has no flag --paralel; did you mean --parallel?",
        ),
        (("--parallel", "0", "train.py"), "--parallel: '0' is not a whole number of 1 or more"),
    ],
)
def test_a_command_line_that_makes_no_sense(
    refused: Refused, words: Sequence[str], complaint: str
) -> None:
    assert refused(*words) == (complaint, "caliban run --help shows what there is")


@pytest.mark.parametrize("words", [("--parallel",), ("--parallel", "--xgroup", "g", "train.py")])
def test_a_flag_without_its_value(refused: Refused, words: Sequence[str]) -> None:
    hint = "caliban run --help shows what there is"
    assert refused(*words) == ("--parallel needs a value", hint)


@pytest.mark.parametrize("name", ["", " ", "a\nb", " a", "x" * 201])
def test_a_group_that_cannot_be_named_so(refused: Refused, name: str) -> None:
    complaint, hint = refused("--xgroup", name, "train.py")
    assert complaint == f"{name!r} can't be the name of an experiment group"
    assert hint


def test_run_arguments_that_no_shell_would_split(refused: Refused) -> None:
    assert refused("--docker_run_args", "-v 'a:b", "train.py") == (
        '--docker_run_args "-v \'a:b": no closing quotation',
        "it is split into words as a shell would do it",
    )


@pytest.mark.parametrize(
    ("content", "complaint", "hint"),
    [
        ("{", ":1:2: expecting property name enclosed in double quotes", JSON),
        (
            '{"base_image": 3}',
            f":1: key 'base_image': must be {IMAGES}",
            None,
        ),
    ],
)
def test_settings_that_cannot_be_meant(
    refused: Refused, content: str, complaint: str, hint: str | None
) -> None:
    assert refused("train.py", files={CONFIG: content}) == (f"{CONFIG}{complaint}", hint)
