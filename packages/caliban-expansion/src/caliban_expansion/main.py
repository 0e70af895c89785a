"""The ``expansion`` command."""

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import Final

from caliban_domain.errors import CalibanError
from caliban_expansion import expanded_text, streams
from caliban_expansion.command_line import AnswerWanted, HelpWanted, Parser
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
    if argv is None:
        streams.prepare()
        argv = sys.argv[1:]
    try:
        _run(argv)
    except CalibanError as error:
        print(f"expansion: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader has what it wanted.
        streams.abandon(sys.stdout)
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _run(words: Sequence[str]) -> None:
    parser = parser_of_expansion()
    try:
        args = parser.parse_args(parser.settled(words))
    except HelpWanted as wanted:
        _write([str(wanted)])
        return
    except AnswerWanted as wanted:
        _write([_version() if str(wanted) == "--version" else parser.format_help()])
        return
    if args.completion:
        from caliban_expansion.completion import Program, command_of, script

        _write([script(args.completion, Program("expansion", command_of(parser)))])
        return
    if args.experiment_config is None:
        parser.error("the following arguments are required: experiment_config")
    sweep = read_sweep(args.experiment_config, sys.stdin)
    if parser.shows_debug:
        what = f"{args.experiment_config} describes {sweep.count} experiments"
        print(f"expansion: {what}", file=sys.stderr, flush=True)
    _write([f"{sweep.count}\n"] if args.count else expanded_text.expanded(sweep, _style(args)))


def _version() -> str:
    from importlib.metadata import version

    return f"expansion {version('caliban-expansion')}\n"


def _write(blocks: Iterable[str]) -> None:
    out = sys.stdout.buffer
    try:
        for block in blocks:
            out.write(block.encode())
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        streams.abandon(sys.stdout)
        raise CalibanError(f"the output can't be written: {error.strerror}") from error


def _style(args: argparse.Namespace) -> expanded_text.Style:
    if args.print_flags:
        return expanded_text.SHELL_FLAGS
    if args.format == "jsonl":
        return expanded_text.JSON_LINES
    return expanded_text.PRETTY_JSON if args.pprint else expanded_text.JSON


def parser_of_expansion() -> Parser:
    """The parser of the command, as its help and its completion show it."""
    parser = Parser(
        prog="expansion",
        description="Expand an experiment config into all the experiments that it stands for.",
        epilog=_EXAMPLES,
    )
    parser.add_argument(
        "experiment_config",
        nargs="?",
        help="path of an experiment config (JSON; YAML if it ends in .yaml), or 'stdin' or '-'",
    )
    shape = parser.add_mutually_exclusive_group()
    shape.add_argument("--pprint", action="store_true", help="indent the JSON by two spaces")
    shape.add_argument(
        "--print_flags",
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
    parser.add_argument(
        "--completion",
        choices=("bash", "zsh", "fish"),
        metavar="SHELL",
        help="print what makes a shell complete this command: bash, zsh or fish",
    )
    parser.add_common_flags()
    return parser


if __name__ == "__main__":
    sys.exit(main())
