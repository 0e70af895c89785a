"""Google's Deep Learning container images, under the short names ``dlvm:...``."""

from collections.abc import Mapping
from typing import Final

PREFIX: Final = "dlvm:"
_REGISTRY: Final = "us-docker.pkg.dev/deeplearning-platform-release/gcr.io"

# Names seen in use from 2024 to 2026; those of TensorFlow 1 and PyTorch 1 are gone.
_IMAGES: Final[Mapping[str, str]] = {
    "base-cpu": "base-cpu.py310",
    "base-gpu": "base-cu124.py310",
    "pytorch-gpu": "pytorch-cu124.2-4.py310",
    "pytorch-gpu-2.2": "pytorch-cu121.2-2.py310",
    "pytorch-gpu-2.3": "pytorch-cu121.2-3.py310",
    "pytorch-gpu-2.4": "pytorch-cu124.2-4.py310",
    "tf2-gpu": "tf2-gpu.2-12.py310",
    "tf2-gpu-2.12": "tf2-gpu.2-12.py310",
}

NAMES: Final = tuple(f"{PREFIX}{name}" for name in _IMAGES)
"""All short names, in the order of their frameworks and versions."""


def full_name(name: str) -> str | None:
    """The image that ``dlvm:...`` stands for; None where there is none of this name."""
    image = _IMAGES.get(name.removeprefix(PREFIX))
    return image and f"{_REGISTRY}/{image}"
