"""The command line as a whole: its help, its version, its complaints and its exit codes."""

import sys
from collections.abc import Sequence
from typing import NoReturn

import pytest

from caliban_cli.command_tree import SUMMARIES
from caliban_cli.commands import status
from caliban_cli.main import main, usage
from caliban_domain import errors

from .conftest import Bash, Caliban

HEAVY = (
    "alembic",
    "caliban_adapters",
    "docker",
    "requests",
    "sqlalchemy",
    "structlog",
    "yaml",
)

IMPORT_ALL = """\
import importlib, pkgutil, sys
import caliban_cli

def refuse(event, args):
    writes = event == "open" and isinstance(args[1], str) and set(args[1]) & set("wax+")
    talks = event.partition(".")[0] in ("socket", "subprocess")
    if writes or talks or event in ("os.mkdir", "os.exec", "os.fork", "os.system"):
        raise AssertionError((event, args))

sys.dont_write_bytecode = True
sys.addaudithook(refuse)
for module in pkgutil.walk_packages(caliban_cli.__path__, "caliban_cli."):
    importlib.import_module(module.name)
"""

SLIP = """\
import sys
from caliban_cli.commands import status
from caliban_cli.main import main
status.run = lambda *_: 1 / 0
sys.exit(main(sys.argv[1:]))
"""

LOADED = """\
import sys
from caliban_cli.main import main
main(sys.argv[1:])
print("\\n".join(sys.modules), file=sys.stderr)
"""


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_command(caliban: Caliban, flag: str) -> None:
    finished = caliban(flag)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == usage()
    lines = [line.split(maxsplit=1) for line in finished.stdout.splitlines()]
    for name, summary in SUMMARIES.items():
        assert " " in name or [name, summary] in lines


def test_a_bare_caliban_shows_the_five_things_that_people_do(caliban: Caliban) -> None:
    finished = caliban()
    assert (finished.exit_code, finished.stderr) == (2, "")
    lines = finished.stdout.splitlines()
    shown = [line.split()[1] for line in lines if line.startswith("  caliban ")]
    assert shown == ["run", "run", "cloud", "shell", "status"]
    assert max(map(len, lines)) <= 80


def test_the_version_is_an_answer(caliban: Caliban) -> None:
    finished = caliban("--version")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.startswith("caliban 0.")


@pytest.mark.parametrize("name", SUMMARIES)
def test_every_command_has_a_manual(caliban: Caliban, name: str) -> None:
    finished = caliban(*name.split(), "--help")
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.startswith(f"usage: caliban {name} [flags]")
    assert "\nexamples:\n" in finished.stdout


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ("rnu", "there is no command rnu; did you mean run?"),
        ("Status", "there is no command Status; did you mean status?"),
        ("qqq", "there is no command qqq"),
        ("--qqq", "there is no flag --qqq"),
        ("--verison", "there is no flag --verison; did you mean --version?"),
        ("", "there is no command "),
    ],
)
def test_an_unknown_command_is_a_usage_error(caliban: Caliban, typed: str, complaint: str) -> None:
    finished = caliban(typed)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == complaint
    assert finished.hint == "caliban --help shows what there is"


@pytest.mark.parametrize(
    ("error", "exit_code"),
    [
        (errors.CalibanError, 1),
        (errors.UsageError, 2),
        (errors.NothingToDo, 3),
        (errors.ImageBuildFailed, 4),
        (errors.PlatformUnavailable, 5),
        (errors.HistoryUnavailable, 6),
        (errors.JobsFailed, 7),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(
    caliban: Caliban,
    monkeypatch: pytest.MonkeyPatch,
    error: type[errors.CalibanError],
    exit_code: int,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise error("it rains", hint="take an umbrella")

    monkeypatch.setattr(status, "run", fail)
    finished = caliban("status")
    assert (finished.exit_code, finished.stdout) == (exit_code, "")
    assert finished.stderr == "caliban: it rains\nhint: take an umbrella\n"


def test_an_interrupt_exits_130(caliban: Caliban, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(status, "run", interrupt)
    finished = caliban("status")
    assert (finished.exit_code, finished.stderr) == (130, "caliban: interrupted\n")


def test_debug_shows_where_it_went_wrong(bash: Bash) -> None:
    line = "run --nogpu --dry_run nothing.py"
    finished = bash(f"caliban --debug {line}")
    assert finished.exit_code != 0
    assert "Traceback (most recent call last):" in finished.stderr
    assert "there is no file nothing.py in the project directory" in finished.stderr
    assert "Traceback" not in bash(f"caliban {line}").stderr


def test_a_mistake_of_our_own_is_confessed_in_a_line(bash: Bash) -> None:
    finished = bash('"$PYTHON" slip.py status', {"slip.py": SLIP})
    assert (finished.exit_code, finished.stdout) == (1, "")
    assert finished.complaint == "internal error: ZeroDivisionError: division by zero"
    assert finished.hint == "caliban --debug COMMAND ... shows where; please report it"
    assert "Traceback" in bash('"$PYTHON" slip.py --debug status').stderr


def test_debug_changes_nothing_where_all_is_well(caliban: Caliban) -> None:
    assert caliban("--debug", "--help") == caliban("--help")


def test_the_words_of_the_process_are_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["caliban", "--help"])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    assert main() == 0


@pytest.mark.parametrize("words", [("--helpfull",), ("run", "--helpfull")])
def test_the_full_help_holds_that_of_every_command(caliban: Caliban, words: Sequence[str]) -> None:
    finished = caliban(*words)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.startswith(usage())
    for name in SUMMARIES:
        assert caliban(*name.split(), "--help").stdout in finished.stdout


def test_every_command_tells_the_version(caliban: Caliban) -> None:
    for name in SUMMARIES:
        assert caliban(*name.split(), "--version") == caliban("--version")


def test_a_flag_file_serves_every_command(caliban: Caliban) -> None:
    files = {"my.flags": "# mine\n--nogpu\n--xgroup mine\n", "train.py": ""}
    words = ("--flagfile", "my.flags", "--dry_run", "train.py")
    finished = caliban("run", *words, files=files)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert "would run 1 job in xgroup mine" in finished.stdout
    refused = caliban("status", "--flagfile=my.flags")
    assert refused.exit_code == 2
    assert refused.complaint == "my.flags:2: caliban status has no flag --nogpu"


def test_common_flags_may_stand_before_the_command(caliban: Caliban) -> None:
    files = {"my.flags": "--nogpu", "train.py": ""}
    finished = caliban("--flagfile", "my.flags", "run", "--dry_run", "train.py", files=files)
    assert (finished.exit_code, finished.stderr) == (0, "")


def test_common_flags_without_a_command_are_told_where_they_belong(caliban: Caliban) -> None:
    finished = caliban("--flagfile=my.flags")
    assert finished.exit_code == 2
    assert finished.complaint == (
        "--flagfile=my.flags is a flag of every command, and stands behind its name"
    )


def test_every_shell_has_its_completion(caliban: Caliban) -> None:
    for shell in ("bash", "zsh", "fish"):
        finished = caliban("--completion", shell)
        assert caliban(f"--completion={shell}") == finished
        assert (finished.exit_code, finished.stderr) == (0, "")
        for word in (*" ".join(SUMMARIES).split(), "helpfull", "experiment_config", "flagfile"):
            assert word in finished.stdout


@pytest.mark.parametrize("words", [(), ("tcsh",), ("bash", "more")])
def test_a_shell_without_completion_is_told_which_have_it(
    caliban: Caliban, words: Sequence[str]
) -> None:
    finished = caliban("--completion", *words)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "--completion takes one of bash, zsh, fish"


def test_bash_completes_what_there_is(bash: Bash) -> None:
    finished = bash(
        "source <(caliban --completion bash); COMP_WORDS=(caliban status --format '');"
        "COMP_CWORD=3; _caliban; echo ${COMPREPLY[@]}"
    )
    assert (finished.stdout, finished.stderr) == ("text table json csv\n", "")


@pytest.mark.parametrize("words", ["--help", "--version", "run --help", "status --format csv"])
def test_a_reader_that_reads_nothing_is_no_failure(bash: Bash, words: str) -> None:
    finished = bash(f"{{ sleep 0.1; caliban {words}; }} | true")
    assert (finished.exit_code, finished.stderr) == (0, "")


def test_a_reader_that_leaves_ends_it_quietly(bash: Bash) -> None:
    finished = bash(
        "caliban run --nogpu --dry_run --experiment_config a.json train.py | head --lines 3",
        {"train.py": "", "a.json": f'{{"a": {list(range(10_000))}}}'},
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert len(finished.stdout.splitlines()) == 3


@pytest.mark.parametrize(
    "words",
    [
        *(["--help"], ["--version"], ["--helpfull"], ["--completion", "bash"]),
        *([*name.split(), "--help"] for name in SUMMARIES),
    ],
)
def test_help_loads_nothing_heavy(bash: Bash, words: Sequence[str]) -> None:
    finished = bash(f'"$PYTHON" load.py {" ".join(words)}', {"load.py": LOADED})
    assert finished.exit_code == 0
    loaded = {name.partition(".")[0] for name in finished.stderr.split()}
    assert "caliban_cli" in loaded
    assert sorted(loaded & set(HEAVY)) == []


def test_importing_any_module_has_no_effect(bash: Bash) -> None:
    finished = bash('"$PYTHON" all.py', {"all.py": IMPORT_ALL})
    assert (finished.exit_code, finished.stdout, finished.stderr) == (0, "", "")


@pytest.mark.parametrize("words", ["--help", "--version", "status", "run --help"])
@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_command_works_with_a_closed_stream(bash: Bash, words: str, closed: str) -> None:
    finished = bash(f"caliban {words} {closed}")
    assert (finished.exit_code, finished.stderr) == (0, "")


@pytest.mark.parametrize("locale", ["LC_ALL=C", "LC_ALL=POSIX", "PYTHONIOENCODING=ascii"])
def test_letters_that_cannot_be_shown_are_no_failure(bash: Bash, locale: str) -> None:
    line = f"export {locale}; caliban run --nogpu --dry_run --xgroup grüße 'zün dung.py' -- 'ß'"
    finished = bash(line, {"zün dung.py": ""})
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert "would run 1 job in xgroup gr" in finished.stdout


def test_a_name_that_is_no_text_is_told_in_a_line(bash: Bash) -> None:
    finished = bash("caliban run --nogpu --dry_run $'\\xff.py'")
    assert finished.exit_code == 2
    assert "there is no file" in finished.complaint
