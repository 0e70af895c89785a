"""Launching builds the image, then enrols the whole sweep, and starts nothing."""

from dataclasses import replace

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.errors import CalibanError, ImageBuildFailed, UsageError
from caliban_domain.experiments import ONE_EXPERIMENT, sweep_of
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import JobStatus, PlatformName
from caliban_domain.launch import Launch, launch
from caliban_domain.names import GroupName, job_name
from caliban_domain.provenance import Provenance, Revision
from stand_ins import NOW, JournaledHistory, Play, ScriptedPlatform, request


class ScriptedImages:
    """Has one image under any name, or fails as it is told to."""

    def __init__(
        self,
        image: str = "sha256:made",
        *,
        base_digest: str | None = None,
        error: CalibanError | None = None,
    ) -> None:
        self.asked_for: list[ImageSpec | str] = []
        self._image = ImageRef(image, base_digest)
        self._error = error

    def build(self, spec: ImageSpec, /) -> ImageRef:
        return self._answer(spec)

    def find(self, reference: str, /) -> ImageRef:
        return self._answer(reference)

    def _answer(self, question: ImageSpec | str) -> ImageRef:
        self.asked_for.append(question)
        if self._error:
            raise self._error
        return self._image


SPEC = ImageSpec(project="/p", mode=JobMode.CPU, base_image="python", folder=".")


def test_every_experiment_of_the_sweep_is_planned_in_order() -> None:
    history, platform = JournaledHistory(), ScriptedPlatform()
    wanted = replace(
        request(image=SPEC),
        sweep=sweep_of({"lr": [0.1, 0.2], "deep": [True, False]}, "e.json"),
        script_args=("--epochs", "3"),
    )
    jobs = launch(wanted, images=ScriptedImages(), platform=platform, history=history)
    assert [job.experiment.argv for job in jobs] == [
        ("--epochs", "3", "--lr", "0.1", "--deep"),
        ("--epochs", "3", "--lr", "0.1"),
        ("--epochs", "3", "--lr", "0.2", "--deep"),
        ("--epochs", "3", "--lr", "0.2"),
    ]
    assert list(history.recent()) == list(jobs)
    assert {job.status for job in jobs} == {JobStatus.PLANNED}
    assert [job.experiment.number for job in jobs] == [1, 2, 3, 4]
    assert platform.started == []


def test_a_job_knows_who_asked_for_it_where_and_when() -> None:
    platform = ScriptedPlatform(name=PlatformName.K8S)
    (job,) = launch(
        request("a", image=SPEC),
        images=ScriptedImages("sha256:1"),
        platform=platform,
        history=JournaledHistory(),
    )
    assert (job.user, job.host, job.created_at, job.platform) == ("me", "here", NOW, "K8S")
    assert (job.experiment.group, job.experiment.script) == ("group", "train.py")
    assert job.experiment.spec == SPEC
    assert job.spec.image == ImageRef("sha256:1")
    assert job.spec.payload == {"argv": ["--job", "a"]}
    assert job.name == job_name(job.experiment.group, 1, 1, "memory")


def test_a_job_knows_what_it_was_made_of() -> None:
    told = Provenance(version="1", command=("python",), revision=Revision(commit="c", dirty=False))
    (job,) = launch(
        replace(request("a", image=SPEC), provenance=told),
        images=ScriptedImages("sha256:made", base_digest="sha256:base"),
        platform=ScriptedPlatform(),
        history=MemoryHistory(),
    )
    assert job.provenance == replace(told, base_digest="sha256:base")


def test_a_spec_is_built() -> None:
    images = ScriptedImages()
    launch(
        request("a", "b", image=SPEC),
        images=images,
        platform=ScriptedPlatform(),
        history=MemoryHistory(),
    )
    assert images.asked_for == [SPEC]


def test_a_given_image_is_found_and_has_no_spec() -> None:
    images = ScriptedImages()
    (job,) = launch(
        request("a", image="my/image:1"),
        images=images,
        platform=ScriptedPlatform(),
        history=MemoryHistory(),
    )
    assert images.asked_for == ["my/image:1"]
    assert job.experiment.spec is None


def test_without_a_sweep_there_is_one_job() -> None:
    wanted = replace(request(), sweep=ONE_EXPERIMENT, script_args=("x",))
    (job,) = launch(
        wanted, images=ScriptedImages(), platform=ScriptedPlatform(), history=MemoryHistory()
    )
    assert job.experiment.argv == ("x",)


def test_a_sweep_without_experiments_enrols_nothing() -> None:
    history = JournaledHistory()
    jobs = launch(request(), images=ScriptedImages(), platform=ScriptedPlatform(), history=history)
    assert list(jobs) == list(history.recent()) == []


@pytest.mark.parametrize(
    ("image", "error"),
    [(SPEC, ImageBuildFailed("pip failed")), ("gone", UsageError("there is no image gone"))],
)
def test_without_an_image_nothing_is_written(image: ImageSpec | str, error: CalibanError) -> None:
    history = JournaledHistory()
    with pytest.raises(type(error)):
        launch(
            request("a", image=image),
            images=ScriptedImages(error=error),
            platform=ScriptedPlatform(),
            history=history,
        )
    assert history.journal.entries == []


def test_what_an_earlier_launch_left_planned_is_taken_up_again() -> None:
    history, platform, images = JournaledHistory(), ScriptedPlatform(), ScriptedImages()

    def again(wanted: Launch) -> list[str]:
        jobs = launch(wanted, images=images, platform=platform, history=history)
        return [job.name for job in jobs]

    first = again(request("a", "b"))
    assert again(request("b", "c", "a"))[::2] == first[::-1]
    assert len(history.recent()) == 3


def relaunched(
    history: JournaledHistory, platform: ScriptedPlatform, *, rerun: bool = False
) -> list[str]:
    jobs = launch(
        replace(request("a", "b", "c"), rerun=rerun),
        images=ScriptedImages(),
        platform=platform,
        history=history,
    )
    return [str(job.status) for job in jobs]


def test_a_launch_again_asks_first_what_became_of_its_jobs() -> None:
    history = JournaledHistory()
    platform = ScriptedPlatform({"b": Play(exit_code=1), "c": Play(lasts=True)})
    assert relaunched(history, platform) == ["PLANNED"] * 3
    for job in history.recent():
        history.kept.record({job.name: platform.submit(job.spec)})
    platform.finish({"a", "b"})
    assert relaunched(history, platform) == ["SUCCEEDED", "PLANNED", "RUNNING"]
    assert relaunched(history, platform, rerun=True) == ["PLANNED"] * 3
    assert len(history.recent()) == 3 + 1 + 2


def test_a_launch_asks_nobody_about_other_groups() -> None:
    history, platform = JournaledHistory(), ScriptedPlatform({"a": Play(lasts=True)})
    relaunched(history, platform)
    platform.is_reachable = False
    other = replace(request("a"), group=GroupName("another"))
    (job,) = launch(other, images=ScriptedImages(), platform=platform, history=history)
    assert job.status is JobStatus.PLANNED
