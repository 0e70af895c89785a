"""``--docker_run_args`` as words, and limits as numbers."""

import argparse

import pytest

from caliban_cli.container_flags import ContainerArgs, memory_size, processors
from caliban_domain.errors import UsageError


def test_nothing_is_no_words() -> None:
    assert ContainerArgs().run_args == ()


def test_words_are_those_that_a_shell_would_see() -> None:
    args = ContainerArgs(docker_run_args="-v '/my data:/data'   --env A=\"b c\"")
    assert args.run_args == ("-v", "/my data:/data", "--env", "A=b c")


def test_a_quotation_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="no closing quotation"):
        _ = ContainerArgs(docker_run_args="-v 'a:b").run_args


def test_limits_are_numbers_with_units() -> None:
    assert memory_size("512m") == 512 << 20
    assert [processors(text) for text in ("2", "0.5", "0.01")] == [2, 0.5, 0.01]


@pytest.mark.parametrize("text", ["", "0", "0.001", "-1", "two", "nan", "inf", "1e3", "9" * 400])
def test_what_is_no_number_of_processors_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number"):
        processors(text)


def test_what_is_no_amount_of_memory_is_refused() -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="'lots' is not an amount of memory"):
        memory_size("lots")
