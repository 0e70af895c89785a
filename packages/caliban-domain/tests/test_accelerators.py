"""GPUs and TPUs are asked for as a number, an x and a kind."""

import pytest

from caliban_domain.accelerators import GpuSpec, TpuSpec, parse_gpu, parse_tpu
from caliban_domain.errors import UnsupportedAccelerator


@pytest.mark.parametrize(
    ("text", "spec", "vertex_name"),
    [
        ("8xV100", GpuSpec(8, "V100"), "NVIDIA_TESLA_V100"),
        ("1xl4", GpuSpec(1, "L4"), "NVIDIA_L4"),
        ("2xa100_80gb", GpuSpec(2, "A100_80GB"), "NVIDIA_A100_80GB"),
    ],
)
def test_gpus_are_known_by_their_short_names(text: str, spec: GpuSpec, vertex_name: str) -> None:
    assert parse_gpu(text) == spec
    assert spec.vertex_name == vertex_name


@pytest.mark.parametrize(
    ("text", "vertex_name", "topology"),
    [("8xV3", "TPU_V3", None), ("16xv5e", None, "4x4"), ("256xV6E", None, "16x16")],
)
def test_old_tpus_have_a_name_and_new_ones_a_topology(
    text: str, vertex_name: str | None, topology: str | None
) -> None:
    spec = parse_tpu(text)
    assert (spec.vertex_name, spec.topology) == (vertex_name, topology)


def test_a_slice_that_doesnt_exist_has_no_topology() -> None:
    assert TpuSpec(7, "V5E").topology is None


@pytest.mark.parametrize(
    "text", ["", "V100", "8", "x", "8x", "xV100", "0xV100", "-1xV100", "8 x V100", "9999999xL4"]
)
def test_what_is_not_a_number_of_gpus_is_refused(text: str) -> None:
    with pytest.raises(UnsupportedAccelerator, match="how many GPUs of which kind"):
        parse_gpu(text)


@pytest.mark.parametrize(("kind", "end"), [("P100", "on 2026-09-15"), ("K80", "before 2025")])
def test_a_gpu_that_was_shut_down_is_told_with_its_end(kind: str, end: str) -> None:
    with pytest.raises(UnsupportedAccelerator, match=f"shut the {kind} down {end}") as refused:
        parse_gpu(f"2x{kind}")
    assert "2xL4" in str(refused.value.hint)


@pytest.mark.parametrize(("asked", "nearest"), [(1, 1), (3, 4), (8, 8), (16, 8)])
def test_what_is_named_in_its_place_can_be_had(asked: int, nearest: int) -> None:
    with pytest.raises(UnsupportedAccelerator) as refused:
        parse_gpu(f"{asked}xP100")
    assert str(refused.value.hint).startswith(f"{nearest}xL4 is the nearest today; ")


def test_an_unknown_kind_is_refused_with_the_nearest_and_all_there_are() -> None:
    with pytest.raises(UnsupportedAccelerator, match="did you mean V100") as refused:
        parse_gpu("1xV10")
    assert "L4" in str(refused.value.hint)
    with pytest.raises(UnsupportedAccelerator, match="no TPUs of type V9") as refused:
        parse_tpu("8xV9")
    assert "V2, V3, V5E, V6E" in str(refused.value.hint)


def test_a_kind_that_is_newer_than_the_tables_is_taken_unchecked() -> None:
    assert parse_gpu("2xr200", unchecked=True) == GpuSpec(2, "R200")
    assert parse_tpu("4xV9", unchecked=True) == TpuSpec(4, "V9")
