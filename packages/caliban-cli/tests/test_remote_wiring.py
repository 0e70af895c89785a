"""The wiring of what runs elsewhere; commands and integration tests go through all of it."""

from pathlib import Path

import pytest

from caliban_adapters.gcp.credentials import Credentials
from caliban_cli import remote_wiring, wiring
from caliban_cli.environment import read_environment
from caliban_domain.dry_run import NoImages
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageRef
from caliban_domain.jobs import PlatformName
from caliban_domain.mlflow import MlflowConfig
from caliban_domain.ports import Platform
from caliban_domain.repositories import Repository


def test_a_project_is_taken_from_the_settings(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PROJECT_ID", raising=False)
    (project / ".calibanconfig.json").write_text('{"gcloud": {"project_id": "configured"}}')
    environment = read_environment()
    known = wiring.credentials(environment, None, None)
    assert remote_wiring.project_id(environment, None, known) == "configured"
    assert remote_wiring.project_id(environment, "my-project", known) == "my-project"


def test_jobs_of_vertex_ai_are_found_where_they_are(project: Path) -> None:
    assert project.is_dir()
    with wiring.platforms(read_environment()) as platform_named:
        platform: Platform = platform_named(PlatformName.VERTEX)
        assert platform.name is PlatformName.VERTEX


def test_the_callers_secrets_are_for_those_who_know_a_tracking_server(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert project.exists()
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    settings = wiring.container_settings(
        read_environment(), (), Credentials(), gpus=False, run_args=()
    )
    tracked = remote_wiring.with_tracking(
        settings, MlflowConfig(tracking_uri="http://mlflow.example")
    )
    assert tracked.environment["MLFLOW_TRACKING_URI"] == "http://mlflow.example"
    assert tracked.secrets == {"MLFLOW_TRACKING_TOKEN": "t0ken"}
    assert remote_wiring.with_tracking(settings, None).secrets == {}


class _Nothing(NoImages):
    def find(self, reference: str, /) -> ImageRef:
        raise UsageError(f"the engine has no image {reference}")


def test_an_image_that_is_nowhere_is_not_pushed(project: Path) -> None:
    assert project.is_dir()
    images = remote_wiring.pushed_images(
        _Nothing(), Repository("localhost:1", "oak"), read_environment(), None, say=print
    )
    with pytest.raises(UsageError, match="no image beech"):
        images.find("beech")
