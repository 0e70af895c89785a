"""``caliban notebook`` but for Jupyter itself, which integration/test_notebook.py opens."""

from pathlib import Path

import pytest

from ..backstage import Backstage  # noqa: TID252
from ..conftest import Caliban  # noqa: TID252


@pytest.mark.parametrize(
    ("flags", "package", "page"),
    [
        ((), "notebook", "tree"),
        (("--lab",), "jupyterlab", "lab"),
        (("--jupyter_version", "7.2.1"), "notebook==7.2.1", "tree"),
        (("--lab", "-jv", "4.*"), "jupyterlab==4.*", "lab"),
    ],
)
def test_jupyter_is_installed_as_asked_for_and_its_page_is_the_answer(
    caliban: Caliban, backstage: Backstage, flags: tuple[str, ...], package: str, page: str
) -> None:
    finished = caliban("notebook", "--nogpu", *flags)
    assert finished.exit_code == 0
    assert backstage.images.built[0].packages == (package,)
    (opened,) = backstage.sessions.opened
    assert opened.server
    assert finished.stdout == f"http://127.0.0.1:8888/{page}?token={opened.server.token}\n"
    assert backstage.sessions.journal == ["begins", "answers"]


def test_the_token_stands_in_no_command_line(caliban: Caliban, backstage: Backstage) -> None:
    caliban("notebook", "--nogpu")
    (opened,) = backstage.sessions.opened
    assert opened.server
    assert opened.server.token not in f"{opened.settings} {opened.server.command}"


def test_the_port_is_the_one_that_is_wanted(caliban: Caliban, backstage: Backstage) -> None:
    assert "127.0.0.1:9000/" in caliban("notebook", "--nogpu", "-p", "9000").stdout
    (opened,) = backstage.sessions.opened
    assert opened.server
    assert "--port=9000" in opened.server.command


def test_where_another_program_was_quicker_the_next_port_is_taken(
    caliban: Caliban, backstage: Backstage
) -> None:
    backstage.sessions.too_late = 2
    assert caliban("notebook", "--nogpu").stdout.startswith("http://127.0.0.1:8890/")
    assert len(backstage.sessions.opened) == 3
    assert len(backstage.images.built) == 1


@pytest.mark.parametrize("bare", [True, False])
def test_the_home_with_its_settings_is_there_unless_it_is_bare(
    caliban: Caliban, backstage: Backstage, project: Path, home: Path, *, bare: bool
) -> None:
    caliban("notebook", "--nogpu", *(["--bare"] if bare else []))
    sources = [mount.source for mount in backstage.sessions.opened[0].settings.mounts]
    assert sources == [str(project), *([] if bare else [str(home)])]


def test_a_jupyter_that_fails_is_a_failure(caliban: Caliban, backstage: Backstage) -> None:
    backstage.sessions.exit_code = 1
    finished = caliban("notebook", "--nogpu")
    assert finished.exit_code == 5
    assert finished.stderr.endswith("caliban: Jupyter failed with exit code 1\n")


@pytest.mark.parametrize(
    "flags",
    [
        ("--jupyter_version", "newest"),
        ("--port", "http"),
        ("--cloud_key", "nothing.json"),
        ("module",),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(
    caliban: Caliban, backstage: Backstage, flags: tuple[str, ...]
) -> None:
    finished = caliban("notebook", "--nogpu", *flags)
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.complaint
    assert (backstage.images.built, backstage.sessions.opened) == ([], [])
