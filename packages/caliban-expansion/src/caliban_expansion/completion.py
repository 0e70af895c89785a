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
    """A program: its own flags, and those of each of its commands."""

    name: str
    own: Command
    commands: Mapping[str, Command] = field(default_factory=dict)


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
        action.help or "",
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
        *(
            ("    [[ -z $command && ${COMP_WORDS[at]} != -* ]] && command=${COMP_WORDS[at]}",)
            if program.commands
            else ()
        ),
        "done",
        'case "$command $before" in',
    )
    for name, command in _each(program):
        yield from _bash_values(name, command)
    yield from _indented("esac", "case $command in")
    for name, command in _each(program):
        yield f"        {_quoted(name)})"
        yield from _bash_words(command, () if name else tuple(program.commands))
    yield from _indented("esac")
    yield "}"
    yield f"complete -o default -F {function} {program.name}"


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
    yield f"{function}() {{"
    if program.commands:
        yield from _indented("local state line", "typeset -A opt_args")
        yield from _zsh_arguments(program.own, "'1:command:->command'", "'*::argument:->argument'")
        yield from _indented("case $state in", "    command)")
        yield from _indented("        local -a commands=(")
        for name, command in program.commands.items():
            yield f"                {_quoted(f'{name}:{command.about}')}"
        yield from _indented(
            "        )",
            "        _describe command commands ;;",
            "    argument)",
            "case $line[1] in",
        )
        for name, command in program.commands.items():
            yield f"            {name})"
            yield from _zsh_arguments(command, *_zsh_positional(command))
            yield "            ;;"
        yield from _indented("esac", "esac")
    else:
        yield from _zsh_arguments(program.own, *_zsh_positional(program.own))
    yield "}"
    # Sourced, it registers itself; found in a folder of functions, it is the function's body.
    call = f'{function} "$@"'
    register = f"compdef {function} {program.name}"
    yield f"if [[ $funcstack[1] == {function} ]]; then {call}; else {register}; fi"


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
    if program.commands:
        none_yet = "--condition __fish_use_subcommand"
        for name, command in program.commands.items():
            about = _fish_quoted(command.about)
            yield f"{complete} --no-files {none_yet} --arguments {name} --description {about}"
        for flag in program.own.flags:
            yield f"{complete} {none_yet} {_fish_flag(flag)}"
        for name, command in program.commands.items():
            seen = f"--condition '__fish_seen_subcommand_from {name}'"
            if not command.takes_file:
                yield f"{complete} --no-files {seen}"
            for flag in command.flags:
                yield f"{complete} {seen} {_fish_flag(flag)}"
    else:
        for flag in program.own.flags:
            yield f"{complete} {_fish_flag(flag)}"


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


def _each(program: Program) -> Iterator[tuple[str, Command]]:
    yield "", program.own
    yield from program.commands.items()


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
