"""Finding the engine, and what its library's errors mean."""

from contextlib import closing

import docker.errors
import pytest
import requests.exceptions

from caliban_adapters.docker.engine import Conflict, NotThere, connect, engine_errors
from caliban_domain.errors import PlatformError, PlatformUnavailable


def refusal(status: int, explanation: str) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError("refused", response=response, explanation=explanation)


def test_what_is_absent_and_what_is_taken_are_for_the_caller() -> None:
    with pytest.raises(NotThere), engine_errors():
        raise docker.errors.NotFound("no such container")
    with pytest.raises(Conflict), engine_errors():
        raise refusal(409, "the name is in use")


def test_a_refusal_tells_the_engine_s_reason() -> None:
    with pytest.raises(PlatformError, match="bad mount"), engine_errors():
        raise refusal(400, "bad mount")


@pytest.mark.parametrize(
    "error",
    [requests.exceptions.ConnectionError("gone"), docker.errors.DockerException("no socket")],
)
def test_no_answer_is_a_platform_that_is_unavailable(error: Exception) -> None:
    with pytest.raises(PlatformUnavailable), engine_errors():
        raise error


def test_a_host_that_makes_no_sense_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense://")
    with pytest.raises(PlatformUnavailable):
        connect()


@pytest.mark.integration
def test_the_engine_of_the_docker_command_is_found() -> None:
    with closing(connect()) as engine:
        assert engine.ping()
