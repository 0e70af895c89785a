"""Resubmitting repeats what didn't succeed, with an image of the project as it is now."""

from dataclasses import replace

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.errors import ImageBuildFailed
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.jobs import Job, JobStatus
from caliban_domain.resubmit import Renewal, renew, resubmit
from port_contracts.history import ENROLMENT, SPEC, enroll_one, enroll_seeds, recorded
from stand_ins import NOW

NEW = ImageRef("sha256:new")


class EditedProject:
    """Builds another image than before."""

    def __init__(self) -> None:
        self.asked_for: list[ImageSpec | str] = []

    def build(self, spec: ImageSpec, /) -> ImageRef:
        self.asked_for.append(spec)
        if spec.mode is JobMode.CPU:
            raise ImageBuildFailed("there is no such directory")
        return NEW

    def find(self, reference: str, /) -> ImageRef:
        self.asked_for.append(reference)
        return ImageRef(reference)


def resubmitted(history: MemoryHistory, *jobs: Job) -> list[Job]:
    renewals = renew(jobs, EditedProject())
    return [*resubmit(renewals, history=history, user="mei", host="bus", now=NOW)]


def test_an_experiment_keeps_its_identity_and_gets_the_new_image() -> None:
    history = MemoryHistory()
    jobs = enroll_seeds(history, 1, 2, 3)
    for job in jobs:
        recorded(history, job, JobStatus.FAILED)
    again = resubmitted(history, jobs[2], jobs[0])
    assert [job.experiment for job in again] == [jobs[2].experiment, jobs[0].experiment]
    assert [job.spec.payload for job in again] == [jobs[2].spec.payload, jobs[0].spec.payload]
    assert {job.spec.image for job in again} == {NEW}
    assert {(job.user, job.host, job.created_at) for job in again} == {("mei", "bus", NOW)}
    assert {job.status for job in again} == {JobStatus.PLANNED}
    assert len(history.recent()) == 5


def test_a_success_with_the_same_image_does_not_spare_a_repetition() -> None:
    history = MemoryHistory()
    job = enroll_one(history, replace(ENROLMENT, image=NEW))
    recorded(history, job, JobStatus.SUCCEEDED)
    (again,) = resubmitted(history, job)
    assert again.number > job.number


@pytest.mark.parametrize("status", [JobStatus.PLANNED, JobStatus.RUNNING, JobStatus.SUCCEEDED])
def test_two_people_who_resubmit_a_job_at_once_run_it_once(status: JobStatus) -> None:
    history = MemoryHistory()
    job = enroll_one(history)
    recorded(history, job, JobStatus.FAILED)
    renewals = renew([job], EditedProject())
    (first,) = resubmit(renewals, history=history, user="mei", host="bus", now=NOW)
    recorded(history, first, status)
    (second,) = resubmit(renewals, history=history, user="mei", host="bus", now=NOW)
    assert second.name == first.name


def test_a_job_that_isnt_the_newest_is_repeated_whatever_came_later() -> None:
    history = MemoryHistory()
    old = enroll_one(history)
    recorded(history, old, JobStatus.FAILED)
    new = enroll_one(history)
    recorded(history, new, JobStatus.SUCCEEDED)
    again = [Renewal(job=old, image=old.spec.image)]
    (third,) = resubmit(again, history=history, user="mei", host="bus", now=NOW)
    assert third.number > new.number


def test_an_image_is_built_once_and_a_given_one_is_found() -> None:
    history, images = MemoryHistory(), EditedProject()
    jobs = [
        *enroll_seeds(history, 1, 2),
        enroll_one(history, replace(ENROLMENT, spec=None)),
    ]
    renewals = renew(jobs, images)
    assert images.asked_for == [SPEC, ENROLMENT.image.reference]
    assert [renewal.image for renewal in renewals] == [NEW, NEW, ENROLMENT.image]


def test_scripts_and_images_of_a_group_are_kept_apart() -> None:
    history = MemoryHistory()
    jobs = [
        enroll_one(history),
        enroll_one(history, replace(ENROLMENT, script="eval.py")),
        enroll_one(history, replace(ENROLMENT, spec=None)),
    ]
    for job in jobs:
        recorded(history, job, JobStatus.LOST)
    again = resubmitted(history, *jobs)
    assert [job.experiment for job in again] == [job.experiment for job in jobs]
    assert [job.spec.image for job in again] == [NEW, NEW, ENROLMENT.image]


def test_without_an_image_nothing_is_enrolled() -> None:
    history = MemoryHistory()
    job = enroll_one(history, replace(ENROLMENT, spec=replace(SPEC, mode=JobMode.CPU)))
    with pytest.raises(ImageBuildFailed):
        resubmitted(history, job)
    assert list(history.recent()) == [job]
