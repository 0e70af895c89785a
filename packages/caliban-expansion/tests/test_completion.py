"""Completion scripts, in the shells that they are for."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from caliban_expansion.command_line import Parser
from caliban_expansion.completion import SHELLS, Command, Flag, Program, command_of, script

GROUPS = ("crew", "crew cook")


def program() -> Program:
    fly = Parser(prog="zeppelin fly")
    fly.add_argument("where")
    fly.add_argument("--height", choices=("low", "high"), help="how: [low] it's; \\ $HOME: `no`")
    fly.add_argument("--max_speed", metavar="N", help="not faster, or 5%% at most")
    fly.add_argument("-d", "--dir", metavar="DIR", help="what to carry")
    fly.add_argument("--map", metavar="FILE", help="where things are")
    land = Parser(prog="zeppelin land")
    land.add_argument("--softly", action="store_true", help="without a bump")
    own = Command("", (Flag(("--help",), "help"),), takes_file=False)
    commands = {
        "fly": command_of(fly, "go up"),
        "land": command_of(land, "come down"),
        "crew ls": command_of(Parser(prog="zeppelin crew ls"), "who is on board"),
        "crew cook ls": command_of(fly, "what there is to eat"),
        "crew cook bake": command_of(land, "make a cake"),
    }
    groups = {name: Command(f"see {name}", own.flags, takes_file=False) for name in GROUPS}
    return Program("zeppelin", own, commands, groups)


def alone() -> Program:
    parser = Parser(prog="balloon")
    parser.add_argument("what")
    parser.add_argument("--color", choices=("red", "blue"))
    return Program("balloon", command_of(parser))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the scripts, and a file and a folder besides."""
    folder = tmp_path_factory.mktemp("completion")
    (folder / "alps.map").touch()
    (folder / "attic").mkdir()
    for shell in SHELLS:
        (folder / f".{shell}").write_text(script(shell, program()) + script(shell, alone()))
    return folder


CASES = [
    ("zeppelin ", {"fly", "land", "crew"}),
    ("zeppelin crew ", {"ls", "cook"}),
    ("zeppelin crew --", {"--help"}),
    ("zeppelin crew cook ", {"ls", "bake"}),
    ("zeppelin crew cook bake --so", {"--softly"}),
    ("zeppelin crew cook ls --height ", {"low", "high"}),
    ("zeppelin crew ls --max", set()),
    ("zeppelin l", {"land"}),
    ("zeppelin --h", {"--help"}),
    ("zeppelin fly --h", {"--help", "--height"}),
    ("zeppelin fly --max", {"--max_speed"}),
    ("zeppelin fly --height ", {"low", "high"}),
    ("zeppelin fly --height l", {"low"}),
    ("zeppelin fly --map al", {"alps.map"}),
    ("zeppelin fly --map alps.map at", {"attic"}),
    ("zeppelin fly --dir a", {"attic"}),
    ("zeppelin fly --height high -d a", {"attic"}),
    ("zeppelin fly al", {"alps.map"}),
    ("zeppelin land --so", {"--softly"}),
    ("zeppelin land a", set()),
    ("zeppelin fly --max_speed a", set()),
    ("balloon al", {"alps.map"}),
    ("balloon --col", {"--color"}),
    ("balloon --color b", {"blue"}),
]


BASH = """\
bind 'set bell-style none'; bind 'set enable-bracketed-paste off'
bind '"\\C-t": insert-completions'
"""
ZSH = """\
unsetopt beep prompt_sp zle_bracketed_paste; autoload -U compinit; compinit -u -D
zstyle ':completion:*' completer _all_matches _complete; zstyle ':completion:*' insert true
bindkey -e; bindkey '^T' complete-word
"""


def started(folder: Path, shell: str, *arguments: str, setup: str) -> "pexpect.spawn[str]":
    """A shell at a terminal that knows the completion."""
    (folder / f".setup.{shell}").write_text(f"{setup}source ./.{shell}\n")
    child = pexpect.spawn(
        *(shell, list(arguments)),
        encoding="utf-8",
        dimensions=(50, 500),
        cwd=str(folder),
        env=os.environ | {"HOME": str(folder)},
    )
    child.sendline(f"source ./.setup.{shell}; PS1=; echo rea''dy")
    child.expect_exact("ready\r\n")
    return child


@pytest.fixture(scope="module")
def bash_at_work(folder: Path) -> Iterator["pexpect.spawn[str]"]:
    child = started(folder, "bash", "--norc", "--noprofile", "-i", setup=BASH)
    yield child
    child.close(force=True)


@pytest.fixture(scope="module")
def zsh_at_work(folder: Path) -> Iterator["pexpect.spawn[str]"]:
    needs("zsh")
    child = started(folder, "zsh", "-f", "-i", setup=ZSH)
    yield child
    child.close(force=True)


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


def inserted(child: "pexpect.spawn[str]", typed: str) -> set[str]:
    """The words that the shell puts into the line ``typed`` when it is to insert all that fit."""
    # What stands in the line at the end is printed, a word a line.
    child.send(f"{typed}\x14\x01printf '<%s>\\n' \r")
    child.sendline("echo do''ne")
    child.expect_exact("done\r\n")
    words = re.findall(r"^<(.*)>\r$", child.before or "", re.MULTILINE)
    before, _, begun = typed.rpartition(" ")
    # Shells differ in when they add the slash of a directory.
    return {word.rstrip("/") for word in words if word not in before.split()} - {begun}


@pytest.mark.parametrize(
    ("typed", "offered"), [*CASES, ("zeppelin fly --height=h", {"--height=high"})]
)
def test_bash_offers_what_fits(
    bash_at_work: "pexpect.spawn[str]", typed: str, offered: set[str]
) -> None:
    assert inserted(bash_at_work, typed) == offered


@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_zsh_offers_what_fits(
    zsh_at_work: "pexpect.spawn[str]", typed: str, offered: set[str]
) -> None:
    assert inserted(zsh_at_work, typed) == offered


@pytest.mark.usefixtures("bash")
@pytest.mark.parametrize(("typed", "offered"), CASES)
def test_fish_offers_what_fits(folder: Path, typed: str, offered: set[str]) -> None:
    needs("fish")
    command = ["fish", "-N", "-c", f"source .fish; complete -C '{typed}'"]
    asked = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    offers = {offer.split("\t")[0].rstrip("/") for offer in asked.stdout.splitlines()}
    assert offers == offered


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_flags_are_described_as_in_the_help(shell: str) -> None:
    assert "not faster, or 5% at most" in script(shell, program())


def test_there_is_a_script_for_every_shell() -> None:
    assert {name for name in SHELLS if script(name, program())} == {"bash", "zsh", "fish"}
