"""``caliban build`` prints an image's id, and only that."""

from pathlib import Path

import pytest

from caliban_domain.deep_learning_images import NAMES
from caliban_domain.images import JobMode

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252


def test_the_id_is_the_answer(caliban: Caliban, backstage: Backstage, project: Path) -> None:
    finished = caliban(
        "build", "--nogpu", "-d", "data", "train.py", files={"train.py": "", "data/": ""}
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == "sha256:0f6d8a3ddbee" + "0" * 52 + "\n"
    (spec,) = backstage.images.built
    assert (spec.project, spec.mode, spec.extra_dirs) == (str(project), JobMode.CPU, ("data",))


def test_an_image_for_gpus_is_built_where_there_are_none(
    caliban: Caliban, backstage: Backstage
) -> None:
    assert caliban("build", "train.py", files={"train.py": ""}).exit_code == 0
    assert backstage.images.built[0].mode is JobMode.GPU


def test_script_arguments_decide_nothing_about_an_image(
    caliban: Caliban, backstage: Backstage
) -> None:
    finished = caliban("build", "train.py", "--", "--lr", "1", files={"train.py": ""})
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == ("caliban build runs no script, so it takes no arguments for one")
    assert finished.hint
    assert backstage.images.built == []


def test_a_script_that_is_not_there_is_refused(caliban: Caliban, backstage: Backstage) -> None:
    finished = caliban("build", "train.py")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == "there is no file train.py in the project directory"
    assert backstage.images.built == []


def test_a_script_that_stays_out_of_the_image_is_refused(
    caliban: Caliban, backstage: Backstage
) -> None:
    files = {"trainer/train.py": "", ".dockerignore": "trainer\n"}
    finished = caliban("build", "trainer.train", files=files)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == (
        "trainer/train.py is to be run, and .dockerignore leaves it out of the image"
    )
    assert finished.hint == "add the line !trainer/train.py to .dockerignore"
    assert backstage.images.built == []
    files = {".dockerignore": "trainer\n!trainer/train.py\n"}
    assert caliban("build", "trainer.train", files=files).exit_code == 0


def test_flags_of_other_commands_are_unknown(caliban: Caliban) -> None:
    finished = caliban("build", "--parallel", "2", "train.py", files={"train.py": ""})
    assert (finished.exit_code, finished.complaint) == (2, "caliban build has no flag --parallel")


@pytest.mark.parametrize(
    ("config", "complaint"),
    [
        ("", ": is empty"),
        ("{", ":1:2: expecting property name enclosed in double quotes"),
        ("[]", ": expected one object of settings"),
        (
            '{"default_mode": "cpu",\n"default_mode": "gpu"}',
            ":2: the key 'default_mode' stands here again, first in line 1",
        ),
        (
            '{\n"default_mod": "cpu"}',
            ":2: key 'default_mod': is not a setting; did you mean 'default_mode'?",
        ),
        ('{"default_mode": "tpu"}', ':1: key \'default_mode\': must be "cpu" or "gpu"'),
        (
            '{"gcloud": {\n"project": "x"}}',
            ":2: key 'gcloud.project': is not a setting; did you mean 'project_id'?",
        ),
        (
            '{"build_time_credentials": 1}',
            ":1: key 'build_time_credentials': must be true or false",
        ),
        (
            '{"apt_packages": [\n"-y"]}',
            ":2: key 'apt_packages': '-y' is not the name of a Debian package, such as \"libsm6\"",
        ),
        (
            '{"base_image": "dlvm:tf-{}-1.15"}',
            (
                ":1: key 'base_image': there is no Deep Learning image 'dlvm:tf-cpu-1.15' "
                f"any more; there are {', '.join(NAMES)}"
            ),
        ),
    ],
)
def test_a_broken_config_is_told_in_one_line_and_nothing_is_built(
    caliban: Caliban, backstage: Backstage, config: str, complaint: str
) -> None:
    files = {"train.py": "", ".calibanconfig.json": config}
    finished = caliban("build", "--nogpu", "train.py", files=files)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint == f".calibanconfig.json{complaint}"
    assert backstage.images.built == []


def test_a_base_image_for_the_other_mode_alone_builds_nothing(
    caliban: Caliban, backstage: Backstage
) -> None:
    files = {"train.py": "", ".calibanconfig.json": '{"base_image": {"cpu": "x"}}'}
    finished = caliban("build", "train.py", files=files)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert "key 'base_image': has no image for 'gpu'" in finished.complaint
    assert backstage.images.built == []


def test_a_base_image_is_built_by_name(caliban: Caliban, backstage: Backstage) -> None:
    finished = caliban("build", "--base", "cpu-py312", "--upon", "mirror/python:3.12-slim")
    assert (finished.exit_code, finished.stdout) == (0, "caliban-base:cpu-py312\n")
    assert backstage.bases == [("cpu-py312", "mirror/python:3.12-slim")]
    assert backstage.images.built == []


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "caliban build needs the module that the image is for, or --base with a name"),
        (("--upon", "x", "train.py"), "--upon is for base images"),
        (
            ("--base", "cpu-py312", "train.py"),
            "--base builds an image without code, so neither a module nor --dir belong to it",
        ),
        (
            ("--base", "cpu-py312", "--upon", "a b"),
            "--upon: 'a b' is not an image's name, such as \"python:3.12-slim\"",
        ),
    ],
)
def test_what_fits_neither_kind_of_image_is_refused(
    caliban: Caliban, backstage: Backstage, words: tuple[str, ...], complaint: str
) -> None:
    finished = caliban("build", *words, files={"train.py": ""})
    assert (finished.exit_code, finished.stdout, finished.complaint) == (2, "", complaint)
    assert backstage.bases == []
