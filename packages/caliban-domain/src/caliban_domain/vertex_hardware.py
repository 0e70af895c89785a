"""What Vertex AI offers for training, as tables.

Read in 2026, before 2026-09-15, from the pages "Configure compute resources" and "Locations" of
Google's machine-learning documentation, with the end of support of the P100 (2026-09-15), T4 and P4
(both 2027-08-01) from the release notes of Compute Engine. Tables age: ``--force`` skips them.
"""

from collections.abc import Mapping
from typing import Final

VERTEX_GPU_NAMES: Final[Mapping[str, str]] = {
    "K80": "NVIDIA_TESLA_K80",
    "P4": "NVIDIA_TESLA_P4",
    "P100": "NVIDIA_TESLA_P100",
    "T4": "NVIDIA_TESLA_T4",
    "V100": "NVIDIA_TESLA_V100",
    "L4": "NVIDIA_L4",
    "RTX_PRO_6000": "NVIDIA_RTX_PRO_6000",
    "A100": "NVIDIA_TESLA_A100",
    "A100_80GB": "NVIDIA_A100_80GB",
    "H100": "NVIDIA_H100_80GB",
    "H100_MEGA": "NVIDIA_H100_MEGA_80GB",
    "H200": "NVIDIA_H200_141GB",
    "B200": "NVIDIA_B200",
    "GB200": "NVIDIA_GB200",
}
"""Each GPU by the name people use, from the smallest to the largest, and its name in the API."""

ENDED: Final[Mapping[str, str]] = {"K80": "before 2025", "P100": "on 2026-09-15"}
"""When GPUs that nobody can have any more were shut down."""

ENDING: Final[Mapping[str, str]] = {"P4": "on 2027-08-01", "T4": "on 2027-08-01"}
"""When GPUs that are still there will be shut down."""

RESERVED: Final = ("GB200",)
"""GPUs that Google gives only to those who have reserved them, on machines with Arm processors."""

_PLAIN_SIZES: Final[Mapping[str, tuple[int, ...]]] = {
    "e2-standard": (4, 8, 16, 32),
    "e2-highmem": (2, 4, 8, 16),
    "e2-highcpu": (16, 32),
    "n4-standard": (2, 4, 8, 16, 32, 48, 64, 80),
    "n4-highmem": (2, 4, 8, 16, 32, 48, 64, 80),
    "n4-highcpu": (2, 4, 8, 16, 32, 48, 64, 80),
    "n2-standard": (4, 8, 16, 32, 48, 64, 80),
    "n2-highmem": (2, 4, 8, 16, 32, 48, 64, 80),
    "n2-highcpu": (16, 32, 48, 64, 80),
    "c2-standard": (4, 8, 16, 30, 60),
    "m1-ultramem": (40, 80, 160),
    "m1-megamem": (96,),
}

PLAIN_MACHINES: Final = tuple(
    f"{family}-{size}" for family, sizes in _PLAIN_SIZES.items() for size in sizes
)
"""Machine types without a GPU."""

GPU_MACHINES: Final[Mapping[str, Mapping[str, tuple[int, ...]]]] = {
    "n1-standard-4": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (1, 2, 4, 8)},
    "n1-standard-8": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (1, 2, 4, 8)},
    "n1-standard-16": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (2, 4, 8)},
    "n1-standard-32": {"P4": (2, 4), "T4": (2, 4), "V100": (4, 8)},
    "n1-standard-64": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "n1-standard-96": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "n1-highmem-2": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (1, 2, 4, 8)},
    "n1-highmem-4": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (1, 2, 4, 8)},
    "n1-highmem-8": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (1, 2, 4, 8)},
    "n1-highmem-16": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (2, 4, 8)},
    "n1-highmem-32": {"P4": (2, 4), "T4": (2, 4), "V100": (4, 8)},
    "n1-highmem-64": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "n1-highmem-96": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "n1-highcpu-16": {"P4": (1, 2, 4), "T4": (1, 2, 4), "V100": (2, 4, 8)},
    "n1-highcpu-32": {"P4": (2, 4), "T4": (2, 4), "V100": (4, 8)},
    "n1-highcpu-64": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "n1-highcpu-96": {"P4": (4,), "T4": (4,), "V100": (8,)},
    "a4x-highgpu-4g": {"GB200": (4,)},
    "a4-highgpu-8g": {"B200": (8,)},
    "a3-ultragpu-8g": {"H200": (8,)},
    "a3-megagpu-8g": {"H100_MEGA": (8,)},
    "a3-highgpu-1g": {"H100": (1,)},
    "a3-highgpu-2g": {"H100": (2,)},
    "a3-highgpu-4g": {"H100": (4,)},
    "a3-highgpu-8g": {"H100": (8,)},
    "a2-ultragpu-1g": {"A100_80GB": (1,)},
    "a2-ultragpu-2g": {"A100_80GB": (2,)},
    "a2-ultragpu-4g": {"A100_80GB": (4,)},
    "a2-ultragpu-8g": {"A100_80GB": (8,)},
    "a2-highgpu-1g": {"A100": (1,)},
    "a2-highgpu-2g": {"A100": (2,)},
    "a2-highgpu-4g": {"A100": (4,)},
    "a2-highgpu-8g": {"A100": (8,)},
    "a2-megagpu-16g": {"A100": (16,)},
    "g2-standard-4": {"L4": (1,)},
    "g2-standard-8": {"L4": (1,)},
    "g2-standard-12": {"L4": (1,)},
    "g2-standard-16": {"L4": (1,)},
    "g2-standard-24": {"L4": (2,)},
    "g2-standard-32": {"L4": (1,)},
    "g2-standard-48": {"L4": (4,)},
    "g2-standard-96": {"L4": (8,)},
    "g4-standard-48": {"RTX_PRO_6000": (1,)},
    "g4-standard-96": {"RTX_PRO_6000": (2,)},
    "g4-standard-192": {"RTX_PRO_6000": (4,)},
    "g4-standard-384": {"RTX_PRO_6000": (8,)},
}
"""Machine types with GPUs: how many of which."""

REGIONS: Final = (
    "africa-south1", "asia-east1", "asia-east2", "asia-northeast1", "asia-northeast2",
    "asia-northeast3", "asia-south1", "asia-south2", "asia-southeast1", "asia-southeast2",
    "australia-southeast1", "australia-southeast2", "europe-central2", "europe-north1",
    "europe-north2", "europe-southwest1", "europe-west1", "europe-west2", "europe-west3",
    "europe-west4", "europe-west6", "europe-west8", "europe-west9", "europe-west12",
    "europe-west15", "me-central1", "me-central2", "me-west1", "northamerica-northeast1",
    "northamerica-northeast2", "southamerica-east1", "southamerica-west1", "us-central1",
    "us-east1", "us-east4", "us-east5", "us-south1", "us-west1", "us-west2", "us-west3", "us-west4",
    "us-west8",
)  # fmt: skip
"""Where custom jobs run."""

GPU_REGIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "P4": (
        "asia-southeast1",
        "australia-southeast1",
        "europe-west4",
        "northamerica-northeast1",
        "us-central1",
        "us-east4",
        "us-west2",
    ),
    "T4": (
        "asia-east1",
        "asia-east2",
        "asia-northeast1",
        "asia-northeast3",
        "asia-south1",
        "asia-southeast1",
        "asia-southeast2",
        "australia-southeast1",
        "europe-central2",
        "europe-west1",
        "europe-west2",
        "europe-west3",
        "europe-west4",
        "northamerica-northeast1",
        "southamerica-east1",
        "us-central1",
        "us-east1",
        "us-east4",
        "us-west1",
        "us-west2",
        "us-west4",
    ),
    "V100": ("asia-east1", "europe-west4", "us-central1", "us-east1", "us-west1"),
    "L4": (
        "asia-northeast3",
        "asia-south1",
        "asia-southeast1",
        "europe-west2",
        "europe-west4",
        "me-central2",
        "northamerica-northeast2",
        "us-central1",
        "us-east1",
        "us-east4",
        "us-west1",
    ),
    "RTX_PRO_6000": (
        "asia-south2",
        "asia-southeast1",
        "europe-west4",
        "us-central1",
        "us-east1",
        "us-east4",
    ),
    "A100": (
        "asia-northeast3",
        "asia-southeast1",
        "europe-west4",
        "me-west1",
        "us-central1",
        "us-east1",
        "us-west3",
        "us-west4",
    ),
    "A100_80GB": ("asia-southeast1", "europe-west4", "us-central1", "us-east4", "us-east5"),
    "H100": (
        "asia-northeast1",
        "asia-northeast3",
        "asia-south1",
        "asia-southeast1",
        "europe-west1",
        "europe-west2",
        "europe-west3",
        "europe-west4",
        "northamerica-northeast2",
        "us-central1",
        "us-east4",
        "us-east5",
        "us-west1",
        "us-west4",
    ),
    "H100_MEGA": (
        "asia-east1",
        "asia-northeast1",
        "asia-southeast1",
        "australia-southeast1",
        "europe-north1",
        "europe-west1",
        "europe-west3",
        "europe-west4",
        "us-central1",
        "us-east4",
        "us-east5",
        "us-west1",
        "us-west4",
    ),
    "H200": (
        "asia-south1",
        "asia-south2",
        "europe-west1",
        "europe-west4",
        "us-central1",
        "us-east4",
        "us-east5",
        "us-south1",
        "us-west1",
    ),
    "B200": (
        "asia-northeast1",
        "asia-southeast1",
        "europe-west4",
        "us-central1",
        "us-east1",
        "us-east4",
        "us-south1",
        "us-west2",
        "us-west3",
    ),
    "GB200": ("us-central1", "us-east4"),
}
