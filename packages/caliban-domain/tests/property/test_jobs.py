"""Laws of the job's states.

- An end absorbs whatever is observed later.
- A job never goes back: every advance climbs, so there is no cycle.
- Observations that are repeated, or come late, change nothing.
"""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.jobs import SUCCESSORS, JobStatus

pytestmark = pytest.mark.property

statuses = st.sampled_from(JobStatus)
HEIGHT = {JobStatus.PLANNED: 0, JobStatus.SUBMITTED: 1, JobStatus.RUNNING: 2}


def height(status: JobStatus) -> int:
    return HEIGHT.get(status, 3)


def after(status: JobStatus, observed: list[JobStatus]) -> JobStatus:
    for each in observed:
        status = status.advanced_to(each)
    return status


@given(statuses.filter(lambda status: status.is_terminal), st.lists(statuses))
def test_an_end_absorbs(end: JobStatus, observed: list[JobStatus]) -> None:
    assert after(end, observed) is end


@given(statuses, statuses)
def test_a_job_only_climbs(status: JobStatus, observed: JobStatus) -> None:
    advanced = status.advanced_to(observed)
    assert advanced in {status, observed}
    assert (height(advanced) > height(status)) == (advanced is not status)
    assert (advanced is observed) == (height(observed) > height(status) or observed is status)


@given(statuses, st.lists(statuses, min_size=len(JobStatus)))
def test_no_observations_lead_in_a_circle(status: JobStatus, observed: list[JobStatus]) -> None:
    seen = [status]
    for each in observed:
        seen.append(seen[-1].advanced_to(each))
    changes = [new for old, new in pairwise(seen) if new is not old]
    assert len(changes) == len(set(changes)) <= 3


@given(st.lists(statuses), st.data())
def test_repeating_an_observation_changes_nothing(
    observed: list[JobStatus], data: st.DataObject
) -> None:
    stuttered = [status for status in observed for _ in range(data.draw(st.integers(1, 2)))]
    assert after(JobStatus.PLANNED, stuttered) is after(JobStatus.PLANNED, observed)


@given(st.lists(statuses, min_size=1))
def test_a_job_ends_with_its_first_end(observed: list[JobStatus]) -> None:
    first_end = next((status for status in observed if status.is_terminal), None)
    reached = after(JobStatus.PLANNED, observed)
    assert reached is (first_end or max([JobStatus.PLANNED, *observed], key=height))


@given(statuses)
def test_a_status_is_terminal_where_nothing_follows(status: JobStatus) -> None:
    assert status.is_terminal == (SUCCESSORS[status] == frozenset())
