"""A base image that caliban has built is one that it builds upon."""

import pytest

from workplace import BASE_IMAGE, Workplace, docker

pytestmark = pytest.mark.integration


def test_a_project_runs_upon_a_base_image_of_ours(workplace: Workplace) -> None:
    version = docker("run", "--rm", BASE_IMAGE, "python3", "--version").split()[1]
    python = version.rpartition(".")[0]
    name = f"cpu-py{python.replace('.', '')}"
    built = workplace.caliban("build", "--base", name, "--upon", BASE_IMAGE).expect(0)
    assert built.stdout == f"caliban-base:{name}\n"
    workplace.write(
        {
            "version.py": "import platform, six; print(platform.python_version())",
            "requirements.txt": "six\n",
            ".calibanconfig.json": f'{{"base_image": "caliban-base:{name}"}}',
        }
    )
    finished = workplace.caliban("run", "--nogpu", "version.py").expect(0)
    assert finished.stdout == f"{version}\n"
    docker("image", "rm", "--force", f"caliban-base:{name}")
