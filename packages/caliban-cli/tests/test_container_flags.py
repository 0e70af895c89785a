"""``--docker_run_args`` as words."""

import pytest

from caliban_cli.container_flags import ContainerArgs
from caliban_domain.errors import UsageError


def test_nothing_is_no_words() -> None:
    assert ContainerArgs().run_args == ()


def test_words_are_those_that_a_shell_would_see() -> None:
    args = ContainerArgs(docker_run_args="-v '/my data:/data'   --env A=\"b c\"")
    assert args.run_args == ("-v", "/my data:/data", "--env", "A=b c")


def test_a_quotation_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="no closing quotation"):
        _ = ContainerArgs(docker_run_args="-v 'a:b").run_args
