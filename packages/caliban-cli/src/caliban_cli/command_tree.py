"""The commands that there are. One with several words is found step by step, in groups."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from caliban_domain.errors import UsageError

SUMMARIES: Final[Mapping[str, str]] = {
    "build": "make the image of a project, and print its id",
    "cloud": "submit a script, or a sweep of it, to Vertex AI",
    "cluster create": "make a cluster, and wait until it is there",
    "cluster delete": "delete a cluster, after a question",
    "cluster job ls": "show the Jobs of a namespace",
    "cluster job submit": "submit a script, or a sweep of it, to a cluster",
    "cluster job submit_file": "submit a Job that a file describes",
    "cluster ls": "show the clusters of a project",
    "cluster node_pool ls": "show the nodes of a cluster, by their pools",
    "cluster pod ls": "show the pods of a namespace",
    "logs": "print what a job wrote",
    "notebook": "open Jupyter in the environment that scripts run in",
    "replay": "run what a job ran, with the very same code",
    "resubmit": "run jobs again that didn't succeed, with the code as it is now",
    "run": "run a script, or a sweep of it, in containers on this machine",
    "shell": "open a shell in the environment that scripts run in",
    "status": "show jobs and how they are",
    "stop": "stop jobs that haven't ended",
    "why": "say why a job waits, or how it or a group ended",
}
"""Every command, and what it does."""

GROUPS: Final[Mapping[str, str]] = {
    "cluster": "clusters of Kubernetes, and what runs there",
    "cluster job": "Jobs of a Kubernetes cluster: submit and see them",
    "cluster node_pool": "nodes of a Kubernetes cluster: see them",
    "cluster pod": "pods of a Kubernetes cluster: see them",
}
"""The words that lead to several commands, and what these are about."""

_HELP: Final = ("-h", "--help")


def command_module(name: str) -> ModuleType:
    """The module of a command: it has ``Args``, ``MANUAL`` and ``run``."""
    return import_module(f"caliban_cli.commands.{name.replace(' ', '.')}")


def find(words: Sequence[str]) -> tuple[str, list[str]]:
    """The command or group that the words begin with, and the other words.

    The other words of a group are none, or begin with a wish for help. Raises UsageError.
    """
    place = ""
    for number, word in enumerate(words):
        if place and word in _HELP:
            return place, list(words[number:])
        name = f"{place} {word}".strip()
        if name in SUMMARIES:
            return name, list(words[number + 1 :])
        if name not in GROUPS:
            raise no_command(word, place)
        place = name
    return place, []


def listing(place: str = "") -> str:
    """What can follow, a line each with what it does."""
    before = f"{place} " if place else ""
    known = dict(sorted({**SUMMARIES, **GROUPS}.items()))
    next_words = {
        name.removeprefix(before): summary
        for name, summary in known.items()
        if name.startswith(before) and " " not in name.removeprefix(before)
    }
    width = max(map(len, next_words))
    return "\n".join(f"  {name:{width}}  {summary}" for name, summary in next_words.items())


def group_usage(place: str) -> str:
    """The help of a group."""
    about = GROUPS[place]
    return (
        f"usage: caliban {place} [-h] COMMAND ...\n\n{about[0].upper()}{about[1:]}.\n\n"
        f"commands:\n{listing(place)}\n\n"
        f"caliban {place} COMMAND --help tells more about a command.\n"
    )


def no_command(word: str, place: str = "", *, flags: Iterable[str] = ()) -> UsageError:
    """That there is no such word, and which one may have been meant."""
    from difflib import get_close_matches

    before = f"{place} " if place else ""
    known = (name.removeprefix(before) for name in (*SUMMARIES, *GROUPS) if name.startswith(before))
    near = get_close_matches(word, (*known, *flags), n=1)
    suggestion = f"; did you mean {before}{near[0]}?" if near else ""
    kind = "flag" if word.startswith("-") else "command"
    return UsageError(
        f"there is no {kind} {before}{word}{suggestion}",
        hint=f"caliban {before}--help shows what there is",
    )
