"""Arguments for ``docker run`` that can't work are refused before anything else happens."""

import pytest

from caliban_adapters.docker.run_arguments import checked_run_args
from caliban_domain.errors import UsageError

FINE = (
    (),
    ("--env", "A=b"),
    ("-e", "A", "-v", "/my data:/data", "--shm-size=2g"),
    ("-it", "--gpus", "device=0", "--network", "host"),
)


@pytest.mark.parametrize("run_args", FINE)
def test_what_docker_takes_is_taken(run_args: tuple[str, ...]) -> None:
    assert checked_run_args(run_args) == run_args


@pytest.mark.parametrize("argument", ["--rm", "--name=x", "-d", "--detach", "--entrypoint"])
def test_arguments_that_are_ours_are_refused(argument: str) -> None:
    with pytest.raises(UsageError, match=argument.partition("=")[0]):
        checked_run_args(("--env", "A=b", argument))


@pytest.mark.integration
@pytest.mark.parametrize(
    ("run_args", "complaint"),
    [
        (("--env", "A", "--bogus"), "unknown flag: --bogus"),
        (("-Z",), "unknown shorthand flag: 'Z' in -Z"),
        (("--memory", "much"), 'invalid argument "much" for "-m, --memory" flag'),
        (("--shm-size", "2g", "--memory"), "--memory needs a value"),
        (("-v", "/a:/a", "-e"), "-e needs a value"),
        (("--env", "A=b", "debian"), "a word belongs to no flag"),
        (("--", "debian"), "a word belongs to no flag"),
    ],
)
def test_what_docker_does_not_take_is_told(run_args: tuple[str, ...], complaint: str) -> None:
    with pytest.raises(UsageError) as refused:
        checked_run_args(run_args)
    assert refused.value.message.startswith(f"--docker_run_args: {complaint}")


def test_a_machine_without_docker_can_still_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert checked_run_args(("--bogus",)) == ("--bogus",)
