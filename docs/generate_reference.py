"""Write reference/commands.md from the parsers of the commands, and machines.md from the tables.

With ``--print`` the pages go to standard output; a test compares them with the committed ones.
The flags come from the parsers rather than their help, which every Python lays out differently.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from caliban_cli.command_tree import SUMMARIES, command_module
from caliban_cli.main import usage
from caliban_cli.options import parser_of
from caliban_domain.accelerators import GPUS, TPUS, GpuSpec
from caliban_domain.machines import UNACCELERATED, counts_of
from caliban_domain.vertex_hardware import (
    ENDED,
    ENDING,
    GPU_MACHINES,
    GPU_REGIONS,
    REGIONS,
    RESERVED,
)
from caliban_domain.vertex_tpus import TPU_MACHINES, TPU_REGIONS
from caliban_expansion.command_line import Parser
from caliban_expansion.main import parser_of_expansion

REFERENCE: Final = Path(__file__).parent / "reference"

_RUNS_A_SCRIPT: Final = {"caliban cloud", "caliban cluster job submit", "caliban run"}

_MACHINES: Final = """\
<!-- Made by docs/generate_reference.py from the tables in caliban_domain. -->

# Machines and accelerators

What `caliban cloud` accepts for `--machine_type`, `--gpu_spec`, `--tpu_spec` and `--region`: the
hardware that Vertex AI offers for custom jobs by Google's documentation of 2026. An accelerator
goes with some machines and is in some regions only; where what was asked for doesn't fit, Caliban
says what does. The tables age: `--force` skips them, and then `--gpu_spec 2xNAME` takes any name in
Google's interface.
"""

_GPUS: Final = """\
## GPUs

`--gpu_spec 2xL4` asks for two of type `L4`. The default is one; with `--nogpu` or `--tpu_spec`
none.
"""

_TPUS: Final = """\
## TPUs

`--tpu_spec 8xV3` asks for eight cores of type `V3`. `V2` and `V3` come with the machine type
`cloud-tpu`, and in multiples of 32 as pods. The later types are counted in chips, and the machine
type follows from their number.
"""

_OPENING: Final = """\
<!-- Made by docs/generate_reference.py from the commands' parsers: change those, then run it. -->

# Commands

The flags of `caliban` come before the module. They can be written with hyphens instead of
underscores (`--dry-run`) and joined to their value (`--parallel=2`), and can't be shortened. What
a command was asked for goes to standard output, what it says of its progress to standard error.

## caliban
"""


def page() -> str:
    """The whole page, as Markdown."""
    parts = [_OPENING, _text(usage())]
    for name in SUMMARIES:
        command = command_module(name)
        parts += _command(parser_of(command.Args, command.MANUAL))
    expansion = parser_of_expansion()
    parts += _command(expansion)
    parts += ["## Flags of every command\n", *_table(expansion.common)]
    return "\n".join(parts)


def machines_page() -> str:
    """The hardware that Vertex AI offers, as Markdown."""
    counts = {kind: ", ".join(map(str, counts_of(kind))) for kind in (*GPUS, *TPUS)}
    gpus = [
        (f"`{kind}`", f"`{GpuSpec(1, kind).vertex_name}`", counts[kind], _words(GPU_REGIONS[kind]))
        for kind in GPUS
    ]
    tpus = [(f"`{kind}`", counts[kind], _words(TPU_REGIONS[kind])) for kind in TPUS]
    shapes = [
        (f"`{machine}`", kind, _words(topologies))
        for kind, machines in TPU_MACHINES.items()
        for machine, topologies in machines.items()
    ]
    on_machines = [
        (f"`{machine}`", ", ".join(str(GpuSpec(n, kind)) for kind in gpus for n in gpus[kind]))
        for machine, gpus in GPU_MACHINES.items()
    ]
    parts = [
        _MACHINES,
        _GPUS,
        *_rows(("type", "in Google's interface", "how many", "regions"), gpus),
        *(f"- `{kind}` was shut down {when}.\n" for kind, when in ENDED.items()),
        *(f"- `{kind}` will be shut down {when}.\n" for kind, when in ENDING.items()),
        *(
            f"- `{kind}` is only for those who have reserved it, on machines that need "
            "`--platform linux/arm64`.\n"
            for kind in RESERVED
        ),
        "## Machines with GPUs\n",
        *_rows(("machine type", "GPUs"), on_machines),
        "## Machines without\n",
        f"{_words(UNACCELERATED)}\n",
        _TPUS,
        *_rows(("type", "how many", "regions"), tpus),
        *_rows(("machine type", "TPUs", "topologies of chips"), shapes),
        "## Regions\n",
        f"{_words(REGIONS)}\n",
    ]
    return "\n".join(parts)


def _rows(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["---"] * len(heads), *rows))
    yield ""


def _words(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _command(parser: Parser) -> Iterator[str]:
    yield f"## {parser.prog}\n"
    yield f"{parser.description}\n"
    yield _text(_usage(parser.prog, parser.own))
    yield from _table(parser.own)
    yield _text(parser.epilog or "")


def _table(actions: Sequence[argparse.Action]) -> Iterator[str]:
    yield "| argument | what it does |\n| --- | --- |"
    yield from (
        f"| {_spelling(action)} | {_cell(str(action.help).replace('%%', '%'))} |"
        for action in actions
    )
    yield ""


def _usage(prog: str, actions: Sequence[argparse.Action]) -> str:
    positional = [action.dest for action in actions if not action.option_strings]
    script_arguments = ["[-- arguments of the script]"] if prog in _RUNS_A_SCRIPT else []
    return " ".join([prog, "[flags]", *positional, *script_arguments])


def _spelling(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else f" {action.metavar or '|'.join(action.choices or ())}"
    names = action.option_strings or [action.dest]
    return ", ".join(f"`{_cell(name + value).strip()}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _text(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


if __name__ == "__main__":
    pages = {"commands.md": page(), "machines.md": machines_page()}
    for name, text in pages.items():
        if sys.argv[1:] == ["--print"]:
            sys.stdout.write(text)
        else:
            (REFERENCE / name).write_text(text)
