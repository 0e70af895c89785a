import json
from dataclasses import replace
from functools import partial, reduce
from typing import Any

import pytest
import yaml
from kubernetes_validate import validate

from caliban_adapters.kubernetes.job_files import LARGEST, parse
from caliban_adapters.kubernetes.manifest import manifest, plan_written
from caliban_domain.errors import UsageError
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobSpec
from caliban_domain.names import JobName
from kubernetes_jobs import GROUP, HERE, IMAGE, spec

JOB = manifest(spec("--price", "1$"))


def planned(job: dict[str, Any]) -> JobSpec:
    written = parse(yaml.safe_dump(job), "job.yaml")
    plan = partial(plan_written, written=written, place=(HERE, GROUP))
    return plan(Experiment(script_args=written.arguments), IMAGE, JobName("tea-1-9"))


@pytest.mark.parametrize("write", [yaml.safe_dump, json.dumps], ids=["YAML", "JSON"])
def test_what_was_exported_can_be_read(write: Any) -> None:
    read = parse(write(JOB), "job.yaml")
    assert (read.name, read.namespace) == ("tea-1", "research")
    assert read.image == IMAGE.reference
    assert read.arguments == ("--price", "1$")


def test_it_becomes_a_job_that_is_tracked_by_its_labels() -> None:
    made = manifest(planned(JOB))
    assert made["metadata"]["name"] == "tea-1-9"
    for labels in (made["metadata"]["labels"], made["spec"]["template"]["metadata"]["labels"]):
        assert labels["caliban_job"] == "tea-1-9"
        assert labels["caliban_xgroup"] == "tea"
    validate(made, "1.36", strict=True)


def test_another_attempt_may_have_another_image() -> None:
    made = manifest(replace(planned(JOB), image=ImageRef("new@sha256:2")))
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] == "new@sha256:2"


def test_what_a_server_added_to_another_job_is_left_out() -> None:
    shown = json.loads(json.dumps(JOB))
    shown["metadata"] |= {"uid": "u", "resourceVersion": "7"}
    shown["spec"]["selector"] = {"matchLabels": {"batch.kubernetes.io/controller-uid": "u"}}
    shown["spec"]["template"]["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] = "u"
    shown["status"] = {"succeeded": 1}
    assert manifest(planned(shown)) == manifest(planned(JOB))


_GROWING = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "job.yaml holds 0 documents"),
        ("a: 1\n---\nb: 2", "job.yaml holds 2 documents"),
        ("a: [", r"job.yaml, line 1: neither YAML nor JSON"),
        ("kind: Pod\napiVersion: v1", "holds a Pod of v1, and a Job"),
        ("[1]", "no object of Kubernetes"),
        ("a: 2026-01-01", "what JSON can't say"),
        ("kind: Job\napiVersion: batch/v1", "no container with an image"),
        ("kind: Job\napiVersion: batch/v1\nspec: 7", "no container with an image"),
        ("x" * (LARGEST + 1), "larger than any Job"),
        ("[" * 100_000, "job.yaml"),
        ("\n".join(["a: &a0 [x]", *_GROWING]), "larger than any Job"),
    ],
)
def test_what_is_no_job_is_refused_in_one_line(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as refusal:
        parse(text, "job.yaml")
    assert "\n" not in refusal.value.message


@pytest.mark.parametrize(
    "place",
    [
        ("metadata", "labels"),
        ("metadata", "annotations"),
        ("spec", "template", "metadata"),
        ("spec", "template", "metadata", "labels"),
    ],
)
def test_a_job_whose_labels_are_none_is_refused_in_one_line(place: tuple[str, ...]) -> None:
    wrong = json.loads(json.dumps(JOB))
    *path, last = place
    reduce(dict.__getitem__, path, wrong)[last] = "x"
    with pytest.raises(UsageError, match=f"job.yaml: {'.'.join(place)} holds no names and values"):
        parse(json.dumps(wrong), "job.yaml")
