"""Waiting sees jobs of other commands to their ends, and leaves them alone otherwise."""

from collections.abc import Sequence

import pytest

from caliban_domain.follow import Event
from caliban_domain.jobs import Job
from caliban_domain.wait import wait, watch
from scenes import Scene, scene, told
from stand_ins import Play


def waited(on: Scene, jobs: Sequence[Job]) -> list[str]:
    heard: list[str] = []
    outcomes = wait(
        jobs, platform=on.platform, history=on.history, notify=lambda e: heard.append(told(e))
    )
    assert list(outcomes) == [job.name for job in jobs]
    return heard


def started(on: Scene, *titles: str) -> Sequence[Job]:
    jobs = on.launched(*titles)
    for job in jobs:
        on.history.kept.record({job.name: on.platform.submit(job.spec)})
    return jobs


def test_what_they_write_is_passed_on_and_how_they_end_is_recorded() -> None:
    on = scene(a=Play(output=[b"x"]), b=Play(output=[b"y"], exit_code=3))
    assert waited(on, started(on, "a", "b")) == ["a: x", "a SUCCEEDED", "b: y", "b FAILED"]
    assert on.history.statuses == {"a": "SUCCEEDED", "b": "FAILED"}
    assert on.history.unsettled() == []
    assert on.platform.held == set()


def test_a_job_that_was_seen_to_its_end_by_another_command_is_not_asked_about_in_vain() -> None:
    on = scene()
    jobs = started(on, "a")
    on.platform.finish()
    on.history.kept.record({jobs[0].name: Play(exit_code=3).end})
    on.platform.release(jobs)
    assert waited(on, jobs) == ["a FAILED"]


def test_a_job_that_is_gone_is_lost() -> None:
    on = scene(a=Play(lasts=True))
    jobs = started(on, "a")
    on.platform.finish()
    on.platform.release(jobs)
    assert waited(on, jobs) == ["a LOST"]


def test_an_interrupt_leaves_them_running() -> None:
    on = scene(a=Play(output=[b"x"], lasts=True))
    jobs = started(on, "a")

    def interrupt(_: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        wait(jobs, platform=on.platform, history=on.history, notify=interrupt)
    assert on.platform.running == {"a"}
    assert on.history.statuses == {"a": "RUNNING"}


def test_jobs_of_another_machine_are_watched_in_the_history() -> None:
    on = scene()
    a, b = started(on, "a", "b")
    heard: list[str] = []
    # Whoever runs them records an end between any two looks.
    ends = iter([(b, Play(exit_code=3).end), (a, Play().end)])

    def pause() -> None:
        job, end = next(ends)
        on.history.kept.record({job.name: end})

    outcomes = watch(
        [a, b], history=on.history, notify=lambda e: heard.append(told(e)), pause=pause
    )
    assert heard == ["b FAILED", "a SUCCEEDED"]
    assert {name: str(outcome.status) for name, outcome in outcomes.items()} == {
        a.name: "SUCCEEDED",
        b.name: "FAILED",
    }
    assert on.platform.running == {"a", "b"}


def test_no_jobs_need_no_watching() -> None:
    assert watch([], history=scene().history, notify=print, pause=pytest.fail) == {}
