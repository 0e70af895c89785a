"""Who a registry is told that we are."""

from pathlib import Path

import pytest

from caliban_adapters.docker.registry_login import find_login
from caliban_domain.errors import PlatformError
from caliban_domain.repositories import parse_repository

GOOGLE = parse_repository("us-docker.pkg.dev/trees/caliban/oak")
OTHER = parse_repository("r.example.com/oak")


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where docker's configuration would be."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    return tmp_path / "config.json"


def token() -> str | None:
    return "resin"


def test_google_knows_us_by_a_token(config: Path) -> None:
    assert not config.exists()
    assert find_login(GOOGLE, token) == {"username": "oauth2accesstoken", "password": "resin"}
    assert find_login(GOOGLE, lambda: None) == {}


def test_nobody_else_is_given_it(config: Path) -> None:
    assert not config.exists()
    assert find_login(OTHER, token) == {}


def test_dockers_own_login_comes_first(config: Path) -> None:
    config.write_text('{"auths": {"us-docker.pkg.dev": {"auth": "dG90b3JvOmFjb3Ju"}}}')
    found = find_login(GOOGLE, token)
    assert (found["username"], found["password"]) == ("totoro", "acorn")


def test_a_helper_that_is_not_there_is_reported(config: Path) -> None:
    config.write_text('{"credHelpers": {"r.example.com": "no-such-helper"}}')
    with pytest.raises(PlatformError, match=r"for r\.example\.com can't be read") as caught:
        find_login(OTHER, token)
    assert "docker login r.example.com" in (caught.value.hint or "")
