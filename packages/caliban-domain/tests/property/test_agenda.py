"""Laws of the agenda, for any order in which jobs end."""

from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.agenda import Agenda, Policy
from caliban_domain.jobs import Job, JobStatus, Outcome
from stand_ins import JournaledHistory, ScriptedPlatform, launched

JOBS = list(launched(*"abcdefgh", platform=ScriptedPlatform(), history=JournaledHistory()))
ENDS = [Outcome(status=JobStatus.SUCCEEDED), Outcome(status=JobStatus.FAILED)]
policies = st.builds(
    Policy,
    parallel=st.integers(1, 4),
    canary=st.integers(0, 4),
    max_failures=st.none() | st.integers(1, 4),
)


@given(policies, st.lists(st.sampled_from(ENDS), min_size=len(JOBS)), st.randoms())
def test_no_more_run_than_may_and_all_have_a_turn_or_are_given_up(
    policy: Policy, ends: list[Outcome], chance: st.DrawFn
) -> None:
    agenda = Agenda(JOBS, policy)
    running: list[Job] = []
    had_turns: list[Job] = []
    failures = 0
    while fresh := [*agenda.turns()] or running:
        if fresh is not running:
            had_turns += fresh
            running += fresh
        assert len(running) <= policy.parallel
        job = running.pop(chance.randrange(len(running)))  # type: ignore[attr-defined]
        end = ends[JOBS.index(job)]
        failures += end.status is JobStatus.FAILED
        agenda.close(job, end)
    left = agenda.give_up("over")
    assert had_turns == JOBS[: len(had_turns)]
    assert [*had_turns, *left] == JOBS
    if policy.max_failures is None and policy.canary == 0:
        assert not left
    if policy.max_failures is not None:
        assert failures < policy.max_failures + policy.parallel
