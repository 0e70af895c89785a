"""Laws of tracked jobs.

- Whatever a sweep says, the tags are ones that MLflow accepts, in a variable that Linux accepts.
- Parameters never merge in silence, and all are there unless they are very long.
- Naming a job changes its name and nothing else.
"""

import json
import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.experiments import Experiment
from caliban_domain.mlflow import MlflowConfig, Tracking, named, tag_problem, uri_problem
from caliban_domain.names import GroupName, JobName
from caliban_domain.testing.sweeps import words
from property.strategies import group_names

pytestmark = pytest.mark.property

# Of MLflow's own validation, without its paths.
TAG = re.compile(r"[A-Za-z0-9_. :-]{1,250}")
LONGEST_VARIABLE = 131_071

flag_names = (
    words.filter(bool)
    | st.text(string.punctuation, min_size=1, max_size=3)
    | st.sampled_from(["rate", "a/b", "a+b", "a-b", "x" * 300, "x" * 301, ".", ".."])
)
values = st.one_of(words, st.booleans(), st.integers(), words.map(lambda text: text * 500))
experiments = st.builds(
    Experiment,
    st.dictionaries(flag_names, values, max_size=8).map(lambda flags: tuple(flags.items())),
    st.lists(words, max_size=4).map(tuple),
)
tag_names = st.sampled_from(["team", "param.rate", "caliban.job", "a b", "x:y"])
configs = st.builds(
    MlflowConfig,
    tracking_uri=st.just("http://mlflow.example:5000"),
    tags=st.dictionaries(tag_names, words.map(lambda text: text[:1000]), max_size=3),
)
jobs = st.sampled_from([JobName("a-1"), JobName("b-2")])


@given(configs, group_names, experiments, jobs)
def test_tags_are_legal_and_fit_into_a_variable(
    config: MlflowConfig, group: GroupName, experiment: Experiment, job: JobName
) -> None:
    context = named(Tracking(config, group).environment(experiment), job)["MLFLOW_RUN_CONTEXT"]
    assert len(f"MLFLOW_RUN_CONTEXT={context}".encode()) <= LONGEST_VARIABLE
    tags = json.loads(context)
    assert all(TAG.fullmatch(name) and name not in {".", ".."} for name in tags)
    assert all(isinstance(text, str) and len(text) <= 1000 for text in tags.values())
    assert (tags["mlflow.runName"], tags["caliban.xgroup"]) == (job, group)


@given(group_names, st.dictionaries(flag_names, st.integers(), max_size=8))
def test_no_parameter_is_missing(group: GroupName, flags: dict[str, int]) -> None:
    tracking = Tracking(MlflowConfig(tracking_uri="http://a"), group)
    tags = json.loads(tracking.environment(Experiment(tuple(flags.items())))["MLFLOW_RUN_CONTEXT"])
    shown = [text for name, text in tags.items() if name.startswith("param.")]
    assert shown == [str(value) for value in flags.values()]


@given(st.integers(50, 400), st.text(min_size=900, max_size=1100))
def test_very_many_long_parameters_still_let_the_job_start(count: int, value: str) -> None:
    flags = tuple((f"flag{number}", value) for number in range(count))
    tracking = Tracking(MlflowConfig(tracking_uri="http://a"), GroupName("g"))
    environment = named(tracking.environment(Experiment(flags)), JobName("a-1"))
    assert len(environment["MLFLOW_RUN_CONTEXT"]) < LONGEST_VARIABLE - 100


@given(configs, group_names, experiments, jobs, jobs)
def test_the_last_name_given_counts(
    config: MlflowConfig, group: GroupName, experiment: Experiment, first: JobName, last: JobName
) -> None:
    environment = Tracking(config, group).environment(experiment)
    again = named(named(environment, first), last)
    assert {name: again[name] for name in environment if "CONTEXT" not in name} == {
        name: text for name, text in environment.items() if "CONTEXT" not in name
    }
    assert json.loads(again["MLFLOW_RUN_CONTEXT"]) == json.loads(
        named(environment, last)["MLFLOW_RUN_CONTEXT"]
    )


@given(st.text(), st.text(), st.sampled_from(["http", "https"]))
def test_no_address_that_is_accepted_holds_a_password(user: str, word: str, scheme: str) -> None:
    problem = uri_problem(f"{scheme}://{user}:{word}@mlflow.example")
    assert problem is not None
    assert len(word) < 9 or word not in problem


@given(words, words)
def test_a_tag_that_is_accepted_stays_as_it_is(name: str, text: str) -> None:
    if tag_problem(name, text) is None:
        config = MlflowConfig(tracking_uri="http://a", tags={name: text})
        context = Tracking(config, GroupName("g")).environment(Experiment())["MLFLOW_RUN_CONTEXT"]
        assert json.loads(context)[name] == text
