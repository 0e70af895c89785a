"""``caliban replay`` on the real engine: the same code runs again, whatever became of it since."""

import subprocess

import pytest

from workplace import Workplace, docker

pytestmark = pytest.mark.integration


def _git(place: Workplace, *words: str) -> None:
    settings = ("-c", "user.name=totoro", "-c", "user.email=totoro@example.org")
    command = ["git", "-C", str(place.project), *settings, *words]
    subprocess.run(command, capture_output=True, check=True)


def test_a_job_runs_again_as_it_was(workplace: Workplace, group: str) -> None:
    workplace.write({"train.py": f"print('first', {group!r})"})
    _git(workplace, "init")
    _git(workplace, "add", ".")
    _git(workplace, "commit", "-m", "first")
    workplace.caliban("run", "--nogpu", "--xgroup", group, "train.py").expect(0)
    (job,) = workplace.jobs("--xgroup", group)
    workplace.write({"train.py": "print('second')"})

    again = workplace.caliban("replay", str(job["job"])).expect(0)
    assert again.stdout == f"first {group}\n"
    assert "with the same image" in again.stderr

    docker("rmi", "--force", job["image"])
    rebuilt = workplace.caliban("replay", str(job["job"])).expect(0)
    assert rebuilt.stdout == f"first {group}\n"
    assert "is gone: building commit" in rebuilt.stderr
    jobs = workplace.jobs("--xgroup", group)
    assert [each["status"] for each in jobs] == ["SUCCEEDED"] * 3
    assert len({each["experiment"] for each in jobs}) == 1
