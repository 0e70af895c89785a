"""``caliban cluster delete``: which cluster it takes, and what it asks first."""

import pytest

from caliban_cli import ask
from fakes.server import Google

from ...conftest import Caliban  # noqa: TID252

DELETE = ("cluster", "delete", "--project_id", "forest-1")


def test_the_only_cluster_is_deleted(caliban: Caliban, google: Google) -> None:
    google.clusters.add("acorn", project="forest-1")
    finished = caliban(*DELETE, "--yes", env=google.environment)
    assert finished.exit_code == 0
    assert finished.stderr.splitlines()[-1] == "cluster acorn is gone"
    assert google.clusters.all() == []


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", 1), ("", 1)])
def test_it_asks_and_no_is_the_default(
    caliban: Caliban, google: Google, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    monkeypatch.setattr(ask, "has_terminal", lambda: True)
    google.clusters.add("acorn", project="forest-1")
    finished = caliban(*DELETE, stdin=f"{answer}\n", env=google.environment)
    assert finished.exit_code == 0
    assert finished.stdout.startswith(
        "delete cluster acorn in us-central1 of project forest-1, with 3 nodes, and all jobs"
    )
    assert len(google.clusters.all()) == left


def test_without_a_terminal_nobody_is_asked(caliban: Caliban, google: Google) -> None:
    google.clusters.add("acorn", project="forest-1")
    finished = caliban(*DELETE, env=google.environment)
    assert finished.exit_code == 2
    assert finished.complaint.startswith("caliban cluster delete asks before it acts")
    assert google.asked == []


def test_a_dry_run_only_tells(caliban: Caliban, google: Google) -> None:
    google.clusters.add("acorn", project="forest-1")
    finished = caliban(*DELETE, "--dry_run", env=google.environment)
    assert finished.stdout == (
        "would delete cluster acorn in us-central1 of project forest-1, with 3 nodes\n"
    )
    assert len(google.clusters.all()) == 1


def test_of_two_clusters_one_must_be_named(caliban: Caliban, google: Google) -> None:
    google.clusters.add("acorn", project="forest-1")
    google.clusters.add("oak", project="forest-1")
    finished = caliban(*DELETE, "--yes", env=google.environment)
    assert finished.exit_code == 2
    assert finished.complaint == "project forest-1 has 2 clusters"
    named = caliban(*DELETE, "--yes", "--cluster_name", "oak", env=google.environment)
    assert named.exit_code == 0
    assert [cluster["name"] for cluster in google.clusters.all()] == ["acorn"]
