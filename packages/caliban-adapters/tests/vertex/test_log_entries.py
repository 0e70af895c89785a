"""Logs of jobs, read and followed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from caliban_domain.jobs import Job
from caliban_domain.names import JobName
from fakes import job_states, misbehaviour
from fakes.misbehaviour import Fault

from .conftest import Scene, submitted


def handle(job: Job) -> str:
    assert job.outcome.handle
    return job.outcome.handle


def test_a_log_has_every_line_in_the_order_of_time(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    now = scene.google.clock.now()
    scene.google.logs.write(handle(job), "second", at=now)
    scene.google.logs.write(handle(job), "first", at=now - timedelta(seconds=1), as_json=True)
    scene.google.logs.write(handle(submitted(platform)), "of another")
    assert b"".join(platform.logs(job, follow=False)) == b"first\nsecond\n"


def test_what_the_service_says_of_a_job_is_not_the_jobs_output(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    scene.google.logs.write(handle(job), "Job is preparing.", task="service")
    scene.google.logs.write(handle(job), "ValueError: no trees")
    scene.google.logs.write(handle(job), "Job failed.", task="service")
    assert b"".join(platform.logs(job, follow=False)) == b"ValueError: no trees\n"


def test_what_a_job_writes_as_json_without_a_message_is_shown_whole(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    scene.google.logs.write(handle(job), {"loss": 0.5, "step": "3"})
    assert b"".join(platform.logs(job, follow=False)) == b'{"loss": 0.5, "step": "3"}\n'


def test_a_long_log_is_read_page_by_page(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    lines = [f"line {number}" for number in range(2500)]
    for line in lines:
        scene.google.logs.write(handle(job), line)
    assert b"".join(platform.logs(job, follow=False)).decode().splitlines() == lines
    assert scene.google.count("entries.list") == 3


def test_a_followed_log_goes_on_until_its_job_has_ended(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    google = scene.google

    def after(looks: int, act: Callable[[], object]) -> None:
        number = len(google.asked) + looks
        google.faults.when(
            lambda asked: asked.method == "entries.list" and asked.number >= number,
            Fault(effect=True, meanwhile=act),
        )

    google.logs.write(handle(job), "one")
    after(1, lambda: google.jobs.advance(handle(job), job_states.RUNNING))
    after(2, lambda: google.logs.write(handle(job), "two"))
    after(4, lambda: google.jobs.advance(handle(job), job_states.SUCCEEDED))
    # What reaches the log after the news of the end.
    after(7, lambda: google.logs.write(handle(job), "three"))
    assert b"".join(platform.logs(job, follow=True)) == b"one\ntwo\nthree\n"


def test_an_entry_that_reaches_the_log_late_is_not_missed(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    google = scene.google
    google.jobs.advance(handle(job), job_states.RUNNING, job_states.SUCCEEDED)
    google.logs.write(handle(job), "new")
    early = google.clock.now() - timedelta(seconds=10)
    google.faults.on(
        "entries.list",
        Fault(effect=True, meanwhile=lambda: google.logs.write(handle(job), "late", at=early)),
    )
    assert b"".join(platform.logs(job, follow=True)) == b"new\nlate\n"


def test_a_log_survives_a_service_that_is_out_of_order(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    scene.google.logs.write(handle(job), "still there")
    scene.google.faults.on("entries.list", misbehaviour.UNAVAILABLE, times=3)
    assert b"".join(platform.logs(job, follow=False)) == b"still there\n"


def test_a_job_that_the_service_does_not_know_has_no_log(scene: Scene) -> None:
    platform = scene.open()
    job = submitted(platform)
    unknown = replace(
        job,
        outcome=replace(job.outcome, handle=None),
        spec=replace(job.spec, name=JobName("forest-0-0-1")),
    )
    assert list(platform.logs(unknown, follow=False)) == []
