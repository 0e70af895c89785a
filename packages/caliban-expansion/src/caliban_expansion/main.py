"""The ``expansion`` command."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final, NoReturn

from caliban_domain.errors import CalibanError, UsageError
from caliban_expansion import expanded_text
from caliban_expansion.source import read_sweep

_EXAMPLES: Final = """\
examples:
  expansion experiment.json                    one JSON list of all experiments
  expansion --count experiment.json            how many there are
  expansion --print_flags experiment.json      a line of shell-quoted flags for each
  expansion a.json | python edit.py | caliban run --experiment_config stdin train.py
"""

_INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with the given arguments, or those of the process. Returns its exit code."""
    try:
        args = _parser().parse_args(argv)
        sweep = read_sweep(args.experiment_config, sys.stdin)
        _write([f"{sweep.count}\n"] if args.count else expanded_text.expanded(sweep, _style(args)))
    except CalibanError as error:
        print(f"expansion: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader has what it wanted.
        _abandon_stdout()
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _write(blocks: Iterable[str]) -> None:
    out = sys.stdout.buffer
    try:
        for block in blocks:
            out.write(block.encode())
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        _abandon_stdout()
        raise CalibanError(f"the output can't be written: {error.strerror}") from error


def _abandon_stdout() -> None:
    """Keep what is still buffered from failing again when the interpreter exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _style(args: argparse.Namespace) -> expanded_text.Style:
    if args.print_flags:
        return expanded_text.SHELL_FLAGS
    if args.format == "jsonl":
        return expanded_text.JSON_LINES
    return expanded_text.PRETTY_JSON if args.pprint else expanded_text.JSON


class _PrintVersion(argparse.Action):
    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"expansion {version('caliban-expansion')}")
        parser.exit()


class _Parser(argparse.ArgumentParser):
    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        sys.stdout.flush()
        super().exit(status, message)

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint="expansion --help shows what there is")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="expansion",
        description="Expand an experiment config into all the experiments that it stands for.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "experiment_config",
        help="path of an experiment config (JSON; YAML if it ends in .yaml), or 'stdin' or '-'",
    )
    parser.add_argument(
        "--version", action=_PrintVersion, nargs=0, help="print the version and exit"
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--pprint", action="store_true", help="indent the JSON by two spaces")
    shape.add_argument(
        "--print_flags",
        "--print-flags",
        action="store_true",
        help="print the flags of each experiment on a line, quoted for a shell",
    )
    shape.add_argument(
        "--format",
        choices=("json", "jsonl"),
        default="json",
        help="json: one list (the default); jsonl: one object a line",
    )
    shape.add_argument("--count", action="store_true", help="print only the number of experiments")
    return parser


if __name__ == "__main__":
    sys.exit(main())
