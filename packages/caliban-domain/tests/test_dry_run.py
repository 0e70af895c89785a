"""What a dry run is wired to: it touches nothing, and otherwise keeps what the ports promise."""

import pytest

from caliban_domain.dry_run import MemoryHistory
from caliban_domain.ports import History
from port_contracts.history import HistoryContract


class TestMemoryHistory(HistoryContract):
    @pytest.fixture
    def history(self) -> History:
        return MemoryHistory()
