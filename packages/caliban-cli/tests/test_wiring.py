"""What is wired to what, as far as it can be seen without an engine."""

from pathlib import Path

import pytest

from caliban_adapters.gcp.credentials import Credentials
from caliban_cli import wiring
from caliban_cli.environment import read_environment
from caliban_domain.errors import UsageError
from caliban_domain.jobs import PlatformName


@pytest.mark.integration
def test_containers_run_as_the_caller_with_a_terminal_as_wide(project: Path) -> None:
    assert project.exists()
    environment = read_environment()
    settings = wiring.container_settings(
        environment, ("python", "train.py"), Credentials(), gpus=True, run_args=("-v", "a:b")
    )
    assert (settings.command, settings.run_args) == (("python", "train.py"), ("-v", "a:b"))
    assert settings.user == f"{environment.uid}:{environment.gid}"
    assert settings.gpus
    assert settings.environment["COLUMNS"] == "100"
    assert settings.environment["USER"] == "totoro"
    assert settings.environment["PYTHONUNBUFFERED"] == "1"


def test_the_callers_own_variables_stay_outside(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.exists()
    monkeypatch.setenv("API_TOKEN", "secret")
    settings = wiring.container_settings(
        read_environment(), (), Credentials(), gpus=False, run_args=()
    )
    assert "secret" not in str(settings)


@pytest.mark.parametrize("argument", ["--name=x", "--rm", "-d", "--entrypoint"])
def test_arguments_that_take_a_container_out_of_our_hands_are_refused(
    project: Path, argument: str
) -> None:
    assert project.exists()
    with pytest.raises(UsageError, match=argument):
        wiring.container_settings(
            read_environment(), (), Credentials(), gpus=False, run_args=(argument,)
        )


def test_each_job_has_its_platform(project: Path) -> None:
    assert project.exists()
    with wiring.platforms(read_environment()) as find:
        for name in (PlatformName.LOCAL, PlatformName.K8S):
            assert find(name).name is name
            assert find(name) is find(name)


def test_asking_for_a_history_that_is_not_there_makes_none(home: Path) -> None:
    with wiring.existing_history(read_environment()) as history:
        assert history is None
    assert list(home.iterdir()) == []


def test_a_history_is_made_and_found_again(home: Path) -> None:
    environment = read_environment()
    with wiring.history(environment) as history:
        assert history.recent() == []
    assert any((home / "state/caliban").iterdir())
    with wiring.existing_history(environment) as found:
        assert found is not None
        assert found.unsettled() == []


def test_containers_see_credentials_and_can_change_none(project: Path) -> None:
    key = project / "key.json"
    key.write_text('{"type": "service_account"}')
    environment = read_environment()
    found = wiring.credentials(environment, "key.json", None)
    settings = wiring.container_settings(environment, (), found, gpus=False, run_args=())
    (mount,) = settings.mounts
    assert (mount.source, mount.read_only) == (str(key), True)
    assert settings.environment["GOOGLE_APPLICATION_CREDENTIALS"] == mount.target


def test_a_url_in_the_environment_says_where_the_history_is(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBAN_DB_URL", f"sqlite:///{tmp_path}/elsewhere/team.db")
    environment = read_environment()
    with wiring.existing_history(environment) as nothing:
        assert nothing is None
    with wiring.history(environment) as history:
        assert history.recent() == []
    assert (tmp_path / "elsewhere/team.db").exists()
    assert not (home / "state").exists()
