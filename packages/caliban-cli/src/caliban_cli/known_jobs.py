"""The jobs that a command line names."""

from collections.abc import Sequence

from caliban_cli import wiring
from caliban_cli.environment import Environment
from caliban_cli.say import say
from caliban_domain.errors import UnknownJob
from caliban_domain.jobs import Job
from caliban_domain.observe import observe
from caliban_domain.ports import History


def jobs_numbered(numbers: Sequence[int], history: History | None) -> Sequence[Job]:
    """The jobs with these numbers. Raises UnknownJob if one of them doesn't exist."""
    found = history.numbered(numbers) if history else ()
    if missing := set(numbers) - {job.number for job in found}:
        raise UnknownJob(
            f"there is no job {min(missing)}", hint="caliban status shows the jobs that there are"
        )
    return found


def bring_up_to_date(history: History, environment: Environment) -> None:
    """Ask every platform how its jobs are, and say which one doesn't answer."""
    with wiring.platforms(environment) as platform_named:
        for failure in observe(history, platform_named, host=environment.host):
            say(f"caliban: {failure.message}; its jobs may be further on than shown")
