"""Which base images a matrix stands for."""

import pytest

from caliban_domain.base_images import BaseImage, chosen, read_matrix
from caliban_domain.errors import UsageError

MATRIX = """\
python = ["3.11", "3.12"]
[upon]
cpu = "python:{python}-slim"
gpu-cuda129 = "nvidia/cuda:12.9.1-runtime-ubuntu24.04"
"""


def test_each_python_is_put_upon_each_image() -> None:
    images = read_matrix(MATRIX)
    names = ["cpu-py311", "cpu-py312", "gpu-cuda129-py311", "gpu-cuda129-py312"]
    assert [image.name for image in images] == names
    assert images[0] == BaseImage(name="cpu-py311", python="3.11", upon="python:3.11-slim")
    assert images[3].upon == "nvidia/cuda:12.9.1-runtime-ubuntu24.04"


def test_an_image_says_how_it_is_built_and_called() -> None:
    image = chosen(read_matrix(MATRIX), "cpu-py312")
    assert image.tag == "caliban-base:cpu-py312"
    assert image.build_args == {"UPON": "python:3.12-slim", "PYTHON": "3.12"}


@pytest.mark.parametrize(
    ("name", "advice"), [("cpu-py3.12", "; did you mean cpu-py312?"), ("x", ""), ("", "")]
)
def test_an_unknown_name_is_refused_with_those_there_are(name: str, advice: str) -> None:
    with pytest.raises(UsageError) as caught:
        chosen(read_matrix(MATRIX), name)
    assert str(caught.value) == f"there is no base image {name!r}{advice}"
    assert caught.value.hint == (
        "there are cpu-py311, cpu-py312, gpu-cuda129-py311, gpu-cuda129-py312"
    )
