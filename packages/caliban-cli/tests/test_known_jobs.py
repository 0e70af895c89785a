"""Jobs are found by their numbers, all of them or none."""

import pytest

from caliban_cli.known_jobs import jobs_numbered
from caliban_domain.dry_run import MemoryHistory
from caliban_domain.errors import UnknownJob
from port_contracts.history import enroll_seeds


def test_jobs_are_found_by_their_numbers() -> None:
    history = MemoryHistory()
    jobs = enroll_seeds(history, 1, 2, 3)
    assert jobs_numbered([3, 1], history) == [jobs[0], jobs[2]]
    assert jobs_numbered([], history) == []


@pytest.mark.parametrize("history", [None, MemoryHistory()])
def test_a_number_that_no_job_has_is_refused(history: MemoryHistory | None) -> None:
    with pytest.raises(UnknownJob, match="there is no job 7"):
        jobs_numbered([9, 7], history)
