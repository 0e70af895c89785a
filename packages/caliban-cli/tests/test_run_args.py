"""Arguments for docker run are split as a shell does it."""

import pytest

from caliban_cli.run_args import split_run_args
from caliban_domain.errors import UsageError


def test_words_and_quotes_are_those_of_a_shell() -> None:
    assert split_run_args("-v '/my data:/data' --shm-size 2g") == (
        *("-v", "/my data:/data"),
        *("--shm-size", "2g"),
    )
    assert split_run_args("") == ()


def test_an_open_quote_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no closing quotation"):
        split_run_args("-v 'a")
