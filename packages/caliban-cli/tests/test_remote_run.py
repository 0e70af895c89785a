"""Jobs on their way to a platform elsewhere."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from caliban_cli.remote_run import Destination, export, pace, submit_there
from caliban_domain.dry_run import MemoryHistory, NoImages
from caliban_domain.errors import JobsFailed, PlatformError, PlatformUnavailable, SubmissionRejected
from caliban_domain.jobs import Job, JobStatus, PlatformName
from caliban_domain.launch import launch
from caliban_domain.submit import OneByOne
from stand_ins import Play, ScriptedPlatform, request


@pytest.mark.parametrize(
    ("count", "per_minute", "words"),
    [
        (1, 60, "1 job"),
        (60, 60, "60 jobs"),
        (61, 60, "61 jobs at 60 a minute: 2 min"),
        (1000, 60, "1,000 jobs at 60 a minute: 17 min"),
        (10_000, 60, "10,000 jobs at 60 a minute: 2 h 47 min"),
        (10_000, None, "10,000 jobs"),
    ],
)
def test_how_long_submissions_take_is_said_in_advance(
    count: int, per_minute: int | None, words: str
) -> None:
    assert pace(count, per_minute) == words


def place(platform: ScriptedPlatform) -> Destination:
    return Destination(
        platform=OneByOne(platform),
        watched=platform,
        place="the moon",
        link=lambda job: f"https://m/{job.number}",
    )


def planned(platform: ScriptedPlatform, history: MemoryHistory, *titles: str) -> Sequence[Job]:
    return launch(request(*titles), images=NoImages(), platform=platform, history=history)


def test_each_job_gets_a_line_with_its_page_and_its_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    platform, history = ScriptedPlatform(name=PlatformName.VERTEX), MemoryHistory()
    submit_there(planned(platform, history, "a", "b"), place(platform), history)
    said = capsys.readouterr()
    first, second = sorted(said.out.splitlines())
    assert first.startswith("job 1  ")
    assert first.endswith("  https://m/1  caliban logs -f 1")
    assert second.endswith("  https://m/2  caliban logs -f 2")
    announced, done = said.err.splitlines()
    assert announced.startswith("submitting 2 jobs in the moon, xgroup ")
    assert done.startswith("submitted 2 jobs; caliban status --xgroup ")


def test_the_others_follow_canaries_that_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    platform, history = ScriptedPlatform(name=PlatformName.VERTEX), MemoryHistory()
    submit_there(planned(platform, history, *"abc"), place(platform), history, canary=1)
    assert [job.status for job in history.recent()] == ["SUCCEEDED", "RUNNING", "RUNNING"]
    said = capsys.readouterr().err
    assert "waiting for 1 job before 2 jobs more\njob 1 SUCCEEDED\n" in said


def test_nobody_follows_a_canary_that_does_not() -> None:
    platform = ScriptedPlatform({"a": Play(exit_code=1)}, name=PlatformName.VERTEX)
    history = MemoryHistory()
    with pytest.raises(JobsFailed, match="a canary did not succeed: 2 jobs not submitted"):
        submit_there(planned(platform, history, *"abc"), place(platform), history, canary=1)
    assert [job.status for job in history.recent()] == ["FAILED", "STOPPED", "STOPPED"]


def test_whoever_looks_on_sees_a_bar_and_the_answers_go_where_they_should(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    platform, history = ScriptedPlatform(name=PlatformName.VERTEX), MemoryHistory()
    jobs = planned(platform, history, "a", "b")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    submit_there(jobs, place(platform), history)
    said = capsys.readouterr()
    assert "submitting" in said.err
    assert "100%" in said.err
    assert len(said.out.splitlines()) == 2


def test_what_is_done_or_there_already_is_not_submitted_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    platform, history = ScriptedPlatform(name=PlatformName.VERTEX), MemoryHistory()
    submit_there(planned(platform, history, "a", "b"), place(platform), history)
    platform.finish(["a"])
    capsys.readouterr()
    submit_there(planned(platform, history, "a", "b"), place(platform), history)
    said = capsys.readouterr()
    assert said.out == ""
    skipped, there = said.err.splitlines()
    assert skipped.startswith("skipping 1 job of xgroup ")
    assert there.startswith("1 job of xgroup ")
    assert platform.started == ["a", "b"]


def test_a_rejection_says_how_many_were_submitted() -> None:
    platform = ScriptedPlatform({"a": Play(rejected=True)}, name=PlatformName.VERTEX)
    history = MemoryHistory()
    jobs = planned(platform, history, "a")
    with pytest.raises(SubmissionRejected, match=r"a is not welcome \(0 of 1 job submitted\)"):
        submit_there(jobs, place(platform), history)
    assert not [job for job in history.recent() if job.status is JobStatus.PLANNED]


def test_a_platform_that_does_not_answer_says_what_goes_on() -> None:
    platform = ScriptedPlatform({"a": Play(unavailable_in="submit")}, name=PlatformName.VERTEX)
    history = MemoryHistory()
    jobs = planned(platform, history, "a")
    with pytest.raises(PlatformUnavailable) as unavailable:
        submit_there(jobs, place(platform), history)
    group = jobs[0].experiment.group
    assert unavailable.value.hint == f"the same command with --xgroup {group} goes on later"
    (job,) = history.recent()
    assert job.status is JobStatus.PLANNED


def test_exported_jobs_are_read_back_as_they_were(tmp_path: Path) -> None:
    bodies: list[dict[str, object]] = [{"displayName": "a", "labels": {"n": "1"}}, {}]
    export(bodies, tmp_path / "jobs.json")
    assert json.loads((tmp_path / "jobs.json").read_text()) == bodies
    export(bodies, tmp_path / "jobs.yaml")
    assert list(yaml.safe_load_all((tmp_path / "jobs.yaml").read_text())) == bodies


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"jobs\.json can't be written: "):
        export([], tmp_path / "missing" / "jobs.json")
