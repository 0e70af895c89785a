"""Jobs in containers of the real engine."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from caliban_adapters.docker.containers import ContainerSettings
from caliban_adapters.docker.local import LocalDocker
from caliban_domain.errors import PlatformError, SubmissionRejected
from caliban_domain.experiments import Experiment
from caliban_domain.images import ImageRef
from caliban_domain.jobs import EnrolledExperiment, Job, JobStatus, Outcome, PlatformName
from caliban_domain.names import GroupName, JobName
from caliban_domain.ports import Platform
from port_contracts.platform import PlatformContract

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
HOST = "this-machine"
_PREFIX = f"local-test-{os.getpid()}"
_numbers = count(1)


Opener = Callable[..., LocalDocker]


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Opener]:
    """Opens platforms, and closes them after the test."""
    with ExitStack() as opened:

        def open_local(
            *run_args: str, command: tuple[str, ...] = ("sh", "-c"), logs: Path = tmp_path / "logs"
        ) -> LocalDocker:
            settings = ContainerSettings(command=command, environment={}, run_args=run_args)
            return opened.enter_context(LocalDocker(settings, logs=logs, host=HOST))

        yield open_local


def planned(platform: Platform, script: str, *, image: str = BASE) -> Job:
    number = next(_numbers)
    name = JobName(f"{_PREFIX}-{number}")
    experiment = Experiment(script_args=(script,))
    return Job(
        number=number,
        spec=platform.plan(experiment, ImageRef(image), name=name),
        experiment=EnrolledExperiment(
            number=number,
            group=GroupName(_PREFIX),
            spec_number=1,
            spec=None,
            script="job.sh",
            argv=experiment.argv,
        ),
        platform=PlatformName.LOCAL,
        user="somebody",
        host=HOST,
        created_at=datetime.now(UTC),
        outcome=Outcome(status=JobStatus.PLANNED),
    )


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


@pytest.fixture(autouse=True)
def _no_container_is_left() -> Iterator[None]:
    yield
    left = docker("ps", "-aq", "--filter", f"name=^{_PREFIX}-").split()
    if left:
        docker("rm", "--force", *left)


@pytest.fixture
def platform(local: Opener) -> LocalDocker:
    return local()


class TestLocalDocker(PlatformContract):
    def planned(
        self, platform: Platform, *, exit_code: int = 0, output: bytes = b"", lasts: bool = False
    ) -> Job:
        rest = "sleep 600" if lasts else f"exit {exit_code}"
        return planned(platform, f"printf '{output.decode()}'; {rest}")


class TestLocalDockerWithRunArgs(TestLocalDocker):
    """The same where the docker client creates the containers."""

    @pytest.fixture
    def platform(self, local: Opener) -> LocalDocker:
        return local("--env", "A=b")


def test_both_ways_of_creating_a_container_make_the_same_one(local: Opener) -> None:
    by_engine, by_client = local(), local("--label", "extra=1")
    one, other = planned(by_engine, "true"), planned(by_client, "true")
    by_engine.submit(one.spec)
    by_client.submit(other.spec)
    fields = "{{.Config.Entrypoint}} {{.Config.Cmd}} {{.Config.User}} {{.HostConfig.Init}}"
    assert docker("inspect", "-f", fields, one.name) == docker("inspect", "-f", fields, other.name)


def test_a_container_that_was_created_and_not_started_is_started_by_the_next_submit(
    platform: LocalDocker,
) -> None:
    job = planned(platform, "echo ran")
    docker("create", "--name", job.name, BASE, "sh", "-c", "echo ran")
    assert platform.observe([job])[job.name].status is JobStatus.PLANNED
    platform.submit(job.spec)
    assert b"".join(platform.logs(job, follow=True)) == b"ran\n"


def test_a_job_that_another_command_ran_to_its_end_meanwhile_is_not_run_again(
    local: Opener, tmp_path: Path
) -> None:
    platform = local("-v", f"{tmp_path}:/ran")
    job = planned(platform, "echo once >> /ran/log")
    seen = []
    for _ in range(2):
        seen.append(platform.submit(job.spec).status)
        assert b"".join(platform.logs(job, follow=True)) == b""
        platform.release([job])
    assert seen == [JobStatus.RUNNING, JobStatus.LOST]
    assert (tmp_path / "log").read_text() == "once\n"
    assert docker("ps", "-aq", "--filter", f"name=^{job.name}$") == ""


def run_brief_jobs(platform: LocalDocker) -> str:
    """Run jobs until one is lent a network. Returns the name of the container that holds it."""
    network = ""
    for _ in range(5):
        job = planned(platform, "true")
        platform.submit(job.spec)
        network = network_of(job)
        list(platform.logs(job, follow=True))
        platform.release([job])
    return docker("inspect", "-f", "{{.Name}}", network.removeprefix("container:")).strip()


def network_of(job: Job) -> str:
    return docker("inspect", "-f", "{{.HostConfig.NetworkMode}}", job.name).strip()


def test_a_job_whose_lent_network_is_gone_runs_with_its_own(platform: LocalDocker) -> None:
    docker("rm", "--force", run_brief_jobs(platform))
    job = planned(platform, "echo ran")
    assert platform.submit(job.spec).status is JobStatus.RUNNING
    assert network_of(job) == "default"
    assert b"".join(platform.logs(job, follow=True)) == b"ran\n"


def test_what_a_killed_command_left_unstarted_in_its_network_is_started_with_its_own(
    platform: LocalDocker,
) -> None:
    network = run_brief_jobs(platform)
    job = planned(platform, "echo ran")
    left = ("--name", job.name, "--network", f"container:{network}")
    docker("create", *left, BASE, "sh", "-c", "echo ran")
    platform.submit(job.spec)
    assert network_of(job) == "default"
    assert b"".join(platform.logs(job, follow=True)) == b"ran\n"


def test_a_running_job_whose_container_was_removed_is_lost(platform: LocalDocker) -> None:
    job = planned(platform, "sleep 600")
    running = replace(job, outcome=platform.submit(job.spec))
    docker("rm", "--force", job.name)
    assert platform.observe([running])[job.name].status is JobStatus.LOST


def test_a_job_of_another_engine_is_left_as_it_is(platform: LocalDocker) -> None:
    job = planned(platform, "true")
    elsewhere = Outcome(status=JobStatus.RUNNING, handle="another engine")
    assert platform.observe([replace(job, outcome=elsewhere)])[job.name] == elsewhere


def test_a_job_of_another_machine_is_not_spoken_of(platform: LocalDocker) -> None:
    assert platform.observe([replace(planned(platform, "true"), host="elsewhere")]) == {}


def test_running_out_of_memory_is_told(local: Opener) -> None:
    platform = local("--memory", "16m", "--memory-swap", "16m")
    job = planned(platform, "python3 -c 'b = bytearray(10**9)'")
    platform.submit(job.spec)
    list(platform.logs(job, follow=True))
    outcome = platform.observe([job])[job.name]
    assert outcome.status is JobStatus.FAILED
    assert "its peak reached its limit of 16m" in (outcome.reason or "")


def test_an_image_that_is_gone_rejects_the_job(platform: LocalDocker) -> None:
    with pytest.raises(SubmissionRejected, match="no image"):
        platform.submit(planned(platform, "true", image="sha256:" + "0" * 64).spec)


def test_a_program_that_the_image_lacks_fails_the_job_and_its_log_says_so(local: Opener) -> None:
    platform = local(command=("no-such-program",))
    job = planned(platform, "")
    platform.submit(job.spec)
    assert b"no-such-program" in b"".join(platform.logs(job, follow=True))
    assert platform.observe([job])[job.name].exit_code == 127


def test_a_log_that_cannot_be_kept_keeps_its_container(local: Opener, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.write_text("a file where the folder should be")
    platform = local(logs=logs)
    job = planned(platform, "echo precious")
    platform.submit(job.spec)
    docker("wait", job.name)
    with pytest.raises(PlatformError, match="can't be kept"):
        platform.release([job])
    assert docker("logs", job.name) == "precious\n"


def test_a_job_that_ends_well_when_it_is_told_to_was_stopped(local: Opener) -> None:
    platform = local()
    job = planned(platform, "trap 'exit 0' TERM; echo up; while :; do sleep 0.1; done")
    platform.submit(job.spec)
    assert next(iter(platform.logs(job, follow=True))) == b"up\n"
    stopped = local().stop([job])[job.name]
    assert (stopped.status, stopped.exit_code) == (JobStatus.STOPPED, 0)
    # Whoever follows it learns the same.
    assert platform.observe([job])[job.name] == stopped
    platform.release([job])


def test_a_job_of_another_machine_is_not_stopped(platform: LocalDocker) -> None:
    job = planned(platform, "sleep 600")
    platform.submit(job.spec)
    assert platform.stop([replace(job, host="another")]) == {}
    assert platform.observe([job])[job.name].status is JobStatus.RUNNING
    platform.stop([job])
    platform.release([job])
