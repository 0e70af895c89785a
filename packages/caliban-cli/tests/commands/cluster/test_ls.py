"""``caliban cluster ls``: what it shows, and what it says where there is nothing to show."""

import json

from fakes import misbehaviour
from fakes.server import Google

from ...conftest import Caliban  # noqa: TID252

PROJECT = ("--project_id", "forest-1")


def test_clusters_are_shown_as_a_table(caliban: Caliban, google: Google) -> None:
    google.clusters.add("oak", "europe-west4-a", "forest-1")
    google.clusters.add("acorn", project="forest-1")
    google.clusters.add("reed", project="lake-1")
    finished = caliban("cluster", "ls", *PROJECT, env=google.environment)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert [line.split() for line in finished.stdout.splitlines()] == [
        ["NAME", "LOCATION", "STATUS", "VERSION", "NODES", "KIND"],
        ["acorn", "us-central1", "RUNNING", "1.36.1-gke.1000", "3", "standard"],
        ["oak", "europe-west4-a", "RUNNING", "1.36.1-gke.1000", "3", "standard"],
    ]


def test_those_of_a_place_are_shown_as_json(caliban: Caliban, google: Google) -> None:
    google.clusters.add("oak", "europe-west4-a", "forest-1")
    google.clusters.add("acorn", project="forest-1")
    words = ("cluster", "ls", *PROJECT, "--zone", "europe-west4-a", "--format", "json")
    finished = caliban(*words, env=google.environment)
    assert [each["name"] for each in json.loads(finished.stdout)] == ["oak"]


def test_a_project_without_clusters_says_how_to_get_one(caliban: Caliban, google: Google) -> None:
    finished = caliban("cluster", "ls", env={**google.environment, "PROJECT_ID": "forest-1"})
    assert (finished.exit_code, finished.stdout) == (0, "")
    assert finished.stderr == (
        "project forest-1 has no clusters; caliban cluster create makes one\n"
    )


def test_no_project_is_bad_usage(caliban: Caliban, google: Google) -> None:
    finished = caliban("cluster", "ls", env=google.environment)
    assert finished.exit_code == 2
    assert finished.complaint == "no project of Google Cloud is named"
    assert google.asked == []


def test_what_google_refuses_is_one_line(caliban: Caliban, google: Google) -> None:
    google.faults.on("clusters.list", misbehaviour.PERMISSION_DENIED)
    finished = caliban("cluster", "ls", *PROJECT, env=google.environment)
    assert finished.exit_code == 5
    assert finished.complaint.startswith("you lack the permission")
