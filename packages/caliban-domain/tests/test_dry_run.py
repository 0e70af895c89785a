"""What a dry run is wired to: it touches nothing, and otherwise keeps what the ports promise."""

import pytest

from caliban_domain.dry_run import NOT_BUILT, MemoryHistory, NoImages, NoSubmit
from caliban_domain.images import ImageRef
from caliban_domain.jobs import JobStatus, PlatformName
from caliban_domain.ports import History, Images, Platform
from port_contracts.history import ENROLMENT, SPEC, HistoryContract, enroll_one


class TestMemoryHistory(HistoryContract):
    @pytest.fixture
    def history(self) -> History:
        return MemoryHistory()
