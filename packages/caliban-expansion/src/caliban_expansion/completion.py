"""Completion scripts for shells, made from the parsers.

A script holds all that it offers, so completing starts no program. What a flag takes is told by
its metavar: FILE offers files, DIR directories.
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from caliban_expansion.command_line import Parser


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag in all its spellings. ``takes`` is None for one without a value."""

    names: tuple[str, ...]
    about: str
    takes: str | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """What can follow a command, or a program that has none."""

    about: str
    flags: tuple[Flag, ...]
    takes_file: bool = True


@dataclass(frozen=True, slots=True)
class Program:
    """A program: its own flags, and those of each of its commands.

    A command may have a name of several words; ``groups`` says what the words before its last one
    are about, and what can stand behind them instead of a command.
    """

    name: str
    own: Command
    commands: Mapping[str, Command] = field(default_factory=dict)
    groups: Mapping[str, Command] = field(default_factory=dict)

    @property
    def places(self) -> dict[str, Command]:
        """Everything that something can follow, by its words; the program itself has none."""
        return {"": self.own, **self.groups, **self.commands}

    def after(self, place: str) -> dict[str, Command]:
        """The next words there, each with what it is."""
        before = f"{place} " if place else ""
        return {
            name.removeprefix(before): command
            for name, command in self.places.items()
            if name.startswith(before) and name and " " not in name.removeprefix(before)
        }


def command_of(parser: Parser, about: str = "") -> Command:
    """What a parser takes."""
    takes_file = any(not action.option_strings for action in parser.own)
    return Command(about, tuple(map(_flag, parser.flags)), takes_file)


def script(shell: str, program: Program) -> str:
    """The completion script of a program for one of ``SHELLS``."""
    return "\n".join(_WRITERS[shell](program)) + "\n"


def _flag(action: argparse.Action) -> Flag:
    takes = None if action.nargs == 0 else str(action.metavar or action.dest).upper()
    return Flag(
        tuple(action.option_strings),
        (action.help or "") % {},  # in which argparse wants %% for %
        takes,
        tuple(map(str, action.choices or ())),
    )


def _bash(program: Program) -> Iterator[str]:
    function = f"_{program.name}"
    yield f"# bash completion of {program.name}"
    yield f"{function}() {{"
    yield from _indented(
        "local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= at",
        "COMPREPLY=()",
        "# bash takes an equals sign for a word of its own.",
        "[[ $before == = ]] && before=${COMP_WORDS[COMP_CWORD-2]}",
        "[[ $word == = ]] && word=",
        "for (( at = 1; at < COMP_CWORD; at++ )); do",
        "    # What follows two hyphens is the script's: files are offered.",
        "    [[ ${COMP_WORDS[at]} == -- ]] && return",
        *(_bash_command(program) if program.commands else ()),
        "done",
        'case "$command $before" in',
    )
    for name, command in program.places.items():
        yield from _bash_values(name, command)
    yield from _indented("esac", "case $command in")
    for name, command in program.places.items():
        yield f"        {_quoted(name)})"
        yield from _bash_words(command, tuple(program.after(name)))
    yield from _indented("esac")
    yield "}"
    yield f"complete -o default -F {function} {program.name}"


def _bash_command(program: Program) -> Iterator[str]:
    """What makes a word part of the command: that more can follow those before it."""
    unfinished = "|".join(map(_quoted, ("", *program.groups)))
    yield "    [[ ${COMP_WORDS[at]} == -* ]] || case $command in"
    yield f"        {unfinished}) command=${{command:+$command }}${{COMP_WORDS[at]}} ;;"
    yield "    esac"


def _bash_values(name: str, command: Command) -> Iterator[str]:
    for flag in command.flags:
        if flag.takes is None:
            continue
        patterns = "|".join(_quoted(f"{name} {spelling}") for spelling in flag.names)
        match flag:
            case Flag(choices=(_, *_)):
                action = f"{_compgen('-W', flag.choices)}; return"
            case Flag(takes="DIR"):
                action = "compopt -o dirnames 2> /dev/null; return"
            case Flag(takes="FILE"):
                action = "return"
            case _:
                action = "compopt +o default 2> /dev/null; return"
        yield f"        {patterns}) {action} ;;"


def _bash_words(command: Command, names: Sequence[str]) -> Iterator[str]:
    flags = [name for flag in command.flags for name in flag.names]
    yield f"            [[ $word == -* ]] && {_compgen('-W', flags)} && return"
    if names:
        yield f"            {_compgen('-W', names)}"
    if not command.takes_file:
        yield "            compopt +o default 2> /dev/null"
    yield "            ;;"


def _compgen(option: str, words: Sequence[str]) -> str:
    return f'COMPREPLY=($(compgen {option} {_quoted(" ".join(words))} -- "$word"))'


def _zsh(program: Program) -> Iterator[str]:
    function = f"_{program.name}"
    yield f"#compdef {program.name}"
    for place in (*program.groups, ""):
        yield f"{_zsh_function(program, place)}() {{"
        if following := program.after(place):
            yield from _zsh_choice(program, place, following)
        else:
            yield from _zsh_arguments(program.own, *_zsh_positional(program.own))
        yield "}"
    # Sourced, it registers itself; found in a folder of functions, it is the function's body.
    call = f'{function} "$@"'
    register = f"compdef {function} {program.name}"
    yield f"if [[ $funcstack[1] == {function} ]]; then {call}; else {register}; fi"


def _zsh_function(program: Program, place: str) -> str:
    return "_".join(["", program.name, *place.split()])


def _zsh_choice(program: Program, place: str, following: Mapping[str, Command]) -> Iterator[str]:
    yield from _indented("local state line", "typeset -A opt_args")
    own = program.places[place]
    yield from _zsh_arguments(own, "'1:command:->command'", "'*::argument:->argument'")
    yield from _indented("case $state in", "    command)")
    yield from _indented("        local -a commands=(")
    for name, command in following.items():
        yield f"                {_quoted(f'{name}:{command.about}')}"
    yield from _indented(
        "        )",
        "        _describe command commands ;;",
        "    argument)",
        "case $line[1] in",
    )
    for name, command in following.items():
        yield f"            {name})"
        whole = f"{place} {name}".strip()
        if whole in program.groups:
            yield f"    {_zsh_function(program, whole)}"
        else:
            yield from _zsh_arguments(command, *_zsh_positional(command))
        yield "            ;;"
    yield from _indented("esac", "esac")


def _zsh_positional(command: Command) -> tuple[str, ...]:
    return ("'*:file:_files'",) if command.takes_file else ()


def _zsh_arguments(command: Command, *positional: str) -> Iterator[str]:
    specs = []
    for flag in command.flags:
        about = _escaped(flag.about, "[]:")
        for name in flag.names:
            equals = "=" if flag.takes and name.startswith("--") else ""
            value = f":{_zsh_value(flag)}" if flag.takes else ""
            specs.append(_quoted(f"*{name}{equals}[{about}]{value}"))
    yield "    _arguments -C \\"
    yield " \\\n".join(f"        {spec}" for spec in (*specs, *positional))


def _zsh_value(flag: Flag) -> str:
    label = _escaped(str(flag.takes), ":")
    match flag:
        case Flag(choices=(_, *_)):
            return f"{label}:({' '.join(flag.choices)})"
        case Flag(takes="DIR"):
            return f"{label}:_files -/"
        case Flag(takes="FILE"):
            return f"{label}:_files"
        case _:
            return f"{label}: "


def _fish(program: Program) -> Iterator[str]:
    complete = f"complete --command {program.name}"
    yield f"# fish completion of {program.name}"
    for place, own in program.places.items():
        here = f"{complete} {_fish_condition(program, place)}".rstrip()
        if not own.takes_file:
            yield f"{here} --no-files"
        for name, command in program.after(place).items():
            about = _fish_quoted(command.about)
            yield f"{here} --no-files --arguments {name} --description {about}"
        for flag in own.flags:
            yield f"{here} {_fish_flag(flag)}"


def _fish_condition(program: Program, place: str) -> str:
    """That all words of the place are there, and none that lead further."""
    if not program.commands:
        return ""
    seen = [f"__fish_seen_subcommand_from {word}" for word in place.split()]
    parent = place.rpartition(" ")[0]
    others = [*program.after(place)]
    if parent:
        # Beside "cluster ls" there is "cluster job ls".
        others += [word for word in program.after(parent) if f"{parent} {word}" in program.groups]
        others = [word for word in others if word != place.rpartition(" ")[2]]
    unseen = [f"not __fish_seen_subcommand_from {' '.join(others)}"] if others else []
    return f"--condition {_fish_quoted('; and '.join([*seen, *unseen]))}"


def _fish_flag(flag: Flag) -> str:
    names = " ".join(
        f"--long-option {name[2:]}" if name.startswith("--") else f"--short-option {name[1:]}"
        for name in flag.names
    )
    words = f"{names} --description {_fish_quoted(flag.about)}"
    match flag:
        case Flag(takes=None):
            return words
        case Flag(choices=(_, *_)):
            return f"{words} --exclusive --arguments {_fish_quoted(' '.join(flag.choices))}"
        case Flag(takes="DIR"):
            return f"{words} --exclusive --arguments '(__fish_complete_directories)'"
        case Flag(takes="FILE"):
            return f"{words} --require-parameter --force-files"
        case _:
            return f"{words} --exclusive"


def _indented(*lines: str) -> Iterator[str]:
    return (f"    {line}" for line in lines)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fish_quoted(text: str) -> str:
    return "'" + _escaped(text, "\\'") + "'"


def _escaped(text: str, special: str) -> str:
    return "".join(f"\\{letter}" if letter in special else letter for letter in text)


_WRITERS: Final[Mapping[str, Callable[[Program], Iterator[str]]]] = {
    "bash": _bash,
    "zsh": _zsh,
    "fish": _fish,
}
SHELLS: Final = tuple(_WRITERS)
