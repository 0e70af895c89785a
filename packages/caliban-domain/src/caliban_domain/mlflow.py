"""Jobs as runs of an MLflow tracking server: what MLflow's own client finds in its environment.

A job's group is the experiment of its run, its name the run's name. Its parameters are tags of the
run, because only code that runs in the job can log parameters.
"""

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from caliban_domain.documents import written
from caliban_domain.experiments import Experiment, json_text
from caliban_domain.labels import flag_values
from caliban_domain.names import GroupName, JobName

URI_VARIABLE: Final = "MLFLOW_TRACKING_URI"
SECRET_VARIABLES: Final = (
    "MLFLOW_TRACKING_USERNAME",
    "MLFLOW_TRACKING_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
)
"""What a person sets where Caliban runs; containers get it when they start, nothing records it."""

_EXPERIMENT: Final = "MLFLOW_EXPERIMENT_NAME"
# MLflow's client ignores MLFLOW_RUN_NAME when it begins a run, and takes the name from this.
_CONTEXT: Final = "MLFLOW_RUN_CONTEXT"
_RUN_NAME: Final = "mlflow.runName"

_URI: Final = re.compile(
    r"https?://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?(/[A-Za-z0-9._~!$&'()*+,;=:%/-]*)?"
)
_OWN_HOST: Final = re.compile(r"localhost|127\..*|\[::1\]|0\.0\.0\.0")
_TAG: Final = re.compile(r"[A-Za-z0-9_. :-]+")
_NOT_IN_A_TAG: Final = re.compile(r"[^A-Za-z0-9_. :-]")
_MAX_TAG_NAME: Final = 250  # of MLflow
_MAX_TAG: Final = 1000  # characters; MLflow's own limit was 5,000 for long, which few want to see
# Linux refuses a variable of 128 KiB.
_MAX_CONTEXT: Final = 100_000

FORMER_SETTINGS: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        ("password", "token", "user", "username"),
        f"doesn't belong into a file; set ${SECRET_VARIABLES[0]} and ${SECRET_VARIABLES[1]}, or "
        f"${SECRET_VARIABLES[2]}, where caliban runs",
    ),
    **dict.fromkeys(
        ("artifact_root", "db", "debug", "project", "region"),
        'is no longer a setting; "tracking_uri" names a server, which knows its database',
    ),
}
"""Settings of earlier versions, and where people look for a place for their password."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MlflowConfig:
    """Where runs are tracked, and the tags that all of them get."""

    tracking_uri: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_this_machine(self) -> bool:
        """Whether the server has an address that means each container itself when it is there."""
        address = _URI.fullmatch(self.tracking_uri)
        return address is not None and bool(_OWN_HOST.fullmatch(address["host"]))


@dataclass(frozen=True, slots=True)
class Tracking:
    """The tracking of a group's jobs."""

    config: MlflowConfig
    group: GroupName

    def environment(self, experiment: Experiment) -> dict[str, str]:
        """The variables of a job that has no name yet, without any secret: fit to be recorded."""
        return {
            URI_VARIABLE: self.config.tracking_uri,
            _EXPERIMENT: self.group,
            _CONTEXT: json.dumps(_tags(self.config, self.group, experiment)),
        }


def secrets(variables: Mapping[str, str]) -> dict[str, str]:
    """Those of the variables of a process that a tracking server's clients need in secret."""
    return {name: variables[name] for name in SECRET_VARIABLES if name in variables}


def named(environment: Mapping[str, str], job: JobName) -> dict[str, str]:
    """The variables of the job of this name; those of a job that isn't tracked stay as they are."""
    if _CONTEXT not in environment:
        return dict(environment)
    tags = json.loads(environment[_CONTEXT]) | {_RUN_NAME: job, "caliban.job": job}
    return {**environment, _CONTEXT: json.dumps(tags)}


def uri_problem(value: object) -> str | None:
    """Why no tracking server has this address; None if one may."""
    if isinstance(value, str) and _URI.fullmatch(value):
        return None
    if isinstance(value, str) and "@" in value:
        return f"holds a user or a password; set ${SECRET_VARIABLES[0]} and ${SECRET_VARIABLES[1]}"
    return f'{written(value)} is not a tracking server\'s address, such as "http://mlflow.example:5000"'


def tag_problem(name: str, value: object) -> str | None:
    """Why no run can have this tag; None if all can."""
    if not _TAG.fullmatch(name) or name in {".", ".."} or len(name) > _MAX_TAG_NAME:
        return "a tag's name is made of letters, digits, spaces and _ . : -"
    if not isinstance(value, str) or len(value) > _MAX_TAG:
        return f"must be a string of at most {_MAX_TAG} characters"
    return None


def _tags(config: MlflowConfig, group: GroupName, experiment: Experiment) -> dict[str, str]:
    """As many tags as a variable can hold: those that a person chose before the parameters."""
    tags = {"caliban.xgroup": group, "caliban.args": shlex.join(experiment.argv)[:_MAX_TAG]}
    size = len(json.dumps(tags))
    parameters = {f"param.{name}": value for name, value in _parameters(experiment).items()}
    for name, value in chain(config.tags.items(), parameters.items()):
        tag, text = _unique(_NOT_IN_A_TAG.sub("_", name), tags), value[:_MAX_TAG]
        size += len(json.dumps({tag: text}))
        if size > _MAX_CONTEXT:
            break
        tags[tag] = text
    return tags


def _parameters(experiment: Experiment) -> dict[str, str]:
    """What the script is given by name; of a flag given twice, the last value."""
    given = {name: value for name, value in flag_values(experiment.script_args) if name}
    swept = {
        name: value if isinstance(value, str) else json_text(value)
        for name, value in experiment.flags
    }
    return given | swept


def _unique(tag: str, taken: Iterable[str]) -> str:
    """The tag, cut to length, with a number where another has it already."""
    tag = tag[: _MAX_TAG_NAME - 10]
    candidate, number = tag, 1
    while candidate in taken:
        number += 1
        candidate = f"{tag}-{number}"
    return candidate
