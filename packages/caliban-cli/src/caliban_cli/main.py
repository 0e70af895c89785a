"""The ``caliban`` command: find the subcommand, run it, turn what went wrong into a clear line."""

import gc
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from caliban_cli.command_tree import (
    GROUPS,
    SUMMARIES,
    command_module,
    find,
    group_usage,
    listing,
    no_command,
)
from caliban_cli.say import say
from caliban_domain.errors import CalibanError, UsageError
from caliban_expansion import streams

_USAGE: Final = """\
usage: caliban [-h] [--helpfull] [--version] [--completion SHELL] [--debug] COMMAND ...

Run numerical experiments in containers, without writing a Dockerfile.

commands:
{commands}

options:
  -h, --help          show this help and exit
  --helpfull          show the help of every command too
  --version           show the version and exit
  --completion SHELL  print what makes a shell complete this command: bash, zsh or fish
  --debug             show a traceback where something goes wrong

flags of every command, behind its name:
  --flagfile FILE              read flags from a file
  -v LEVEL, --verbosity LEVEL  info, or debug to see what goes on inside
  --helpfull, --version        as above

examples:
  caliban run --nogpu train.py -- --learning_rate 0.1
  caliban run --nogpu --experiment_config experiment.json train.py
  caliban status

caliban COMMAND --help tells more about a command.
"""

_WELCOME: Final = """\
Caliban runs experiments in containers, without a Dockerfile. What people do:

  caliban run train.py -- --rate 0.1                     run a script
  caliban run --experiment_config sweep.json train.py    run a sweep of it
  caliban cloud --experiment_config sweep.json train.py  the same on Vertex AI
  caliban shell                                          work in its environment
  caliban status                                         see how it went

caliban --help shows all commands, caliban COMMAND --help one of them.
"""

_INTERRUPTED: Final = 130
_COMMON_FLAGS: Final = ("-v", "--verbosity", "--flagfile")
_OWN_FLAGS: Final = (
    (("-h", "--help"), "show the help and exit"),
    (("--helpfull",), "show the help of every command too"),
    (("--version",), "show the version and exit"),
    (("--debug",), "show a traceback where something goes wrong"),
)
_OBJECTS_BETWEEN_COLLECTIONS: Final = 100_000


def command() -> int:
    """``main`` as a process of its own.

    Libraries make many objects that live to the end. Looking for garbage among them, again and
    again and a last time at the exit, would take a third of a short command's time.
    """
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS)
    streams.prepare()
    if any(word in SUMMARIES or word in GROUPS for word in sys.argv):
        # Only a command has something to tidy up, and this takes a while to load.
        from caliban_cli.signals import heed

        heed()
    exit_code = main()
    gc.freeze()
    return exit_code


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, or that of the process. Returns the exit code; prints what failed."""
    words = list(sys.argv[1:] if argv is None else argv)
    debug = words[:1] == ["--debug"]
    if not debug:
        sys.excepthook = _confess
    try:
        return _run(words[1:] if debug else words)
    except CalibanError as error:
        if debug:
            _show_traceback()
        _complain(error)
        return error.exit_code
    except BrokenPipeError:
        # Whoever read our output has enough.
        streams.abandon(sys.stdout)
        return 0
    except KeyboardInterrupt as interrupt:
        said, exit_code = interrupt.args or ("interrupted", _INTERRUPTED)
        say(f"caliban: {said}")
        return int(exit_code)


def _run(words: list[str]) -> int:
    match words:
        case []:
            print(_WELCOME, end="", flush=True)
            return UsageError.exit_code
        case ["-h" | "--help", *_]:
            print(usage(), end="", flush=True)
            return 0
        case ["--helpfull" | "--version" as flag, *_]:
            return _answer(flag)
        case ["--completion", *shell]:
            return _print_completion(shell)
        case [flag, *rest] if flag.startswith("--completion="):
            return _print_completion([flag.partition("=")[2], *rest])
        case [flag, value, *named] if flag in _COMMON_FLAGS and named:
            name, rest = find(named)
            return _run_command(name, [flag, value, *rest])
        case [word, *_] if word.startswith("-"):
            raise _no_flag(word)
    return _run_command(*find(words))


def usage() -> str:
    """The help of ``caliban`` itself."""
    return _USAGE.format(commands=listing())


def _answer(flag: str) -> int:
    if flag == "--version":
        from importlib.metadata import version

        print(f"caliban {version('caliban-cli')}", flush=True)
        return 0
    from caliban_cli.options import parser_of

    helps = [usage()]
    for name in SUMMARIES:
        command = command_module(name)
        helps.append(parser_of(command.Args, command.MANUAL).format_help())
    print("\n".join(helps), end="", flush=True)
    return 0


def _print_completion(words: Sequence[str]) -> int:
    from caliban_cli.options import parser_of
    from caliban_expansion.completion import SHELLS, Command, Flag, Program, command_of, script

    shell = words[0] if len(words) == 1 else ""
    if shell not in SHELLS:
        raise UsageError(f"--completion takes one of {', '.join(SHELLS)}")
    own = (
        *(Flag(names, about) for names, about in _OWN_FLAGS),
        Flag(("--completion",), "print what makes a shell complete this", "SHELL", SHELLS),
    )
    commands = {}
    for name, summary in SUMMARIES.items():
        command = command_module(name)
        commands[name] = command_of(parser_of(command.Args, command.MANUAL), summary)
    groups = {
        name: Command(about, (Flag(*_OWN_FLAGS[0]),), takes_file=False)
        for name, about in GROUPS.items()
    }
    program = Program("caliban", Command("", own, takes_file=False), commands, groups)
    print(script(shell, program), end="", flush=True)
    return 0


def _run_command(name: str, words: list[str]) -> int:
    if name in GROUPS:
        print(group_usage(name), end="", flush=True)
        return 0 if words else UsageError.exit_code
    from caliban_cli.environment import read_environment
    from caliban_cli.options import parse
    from caliban_expansion.command_line import AnswerWanted, HelpWanted

    command = command_module(name)
    try:
        parsed = parse(command.Args, command.MANUAL, words)
    except HelpWanted as wanted:
        print(wanted, end="", flush=True)
        return 0
    except AnswerWanted as wanted:
        return _answer(str(wanted))
    with _logs_shown() if parsed.shows_debug else nullcontext():
        exit_code: int = command.run(parsed, read_environment())
    sys.stdout.flush()
    return exit_code


def _logs_shown() -> AbstractContextManager[None]:
    from caliban_cli.logs import shown

    return shown()


def _no_flag(word: str) -> UsageError:
    if word.partition("=")[0] in _COMMON_FLAGS:
        return UsageError(
            f"{word} is a flag of every command, and stands behind its name",
            hint=f"caliban COMMAND {word} ...",
        )
    own_flags = (flag for names, _ in _OWN_FLAGS for flag in names)
    return no_command(word, flags=(*own_flags, "--completion"))


def _complain(error: CalibanError) -> None:
    say(f"caliban: {error.message}")
    if error.hint:
        say(f"hint: {error.hint}")


def _show_traceback() -> None:
    import traceback

    traceback.print_exc()


def _confess(kind: type[BaseException], error: BaseException, _: object) -> None:
    """Tell of what nothing foresaw: a system that fails us, or a mistake of our own."""
    if isinstance(error, OSError):
        print(f"caliban: {error}", file=sys.stderr)
        return
    print(f"caliban: internal error: {kind.__name__}: {error}", file=sys.stderr)
    print("hint: caliban --debug COMMAND ... shows where; please report it", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(command())
