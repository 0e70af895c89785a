"""What every platform promises, whether jobs really run there or are only said to."""

from abc import ABC, abstractmethod

from caliban_domain.jobs import Job, JobStatus
from caliban_domain.ports import Platform


class PlatformContract(ABC):
    """Subclasses have a fixture ``platform`` and say how a job is made that behaves as asked."""

    @abstractmethod
    def planned(
        self, platform: Platform, *, exit_code: int = 0, output: bytes = b"", lasts: bool = False
    ) -> Job:
        """A PLANNED job that writes ``output``, then ends, or goes on until it is stopped."""

    def test_a_planned_job_that_nobody_submitted_stays_planned(self, platform: Platform) -> None:
        job = self.planned(platform)
        assert platform.observe([job]).get(job.name, job.outcome).status is JobStatus.PLANNED

    def test_a_submitted_job_is_followed_to_its_end(self, platform: Platform) -> None:
        job = self.planned(platform, output=b"first\nlast\n")
        assert not platform.submit(job.spec).status.is_terminal
        assert b"".join(platform.logs(job, follow=True)) == b"first\nlast\n"
        outcome = platform.observe([job])[job.name]
        assert (outcome.status, outcome.exit_code) == (JobStatus.SUCCEEDED, 0)
        platform.release([job])

    def test_a_job_that_ends_badly_has_failed_with_its_exit_code(self, platform: Platform) -> None:
        job = self.planned(platform, exit_code=3)
        platform.submit(job.spec)
        list(platform.logs(job, follow=True))
        outcome = platform.observe([job])[job.name]
        assert (outcome.status, outcome.exit_code) == (JobStatus.FAILED, 3)
        platform.release([job])

    def test_a_job_submitted_twice_is_one_job(self, platform: Platform) -> None:
        job = self.planned(platform, output=b"once\n")
        platform.submit(job.spec)
        platform.submit(job.spec)
        assert b"".join(platform.logs(job, follow=True)) == b"once\n"
        assert platform.submit(job.spec).status is JobStatus.SUCCEEDED
        assert b"".join(platform.logs(job, follow=False)) == b"once\n"
        platform.release([job])

    def test_a_stopped_job_is_stopped(self, platform: Platform) -> None:
        job = self.planned(platform, lasts=True)
        platform.submit(job.spec)
        assert platform.observe([job])[job.name].status is JobStatus.RUNNING
        assert platform.stop([job])[job.name].status is JobStatus.STOPPED
        platform.release([job])

    def test_stopping_a_job_that_has_ended_does_not_change_its_end(
        self, platform: Platform
    ) -> None:
        job = self.planned(platform)
        platform.submit(job.spec)
        list(platform.logs(job, follow=True))
        assert platform.stop([job])[job.name].status is JobStatus.SUCCEEDED
        platform.release([job])

    def test_the_log_of_a_released_job_can_still_be_read(self, platform: Platform) -> None:
        job = self.planned(platform, output=b"kept\n")
        platform.submit(job.spec)
        list(platform.logs(job, follow=True))
        platform.release([job])
        platform.release([job])
        assert b"".join(platform.logs(job, follow=False)) == b"kept\n"

    def test_many_jobs_are_observed_together(self, platform: Platform) -> None:
        jobs = [self.planned(platform, exit_code=number % 2) for number in range(6)]
        for job in jobs[:-1]:
            platform.submit(job.spec)
            list(platform.logs(job, follow=True))
        outcomes = platform.observe(jobs)
        ends = [outcomes.get(job.name, job.outcome).status for job in jobs]
        succeeded, failed = JobStatus.SUCCEEDED, JobStatus.FAILED
        assert ends == [succeeded, failed, succeeded, failed, succeeded, JobStatus.PLANNED]
        platform.release(jobs)
