"""Whose turn it is, and when nobody has one any more."""

from caliban_domain.agenda import Agenda, Policy
from caliban_domain.dry_run import MemoryHistory
from caliban_domain.jobs import Job, JobStatus, Outcome
from stand_ins import JournaledHistory, ScriptedPlatform, launched, title_of

SUCCEEDED, FAILED = Outcome(status=JobStatus.SUCCEEDED), Outcome(status=JobStatus.FAILED)


def jobs(*titles: str) -> list[Job]:
    return list(launched(*titles, platform=ScriptedPlatform(), history=JournaledHistory()))


def turns(agenda: Agenda) -> str:
    return "".join(title_of(job) for job in agenda.turns())


def test_as_many_have_a_turn_as_may_run_at_a_time() -> None:
    a, *rest = jobs(*"abc")
    agenda = Agenda([a, *rest], Policy(parallel=2))
    assert turns(agenda) == "ab"
    assert turns(agenda) == ""
    agenda.close(a, SUCCEEDED)
    assert turns(agenda) == "c"


def test_who_is_in_other_hands_takes_no_place() -> None:
    a, b = jobs("a", "b")
    agenda = Agenda([a, b], Policy())
    assert turns(agenda) == "a"
    agenda.leave_out(a)
    assert turns(agenda) == "b"


def test_nobody_follows_a_canary_before_its_end() -> None:
    a, b, c = jobs(*"abc")
    agenda = Agenda([a, b, c], Policy(parallel=3, canary=2))
    assert turns(agenda) == "ab"
    agenda.close(b, SUCCEEDED)
    assert turns(agenda) == ""
    agenda.close(a, SUCCEEDED)
    assert turns(agenda) == "c"


def test_of_two_alike_one_is_a_canary() -> None:
    a, same, b = launched("a", "a", "b", platform=ScriptedPlatform(), history=MemoryHistory())
    agenda = Agenda([a, same, b], Policy(parallel=3, canary=1))
    assert [*agenda.turns()] == [a]
    agenda.close(a, SUCCEEDED)
    assert [*agenda.turns()] == [same, b]


def test_who_is_left_when_it_is_given_up_is_told_once() -> None:
    a, b, c = jobs(*"abc")
    agenda = Agenda([a, b, c], Policy(max_failures=1))
    assert turns(agenda) == "a"
    agenda.close(a, FAILED)
    assert agenda.given_up == "1 job failed"
    assert turns(agenda) == ""
    assert agenda.give_up("something else") == (b, c)
    assert agenda.give_up("something else") == ()
    assert agenda.given_up == "1 job failed"
