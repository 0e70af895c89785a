"""What a client that builds is given, and what is left of it; real builds are in test_images."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from caliban_adapters.docker.buildkit_build import build_with
from caliban_adapters.docker.commands import BuildOptions, Client
from caliban_adapters.docker.context import read_context
from caliban_adapters.docker.dockerfile import render
from caliban_domain.errors import ImageBuildFailed
from caliban_domain.images import ImageSpec, JobMode


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
def spec(tmp_path: Path) -> ImageSpec:
    project = tmp_path / "project"
    project.mkdir()
    (project / "train.py").touch()
    (project / ".dockerignore").write_text("runs\n")
    return ImageSpec(project=str(project), mode=JobMode.CPU, base_image="base", folder=".")


def client(tmp_path: Path, script: str) -> Client:
    """A program that finds the file named by ``--file`` in $5, and by ``--iidfile`` in $7."""
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Client(str(program))


def build(docker: Client, spec: ImageSpec, tmp_path: Path, said: list[str]) -> str:
    context = read_context(spec, tmp_path / "cache")
    return build_with(docker, context, said.append, BuildOptions(labels={}))


def test_it_finds_both_files_and_leaves_an_id(
    tmp_path: Path, spec: ImageSpec, temporary: Path
) -> None:
    said: list[str] = []
    script = 'cat "$5" "$5.dockerignore"; printf sha256:12 > "$7"'
    assert build(client(tmp_path, script), spec, tmp_path, said) == "sha256:12"
    text = "\n".join(said)
    assert text.startswith(render(spec, buildkit=True).rstrip())
    assert "\nruns\n" in text
    assert text.endswith("\n**/__pycache__\n.calibanconfig.json\n**/.caliban-build")
    assert list(temporary.iterdir()) == []


def test_what_it_says_of_a_failure_is_told(
    tmp_path: Path, spec: ImageSpec, temporary: Path
) -> None:
    script = 'echo "#1 0.1 it broke" >&2; echo "#1 ERROR: exit code: 1" >&2; exit 1'
    with pytest.raises(ImageBuildFailed, match=r"\n  it broke$"):
        build(client(tmp_path, script), spec, tmp_path, [])
    assert list(temporary.iterdir()) == []


def test_it_is_told_once_the_project_has_been_read(tmp_path: Path, spec: ImageSpec) -> None:
    read = tmp_path / "read"
    os.mkfifo(read)
    script = f"""
        echo "#5 [internal] load build context"
        echo "#4 DONE 0.1s"
        echo "#5 transferring context: 2B done"
        echo "#5 DONE 0.0s"
        cat '{read}'
        printf sha256:12 > "$7" """
    said: list[str] = []
    context = read_context(spec, tmp_path / "cache")
    build_with(
        client(tmp_path, script),
        context,
        said.append,
        BuildOptions(labels={}),
        lambda: read.write_text("told meanwhile\n"),
    )
    assert said == ["told meanwhile"]


def test_an_interrupt_leaves_nothing_behind(
    tmp_path: Path, spec: ImageSpec, temporary: Path
) -> None:
    running = tmp_path / "running"
    os.mkfifo(running)
    docker = client(tmp_path, f"echo > '{running}'; exec sleep 60")
    source = (
        "import sys, pathlib\n"
        "from caliban_adapters.docker.buildkit_build import build_with\n"
        "from caliban_adapters.docker.commands import BuildOptions, Client\n"
        "from caliban_adapters.docker.context import read_context\n"
        "from caliban_domain.images import ImageSpec, JobMode\n"
        f"spec = {spec!r}\n".replace("<JobMode.CPU: 'cpu'>", "JobMode.CPU")
        + f"context = read_context(spec, pathlib.Path({str(tmp_path / 'cache')!r}))\n"
        f"client = Client({docker.path!r})\n"
        "build_with(client, context, print, BuildOptions(labels={}))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", source], stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        running.read_text()
        assert len(list(temporary.iterdir())) == 1
        process.send_signal(signal.SIGINT)
        _, complaint = process.communicate(timeout=30)
    assert b"KeyboardInterrupt" in complaint
    assert list(temporary.iterdir()) == []
