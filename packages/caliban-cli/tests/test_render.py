"""What people and programs read of jobs, character by character."""

import csv
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from caliban_cli.render import (
    FORMATS,
    experiment_line,
    job_count,
    jobs_csv,
    jobs_json,
    jobs_table,
    jobs_text,
    local_time,
)
from caliban_domain.images import ImageRef, JobMode
from caliban_domain.jobs import Job, JobStatus, Outcome, PlatformName
from caliban_domain.provenance import Provenance

from .examples import NOON, SPEC, experiment, job

pytestmark = pytest.mark.usefixtures("home")

SUCCEEDED = Outcome(status=JobStatus.SUCCEEDED, exit_code=0, ended_at=NOON)
FAILED = Outcome(status=JobStatus.FAILED, exit_code=3, ended_at=NOON)
OUT_OF_MEMORY = replace(FAILED, reason="it ran out of memory")

GPU_SPEC = replace(SPEC, project="/home/totoro", mode=JobMode.GPU, extra_dirs=("data", "more data"))


@pytest.mark.parametrize(("number", "told"), [(1, "1 job"), (0, "0 jobs"), (1234, "1,234 jobs")])
def test_jobs_are_counted_in_words(number: int, told: str) -> None:
    assert job_count(number) == told


TEXT = """\
xgroup forest:
  docker config 1: job_mode: CPU, build url: ~/cpu, extra dirs: None
    experiment id 1: cpu.py --foo 3 --sleep -1
      job 34       FAILED       LOCAL 2020-05-28 14:00:34 CEST container: 0f6d8a3ddbee \
name: forest-1-34 (exit code 3)
      job 37       SUCCEEDED    LOCAL 2020-05-28 14:00:37 CEST container: 0f6d8a3ddbee \
name: forest-1-37
    experiment id 2: cpu.py --foo 3 --text 'two words'
      job 35       LOST         LOCAL 2020-05-28 14:00:35 CEST container: 0f6d8a3ddbee \
name: forest-2-35 (its container is gone)
  docker config 2: job_mode: GPU, build url: ~, extra dirs: data, more data
    experiment id 3: cpu.py
      job 36       PLANNED      LOCAL 2020-05-28 14:00:36 CEST container: 0f6d8a3ddbee \
name: forest-3-36

xgroup river:
  docker config 3: a given image, not built by caliban
    experiment id 4: cpu.py
      job 12345678 RUNNING        K8S 2020-05-28 14:00:01 CEST container: cpu:latest \
name: river-4-1
"""


def two_groups() -> list[Job]:
    first = experiment(1, "--foo", "3", "--sleep", "-1")
    given = experiment(4, group="river", spec=None, spec_number=3)
    far_away = job(1, given)
    return [
        job(34, first, FAILED),
        job(37, first, SUCCEEDED),
        job(
            35,
            experiment(2, "--foo", "3", "--text", "two words"),
            Outcome(status=JobStatus.LOST, reason="its container is gone"),
        ),
        job(
            36,
            experiment(3, spec=GPU_SPEC, spec_number=2),
            Outcome(status=JobStatus.PLANNED),
        ),
        replace(
            far_away,
            number=12345678,
            platform=PlatformName.K8S,
            spec=replace(far_away.spec, image=ImageRef("cpu:latest")),
        ),
    ]


def test_the_text_has_groups_configs_experiments_and_attempts() -> None:
    assert jobs_text(two_groups(), "/home/totoro") == TEXT


def test_only_ones_own_home_is_a_tilde() -> None:
    assert "build url: /home/totoro/cpu," in jobs_text([job()], "/home/toto")


def test_a_reason_is_worth_more_than_an_exit_code() -> None:
    text = jobs_text([job(outcome=OUT_OF_MEMORY)], "/home/totoro")
    assert text.endswith("name: forest-1-1 (it ran out of memory)\n")


def test_the_table_is_aligned_and_has_no_trailing_space() -> None:
    assert jobs_table(two_groups()[:3]) == (
        "JOB  STATUS     EXIT  PLATFORM  CREATED                   GROUP   EXPERIMENT\n"
        "34   FAILED     3     LOCAL     2020-05-28 14:00:34 CEST  forest  "
        "cpu.py --foo 3 --sleep -1\n"
        "37   SUCCEEDED  0     LOCAL     2020-05-28 14:00:37 CEST  forest  "
        "cpu.py --foo 3 --sleep -1\n"
        "35   LOST             LOCAL     2020-05-28 14:00:35 CEST  forest  "
        "cpu.py --foo 3 --text 'two words'\n"
    )


def test_the_json_tells_all_of_a_job_in_utc() -> None:
    outcome = replace(OUT_OF_MEMORY, started_at=NOON, handle="engine")
    failed = job(34, experiment(1, "--foo", "two words"), outcome)
    assert json.loads(jobs_json([failed])) == {
        "version": 1,
        "jobs": [
            {
                "job": 34,
                "name": "forest-1-34",
                "status": "FAILED",
                "exit_code": 3,
                "reason": "it ran out of memory",
                "platform": "LOCAL",
                "group": "forest",
                "experiment": 1,
                "script": "cpu.py",
                "args": ["--foo", "two words"],
                "argv": ["python", "cpu.py", "--foo", "two words"],
                "mode": "cpu",
                "project": "/home/totoro/cpu",
                "image": "sha256:0f6d8a3ddbee" + "0" * 52,
                "base_digest": "sha256:ba5e",
                "git_commit": "c0mm17",
                "git_dirty": True,
                "git_diff": "d1ff",
                "caliban_version": "0.5.0",
                "user": "totoro",
                "host": "tree",
                "created_at": "2020-05-28T12:00:34+00:00",
                "started_at": "2020-05-28T12:00:00+00:00",
                "ended_at": "2020-05-28T12:00:00+00:00",
                "handle": "engine",
            }
        ],
    }


def test_what_the_json_does_not_know_is_null() -> None:
    bare = replace(job(of=experiment(spec=None)), provenance=None)
    (record,) = json.loads(jobs_json([bare]))["jobs"]
    unknown = {name for name, value in record.items() if value is None}
    assert unknown == {
        *("exit_code", "reason", "argv", "mode", "project", "base_digest", "git_commit"),
        *("git_dirty", "git_diff", "caliban_version", "started_at", "ended_at", "handle"),
    }
    given = replace(bare, provenance=Provenance(version="1", command=("python", "cpu.py")))
    (record,) = json.loads(jobs_json([given]))["jobs"]
    assert (record["argv"], record["git_dirty"]) == (["python", "cpu.py"], None)


def test_the_csv_has_the_fields_of_the_json_and_quoted_arguments() -> None:
    jobs = [job(1, experiment(1, "--a", 'x, "y"\nz')), job(2, experiment(2), SUCCEEDED)]
    header, first, second = csv.reader(io.StringIO(jobs_csv(jobs)))
    assert header == list(json.loads(jobs_json(jobs))["jobs"][0])
    assert dict(zip(header, first, strict=True))["args"] == "--a 'x, \"y\"\nz'"
    record = dict(zip(header, second, strict=True))
    assert (record["exit_code"], record["reason"], record["args"]) == ("0", "", "")


def test_no_jobs_are_a_header_an_empty_list_or_nothing() -> None:
    assert jobs_text([], "/home/totoro") == ""
    assert jobs_table([]) == "JOB  STATUS  EXIT  PLATFORM  CREATED  GROUP  EXPERIMENT\n"
    assert json.loads(jobs_json([])) == {"version": 1, "jobs": []}
    assert jobs_csv([]).count("\n") == 1


def test_the_formats_for_programs_are_listed() -> None:
    assert set(FORMATS) == {"table", "json", "csv"}


def test_a_moment_is_told_on_this_machines_clock(home: Path) -> None:
    assert home.exists()
    assert local_time(NOON) == "2020-05-28 14:00:00 CEST"
    assert local_time(datetime(2020, 1, 1, 23, 30, tzinfo=UTC)) == "2020-01-02 00:30:00 CET"


def test_an_experiment_line_can_be_pasted_into_a_shell() -> None:
    assert experiment_line(experiment(1, "it's", "$(x)", "")) == """cpu.py 'it'"'"'s' '$(x)' ''"""


# The schema that is documented

SCHEMA = Path(__file__).parents[3] / "docs/reference/status.schema.json"
KINDS = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


def fits(value: Any, rule: dict[str, Any]) -> bool:
    """Whether a value is as a JSON Schema says, as far as ours goes."""
    if "const" in rule or "enum" in rule:
        return value in rule.get("enum", [rule.get("const")])
    kinds = [rule["type"]] if isinstance(rule["type"], str) else rule["type"]
    if type(value) not in {KINDS[kind] for kind in kinds}:
        return False
    if isinstance(value, list):
        return all(fits(item, rule["items"]) for item in value)
    if isinstance(value, dict):
        known = rule["properties"]
        return set(value) == set(rule["required"]) == set(known) and all(
            fits(item, known[name]) for name, item in value.items()
        )
    return True


@pytest.mark.parametrize(
    "jobs",
    [
        [],
        two_groups(),
        [job(outcome=replace(OUT_OF_MEMORY, started_at=NOON, handle="engine"))],
        [replace(job(of=experiment(spec=None)), provenance=None)],
        [replace(job(), provenance=Provenance(version="1"))],
    ],
)
def test_the_json_is_as_its_schema_says(jobs: list[Job]) -> None:
    schema = json.loads(SCHEMA.read_text())
    assert fits(json.loads(jobs_json(jobs)), schema)
    assert not fits({"version": 2, "jobs": []}, schema)


def test_the_page_of_the_schema_has_every_field() -> None:
    fields = json.loads(SCHEMA.read_text())["properties"]["jobs"]["items"]["properties"]
    page = SCHEMA.with_name("status-json.md").read_text()
    told = re.findall(r"^\| `(\w+)` \|.*\| (.*) \|$", page, re.MULTILINE)
    assert told == [(name, rule["description"]) for name, rule in fields.items()]
    assert list(fields) == list(json.loads(jobs_json([job()]))["jobs"][0])
