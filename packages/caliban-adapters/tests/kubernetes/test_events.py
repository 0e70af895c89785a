from caliban_adapters.kubernetes.events import ends
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
