"""``caliban replay``: with which image a job runs again, and when it can't."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from caliban_cli import wiring
from caliban_domain.errors import UsageError
from caliban_domain.images import ImageRef
from caliban_domain.provenance import Provenance, Revision
from stand_ins import Play, ScriptedPlatform

from ..backstage import Backstage, NotedImages  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252

RUN = ("run", "--nogpu", "--xgroup", "g", "train.py", "--", "--lr", "0.1")
LATER = "0.6.0"


class NoImagesLeft(NotedImages):
    def find(self, reference: str, /) -> ImageRef:
        raise UsageError(f"the engine has no image {reference}")


def changed_project(command: tuple[str, ...], _: Path | None) -> Provenance:
    revision = Revision(commit="4c" * 20, dirty=True, diff="5b" * 32)
    return Provenance(version="0.5.0", command=command, revision=revision)


def later_version(command: tuple[str, ...], project: Path | None) -> Provenance:
    assert project is None, "what the project is at by now doesn't matter"
    return Provenance(version=LATER, command=command)


@pytest.fixture
def ran(caliban: Caliban, backstage: Backstage, monkeypatch: pytest.MonkeyPatch) -> Backstage:
    """A job ran of a changed project; since then Caliban was upgraded."""
    monkeypatch.setattr(wiring, "provenance", changed_project)
    assert caliban(*RUN, files={"train.py": ""}).exit_code == 0
    monkeypatch.setattr(wiring, "provenance", later_version)
    backstage.platform = ScriptedPlatform()
    backstage.images = NotedImages()
    return backstage


def test_the_same_image_is_used_while_it_is_there(caliban: Caliban, ran: Backstage) -> None:
    finished = caliban("replay", "1")
    assert finished.exit_code == 0
    assert finished.stderr.startswith("replaying job 1 with the same image, 0f6d8a3ddbee\n")
    assert ran.images.built == []
    first, second = ran.memory.recent()
    assert second.experiment == first.experiment
    assert second.spec.payload == first.spec.payload
    assert first.provenance
    assert second.provenance == replace(first.provenance, version=LATER)


def test_else_it_is_made_of_the_recorded_commit(
    caliban: Caliban, ran: Backstage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran.images = NoImagesLeft()
    asked: list[tuple[str, str]] = []

    def checked_out(directory: str, commit: str) -> nullcontext[Path]:
        asked.append((directory, commit))
        return nullcontext(tmp_path / "then")

    monkeypatch.setattr(wiring, "checked_out", checked_out)
    finished = caliban("replay", "1")
    assert finished.exit_code == 0
    assert "the image of job 1 is gone: building commit 4c4c4c4c4c4c again" in finished.stderr
    (spec,) = ran.images.built
    assert spec.project == str(tmp_path / "then")
    first, second = ran.memory.recent()
    assert second.provenance
    assert second.provenance.revision == Revision(commit="4c" * 20, dirty=False)
    assert asked == [(first.experiment.spec and first.experiment.spec.project, "4c" * 20)]
    assert second.experiment == first.experiment


def test_a_dry_run_says_which_of_the_two(caliban: Caliban, ran: Backstage) -> None:
    assert "again with the same image, 0f6d8a3ddbee" in caliban("replay", "1", "--dry_run").stdout
    ran.images = NoImagesLeft()
    finished = caliban("replay", "1", "--dry_run")
    assert "at commit 4c4c4c4c4c4c, and run it" in finished.stdout
    assert len(ran.memory.recent()) == 1


def test_an_image_of_unknown_making_that_is_gone_cant_be_replayed(
    caliban: Caliban, backstage: Backstage
) -> None:
    image = ("run", "--nogpu", "--image_id", "0f6d8a3ddbee", "train.py")
    assert caliban(*image, files={"train.py": ""}).exit_code == 0
    backstage.images = NoImagesLeft()
    finished = caliban("replay", "1")
    assert finished.exit_code == 2
    assert finished.complaint == "the image of job 1 is gone, and wasn't made by caliban"
    assert len(backstage.memory.recent()) == 1


def test_a_job_that_fails_again_is_told(caliban: Caliban, ran: Backstage) -> None:
    ran.platform = ScriptedPlatform({"0.1": Play(exit_code=3)})
    assert caliban("replay", "1").exit_code == 7


def test_a_job_that_there_is_not_is_a_usage_error(caliban: Caliban, ran: Backstage) -> None:
    finished = caliban("replay", "99")
    assert (finished.exit_code, finished.complaint) == (2, "there is no job 99")
    assert ran.platform.started == []
