"""``caliban cluster create``: what it asks for, and what it refuses to ask for."""

import json

import pytest

from fakes.server import Google

from ...conftest import Caliban  # noqa: TID252

CREATE = ("cluster", "create", "--project_id", "forest-1")


def test_a_cluster_is_made_within_the_quotas(caliban: Caliban, google: Google) -> None:
    finished = caliban(*CREATE, "--zone", "us-central1-a", env=google.environment)
    assert finished.exit_code == 0
    (made,) = google.clusters.all()
    assert (made["name"], made["location"]) == ("caliban", "us-central1-a")
    assert made["autoscaling"]["resourceLimits"] == [
        {"resourceType": "cpu", "maximum": "72"},
        {"resourceType": "memory", "maximum": str(72 * 64)},
        {"resourceType": "nvidia-tesla-t4", "maximum": "4"},
    ]
    said = finished.stderr.splitlines()
    assert said[0] == "creating cluster caliban in us-central1-a, which takes about 5 minutes"
    assert "project=forest-1" in said[1]
    assert said[-1] == "cluster caliban is there; caliban cluster job submit runs jobs on it"


def test_a_limit_adds_what_no_quota_tells(caliban: Caliban, google: Google) -> None:
    words = ("--limit", "nvidia-h200-141gb=8", "--limit", "cpu=10")
    assert caliban(*CREATE, *words, env=google.environment).exit_code == 0
    (made,) = google.clusters.all()
    limits = {
        limit["resourceType"]: limit["maximum"] for limit in made["autoscaling"]["resourceLimits"]
    }
    assert (limits["cpu"], limits["nvidia-h200-141gb"]) == ("10", "8")


def test_a_dry_run_prints_the_request(caliban: Caliban, google: Google) -> None:
    words = ("--autopilot", "--cluster_name", "oak", "--dry_run")
    finished = caliban(*CREATE, *words, env={**google.environment, "REGION": "europe-west4"})
    assert json.loads(finished.stdout) == {
        "parent": "projects/forest-1/locations/europe-west4",
        "cluster": {
            "name": "oak",
            "releaseChannel": {"channel": "REGULAR"},
            "controlPlaneEndpointsConfig": {"dnsEndpointConfig": {"allowExternalTraffic": True}},
            "autopilot": {"enabled": True},
        },
    }
    assert google.clusters.all() == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--cluster_name", "Oak"), "a cluster can't be called 'Oak'"),
        (("--zone", "moon"), "'moon' is neither a zone nor a region of Google Cloud"),
        (("--limit", "cpu"), "--limit 'cpu' is not a resource and a number"),
        (
            ("--autopilot", "--zone", "us-central1-a"),
            "an Autopilot cluster spans a region, and us-central1-a is a zone",
        ),
    ],
)
def test_what_cannot_be_is_refused_before_google_is_asked(
    caliban: Caliban, google: Google, words: tuple[str, ...], complaint: str
) -> None:
    finished = caliban(*CREATE, *words, env=google.environment)
    assert (finished.exit_code, finished.complaint) == (2, complaint)
    assert google.asked == []


def test_a_cluster_that_google_gives_up_is_told(caliban: Caliban, google: Google) -> None:
    google.clusters.failure = "Insufficient regional quota to satisfy request."
    finished = caliban(*CREATE, env=google.environment)
    assert finished.exit_code == 5
    assert "Google gave up: Insufficient regional quota" in finished.stderr
