from caliban_adapters.kubernetes.paths import core_path, job_path, jobs_path, log_path, queue_path
from kubernetes_jobs import HERE


def test_everything_is_in_the_namespace() -> None:
    paths = (
        jobs_path(HERE),
        job_path(HERE, "a"),
        core_path(HERE, "pods"),
        log_path(HERE, "a"),
        queue_path(HERE, "q", "v1beta2"),
    )
    assert all("/namespaces/research/" in path for path in paths)
