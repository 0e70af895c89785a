import pytest

from caliban_adapters.kubernetes.quantities import cpu, memory
from caliban_domain.errors import UsageError


@pytest.mark.parametrize(
    ("written", "meant"), [("1500", "1500m"), ("1500m", "1500m"), ("1.5", "1.5")]
)
def test_cpu_is_in_thousandths_unless_it_says_otherwise(written: str, meant: str) -> None:
    assert cpu(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"), [("2000", "2000M"), ("2Gi", "2Gi"), ("1.5G", "1.5G")]
)
def test_memory_is_in_megabytes_unless_it_says_otherwise(written: str, meant: str) -> None:
    assert memory(written) == meant


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "1e3", "two", "2 Gi", "0m", "1.5m", "٣"])
def test_what_is_no_amount_of_cpu_is_refused(nonsense: str) -> None:
    with pytest.raises(UsageError, match="--min_cpu"):
        cpu(nonsense)


@pytest.mark.parametrize("nonsense", ["", "0", "-1", "2gb", "2 Gi", "0Gi", "1.5", "Gi"])
def test_what_is_no_amount_of_memory_is_refused(nonsense: str) -> None:
    with pytest.raises(UsageError, match="--min_mem"):
        memory(nonsense)
