from caliban_adapters.kubernetes.connecting import connect
from caliban_adapters.kubernetes.kubeconfig import Places
from caliban_adapters.kubernetes.surveys import Survey
from caliban_domain.jobs import JobStatus, Outcome
from kubernetes_jobs import HERE, as_told, job, spec
from kubernetes_stub import Stub


def test_a_recorded_job_is_where_its_handle_says(places: Places, stub: Stub) -> None:
    survey = Survey(connect(places, HERE, sleep=lambda _: None), HERE)
    one = as_told(job(spec()), Outcome(status=JobStatus.RUNNING, handle="sweep#7"))
    assert survey.spots([one]) == {"tea-1": ("sweep", 7)}
    assert stub.asked == []


def test_a_job_that_may_have_been_submitted_alone_is_where_its_name_says(places: Places) -> None:
    survey = Survey(connect(places, HERE, sleep=lambda _: None), HERE)
    assert survey.spots([job(spec())]) == {"tea-1": ("tea-1", None)}
