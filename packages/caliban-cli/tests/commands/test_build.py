"""``caliban build`` prints an image's id, and only that."""

from pathlib import Path

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


def test_flags_of_other_commands_are_unknown(caliban: Caliban) -> None:
    finished = caliban("build", "--parallel", "2", "train.py", files={"train.py": ""})
    assert (finished.exit_code, finished.complaint) == (2, "caliban build has no flag --parallel")
