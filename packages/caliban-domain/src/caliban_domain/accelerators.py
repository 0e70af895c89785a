"""GPUs and TPUs as a person asks for them: ``8xV100``, ``4xL4``, ``8xV3``, ``16xV5E``."""

import difflib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from caliban_domain.errors import UnsupportedAccelerator
from caliban_domain.vertex_hardware import (
    ENDED,
    GPU_MACHINES,
    VERTEX_GPU_NAMES,
)
from caliban_domain.vertex_tpus import TPU_MACHINES, TPU_REGIONS

GPUS: Final = tuple(name for name in VERTEX_GPU_NAMES if name not in ENDED)
"""The GPUs that can be had, from the smallest to the largest."""

TPUS: Final = tuple(TPU_REGIONS)
"""The TPU generations that can be had, oldest first."""

_SPEC: Final = re.compile(r"(?P<count>\d+)x(?P<kind>\w+)", re.ASCII)
_LONGEST_COUNT: Final = 6  # digits


@dataclass(frozen=True, slots=True)
class GpuSpec:
    """A number (1 or more) of GPUs of one kind, by the name that people use."""

    count: int
    kind: str

    def __str__(self) -> str:
        return f"{self.count}x{self.kind}"

    @property
    def vertex_name(self) -> str:
        """The name of the GPU in Vertex AI's interface; one we don't know is taken to be that."""
        return VERTEX_GPU_NAMES.get(self.kind, self.kind)


@dataclass(frozen=True, slots=True)
class TpuSpec:
    """A number of TPUs: of cores for V2 and V3, of chips for the later generations."""

    count: int
    kind: str

    def __str__(self) -> str:
        return f"{self.count}x{self.kind}"

    @property
    def vertex_name(self) -> str | None:
        """The name in Vertex AI's interface; the later generations go by machine type instead."""
        return None if self.kind in TPU_MACHINES else f"TPU_{self.kind}"

    @property
    def topology(self) -> str | None:
        """How that many chips are wired, such as ``4x4``; None where there is no such slice."""
        shapes = TPU_MACHINES.get(self.kind, {}).values()
        return next(
            (shape for all_ in shapes for shape in all_ if chips(shape) == self.count), None
        )


def chips(topology: str) -> int:
    """How many chips a topology wires: ``4x8`` has 32."""
    return math.prod(int(side) for side in topology.split("x"))


def parse_gpu(text: str, *, unchecked: bool = False) -> GpuSpec:
    """``8xV100`` as a GpuSpec. Raises UnsupportedAccelerator for what isn't or can't be had.

    ``unchecked`` takes any kind.
    """
    count, kind = _parts(text, "GPUs")
    if not unchecked:
        _check(count, kind, "GPUs", GPUS)
    return GpuSpec(count, kind)


def parse_tpu(text: str, *, unchecked: bool = False) -> TpuSpec:
    """``8xV3`` as a TpuSpec. Raises UnsupportedAccelerator for what isn't one.

    ``unchecked`` takes any kind.
    """
    count, kind = _parts(text, "TPUs")
    if not unchecked:
        _check(count, kind, "TPUs", TPUS)
    return TpuSpec(count, kind)


def _parts(text: str, what: str) -> tuple[int, str]:
    example = f"{'2xL4' if what == 'GPUs' else '8xV3'}"
    written = _SPEC.fullmatch(text)
    if not written or len(written["count"]) > _LONGEST_COUNT or not int(written["count"]):
        raise UnsupportedAccelerator(
            f"{text!r} doesn't say how many {what} of which kind",
            hint=f"write a number of 1 or more, an x and the kind, such as {example}",
        )
    return int(written["count"]), written["kind"].upper()


def _check(count: int, kind: str, what: str, known: Sequence[str]) -> None:
    ended = ENDED if what == "GPUs" else ()
    if kind in ended:
        raise UnsupportedAccelerator(
            f"Google shut the {kind} down {ENDED[kind]}",
            hint=f"{_nearest(count, 'L4')} is the nearest today; there are {', '.join(known)}",
        )
    if kind not in known:
        near = difflib.get_close_matches(kind, known, n=1)
        raise UnsupportedAccelerator(
            f"there are no {what} of type {kind}" + (f"; did you mean {near[0]}?" if near else ""),
            hint=f"there are {', '.join(known)}",
        )


def _nearest(count: int, kind: str) -> GpuSpec:
    """So many GPUs of a kind as a machine has: no fewer than asked for, where there are."""
    counts = sorted({each for gpus in GPU_MACHINES.values() for each in gpus.get(kind, ())})
    return GpuSpec(next((each for each in counts if each >= count), counts[-1]), kind)
