"""Commands are found by their words, one after the other."""

import pkgutil

import pytest

import caliban_cli.commands
from caliban_cli.command_tree import GROUPS, SUMMARIES, command_module, find, listing, no_command
from caliban_domain.errors import UsageError


def test_every_command_has_its_module_and_every_module_is_a_command() -> None:
    before = f"{caliban_cli.commands.__name__}."
    found = pkgutil.walk_packages(caliban_cli.commands.__path__, before)
    names = {module.name.removeprefix(before).replace(".", " ") for module in found}
    assert names == {*SUMMARIES, *GROUPS}


@pytest.mark.parametrize("name", SUMMARIES)
def test_a_command_is_found_by_its_words(name: str) -> None:
    assert find([*name.split(), "--help", "x"]) == (name, ["--help", "x"])
    assert command_module(name).MANUAL.command == name


def test_everything_is_listed_in_its_place() -> None:
    listed = "\n".join(map(listing, ("", *GROUPS)))
    for summary in (*SUMMARIES.values(), *GROUPS.values()):
        assert listed.count(summary) == 1


def test_an_unknown_word_is_told_with_the_nearest_known_one() -> None:
    with pytest.raises(UsageError, match=r"there is no command rnu; did you mean run\?"):
        find(["rnu"])
    refused = no_command("--versoin", flags=["--version"])
    assert refused.message == "there is no flag --versoin; did you mean --version?"
