"""The flags of every command that submits jobs elsewhere, and what they ask for."""

import argparse
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from caliban_cli.environment import Environment
from caliban_cli.options import switch, value, values, whole_number
from caliban_cli.project_flags import ProjectArgs
from caliban_domain.errors import UsageError
from caliban_domain.images import USUAL_PLATFORM, JobMode
from caliban_domain.projects import ProjectConfig
from caliban_domain.repositories import (
    Repository,
    default_repository,
    image_name,
    parse_repository,
)

_EXPORTED = (".json", ".yaml", ".yml")
_PLATFORM: Final = re.compile(r"linux/[a-z0-9]+(/[a-z0-9]+)?")


def image_platform(text: str) -> str:
    """``linux/amd64``, ``linux/arm64``; for ``value(kind=...)``."""
    if not _PLATFORM.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a platform such as {USUAL_PLATFORM} or linux/arm64"
        )
    return text


@dataclass(frozen=True, kw_only=True)
class RemoteArgs(ProjectArgs):
    """Flags that say what is submitted, but for where."""

    experiment_config: str | None = value(
        "--experiment_config",
        about="path of a JSON or YAML file that describes a sweep, or 'stdin' or '-'",
        metavar="FILE",
    )
    dry_run: bool = switch("--dry_run", about="print what would be submitted, and touch nothing")
    export: str | None = value(
        "--export",
        about="write the jobs to this .json or .yaml file instead of submitting them",
        metavar="FILE",
    )
    xgroup: str | None = value(
        "--xgroup", about="experiment group to add to; a new one by default", metavar="XGROUP"
    )
    rerun: bool = switch(
        "--rerun", about="submit also what has succeeded in the group with this same image"
    )
    canary: int = value(
        "--canary",
        about="submit so many first, and the others only if they succeed (default: 0)",
        kind=whole_number,
        default=0,
        metavar="N",
    )
    image_tag: str | None = value(
        "--image_tag",
        about="run this image, which a registry holds, instead of building and pushing one",
        metavar="IMAGE",
    )
    image_repository: str | None = value(
        "--image_repository",
        about="repository to push images to (default: caliban in the project's Artifact Registry)",
        metavar="REPOSITORY",
    )
    platform: str = value(
        "--platform",
        about=f"what the machines are that the image is for (default: {USUAL_PLATFORM})",
        kind=image_platform,
        default=USUAL_PLATFORM,
        metavar="PLATFORM",
    )
    name: str | None = value(
        "--name", about="value of the label job_name (default: caliban_USER)", metavar="NAME"
    )
    label: list[str] = values(
        "-l",
        "--label",
        about="label of every job, as KEY=VALUE or KEY:VALUE; repeatable",
        metavar="KEY=VALUE",
    )
    gpu_spec: str | None = value(
        "--gpu_spec",
        about="number and type of GPUs (default: 1xL4, or none with --nogpu or --tpu_spec)",
        metavar="NUMxGPU_TYPE",
    )
    tpu_spec: str | None = value(
        "--tpu_spec", about="number and type of TPUs (default: none)", metavar="NUMxTPU_TYPE"
    )
    force: bool = switch(
        "--force", about="submit whatever the tables of hardware, and the registry, say"
    )

    def mode(self, config: ProjectConfig) -> JobMode:
        """What hardware the image is for: not GPUs where a TPU is to do without them.

        Raises UsageError for flags that contradict each other.
        """
        if self.gpu_spec:
            if self.nogpu:
                raise UsageError(
                    "--gpu_spec and --nogpu contradict each other", hint="leave one of them out"
                )
            return JobMode.GPU
        return JobMode.CPU if self.tpu_spec else super().mode(config)


def labels(written: list[str]) -> dict[str, str]:
    """The labels that a person gave; of two with one key the last. Raises UsageError."""
    return dict(map(_label, written))


def chosen_labels(args: RemoteArgs, environment: Environment, mode: JobMode) -> dict[str, str]:
    """The labels that Caliban gives every job."""
    name = f"caliban_{environment.user}" if args.name is None else args.name
    return {"job_name": name, "gpu_enabled": str(mode is JobMode.GPU).lower()}


def export_file(args: RemoteArgs, environment: Environment) -> Path | None:
    """Where jobs are to be written to. Raises UsageError for a file that can't be that."""
    if args.export is None:
        return None
    path = environment.cwd / Path(args.export).expanduser()
    if path.suffix not in _EXPORTED:
        raise UsageError(
            f"--export {args.export} ends in neither {' nor '.join(_EXPORTED)}",
            hint="the ending says how the file is written",
        )
    if path.is_dir():
        raise UsageError(f"--export {args.export} is a directory")
    if not path.parent.is_dir():
        raise UsageError(f"--export {args.export}: there is no directory {path.parent}")
    return path


def repository_for(
    args: RemoteArgs, environment: Environment, *, project: str, region: str
) -> Repository:
    """Where images of this project are pushed to. Raises UsageError."""
    name = image_name(environment.cwd.name)
    if args.image_repository is None:
        return default_repository(project, region, name)
    return parse_repository(args.image_repository).holding(name)


def _label(written: str) -> tuple[str, str]:
    ends = [at for at in (written.find("="), written.find(":")) if at > 0]
    if not ends:
        raise UsageError(
            f"--label {written!r} is not a key and a value",
            hint="write --label key=value or --label key:value",
        )
    at = min(ends)
    return written[:at], written[at + 1 :]
