"""What every history promises, whether it lasts or ends with its process."""

from port_contracts.history_adopting import AdoptingContract
from port_contracts.history_enrolling import EnrollingContract
from port_contracts.history_recording import RecordingContract
from port_contracts.history_scene import (
    ENDS,
    ENROLMENT,
    FAILED,
    MANY,
    NOW,
    OPEN,
    OTHER_IMAGE,
    PLANNED,
    PROVENANCE,
    RUNNING,
    SPEC,
    SUCCEEDED,
    Unexpected,
    enroll,
    enroll_one,
    enroll_seeds,
    names_of,
    numbers_of,
    planned_by,
    recorded,
    seeded,
    seeds_of,
)
from port_contracts.history_showing import ShowingContract

__all__ = [
    "ENDS",
    "ENROLMENT",
    "FAILED",
    "MANY",
    "NOW",
    "OPEN",
    "OTHER_IMAGE",
    "PLANNED",
    "PROVENANCE",
    "RUNNING",
    "SPEC",
    "SUCCEEDED",
    "HistoryContract",
    "Unexpected",
    "enroll",
    "enroll_one",
    "enroll_seeds",
    "names_of",
    "numbers_of",
    "planned_by",
    "recorded",
    "seeded",
    "seeds_of",
]


class HistoryContract(EnrollingContract, AdoptingContract, RecordingContract, ShowingContract):
    """Subclasses have a fixture ``history``, which holds nothing at first."""
