"""Which TPUs Vertex AI offers for training, as tables; read with those of ``vertex_hardware``."""

from collections.abc import Mapping
from typing import Final

TPU_REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "V2": ("asia-east1", "europe-west4", "us-central1"),
    "V3": ("europe-west4", "us-central1"),
    "V5E": ("us-central1", "us-east1", "us-west1", "us-west4"),
    "V6E": (
        "asia-northeast1",
        "europe-west4",
        "southamerica-west1",
        "us-central1",
        "us-east1",
        "us-east5",
        "us-south1",
    ),
}

TPU_POD_REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "V2": ("europe-west4", "us-central1"),
    "V3": ("europe-west4",),
}
"""Where more than eight cores of the older TPUs are, which then are a pod."""

TPU_MACHINES: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "V5E": {
        "ct5lp-hightpu-1t": ("1x1",),
        "ct5lp-hightpu-4t": ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"),
        "ct5lp-hightpu-8t": ("2x4",),
    },
    "V6E": {
        "ct6e-standard-1t": ("1x1",),
        "ct6e-standard-4t": ("2x2", "2x4", "4x4", "4x8", "8x8", "8x16", "16x16"),
        "ct6e-standard-8t": ("2x4",),
    },
}
"""The machine types of the newer TPUs, and the topologies of chips that each can be part of."""
