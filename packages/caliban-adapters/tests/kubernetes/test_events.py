from caliban_adapters.kubernetes.events import ends, obstacles, starts
from caliban_domain.jobs import JobStatus


def test_events_tell_how_jobs_ended_that_are_gone() -> None:
    def event(name: str, reason: str, message: str = "") -> dict[str, object]:
        return {"reason": reason, "message": message, "involvedObject": {"name": name}}

    known = ends(
        [
            event("a", "SuccessfulCreate", "Created pod: a-1"),
            event("a", "Completed", "Job completed"),
            event("b", "BackoffLimitExceeded", "Job has reached the limit"),
            event("c", "SuccessfulCreate"),
        ]
    )
    assert known["a"].status is JobStatus.SUCCEEDED
    assert (known["b"].status, known["b"].reason) == (JobStatus.FAILED, "Job has reached the limit")
    assert "c" not in known


def test_events_tell_what_keeps_pods_from_being_made() -> None:
    told = 'pods "a-1" is forbidden: violates PodSecurity "restricted"'
    event = {"reason": "FailedCreate", "message": told, "involvedObject": {"name": "a"}}
    assert obstacles([event]) == {"a": told}


def test_events_tell_how_often_a_job_was_started() -> None:
    def started(name: str, times: int) -> dict[str, object]:
        return {"reason": "SuccessfulCreate", "count": times, "involvedObject": {"name": name}}

    assert starts([started("a", 1), started("b", 1), started("a", 2)]) == {"a": 3, "b": 1}
