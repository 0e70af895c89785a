"""``caliban notebook``, opened in a browser."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from browser import Browser
from workplace import Workplace, docker

pytestmark = pytest.mark.integration

_PATIENCE = 60
_LONG_ENOUGH = 2  # seconds, for a cell to run
_CELL = """\
import json, os; key = json.load(open(os.environ['GOOGLE_APPLICATION_CREDENTIALS']))
print(6 * 7, os.getcwd(), key['type'])"""
_NOTEBOOK = {
    "cells": [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": "first",
            "metadata": {},
            "outputs": [],
            "source": _CELL,
        }
    ],
    "metadata": {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}
    },
    "nbformat": 4,
    "nbformat_minor": 5,
}
_EDITOR = ".jp-CodeCell .cm-content"
# Whoever is quicker than the kernel is asked which one to use.
_PRINTED = """
document.querySelector('.jp-Dialog button.jp-mod-accept')?.click(),
document.querySelector('.jp-OutputArea-output')?.innerText
"""


@contextmanager
def served(workplace: Workplace, log: Path, *words: str) -> Iterator[tuple[str, str]]:
    """A notebook server: its address, and the id of its container. Ctrl-C ends it cleanly."""
    label = f"io.caliban.test={workplace.project}"
    mine = ("ps", "--all", "--quiet", "--filter", f"label={label}")
    with log.open("w") as stderr:
        process = workplace.start(
            *("notebook", "--nogpu", "--docker_run_args", f"--label {label}", *words),
            stderr=stderr,
        )
    with process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            assert url.startswith("http://127.0.0.1:"), log.read_text()
            yield url, docker(*mine).strip()
        finally:
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(timeout=_PATIENCE) == 130
            finally:
                process.kill()
    assert docker(*mine) == ""


def test_a_cell_runs_in_the_browser_and_ctrl_c_ends_it(workplace: Workplace) -> None:
    workplace.write(
        {"first.ipynb": json.dumps(_NOTEBOOK), "key.json": '{"type": "service_account"}'}
    )
    log = workplace.home / "log"
    with served(workplace, log, "--cloud_key", "key.json") as (url, container):
        token = url.partition("token=")[2]
        assert token not in docker("inspect", "--format", "{{.Config.Cmd}}", container)
        page = url.replace("/tree?", "/notebooks/first.ipynb?")
        with Browser(workplace.home / "profile", page) as browser:

            def run_the_cell() -> None:
                # Until the notebook has its kernel, its cells are drawn anew and forget the key.
                browser.evaluate(f"document.querySelector('{_EDITOR}')?.focus()")
                browser.press_shift_enter()
                time.sleep(_LONG_ENOUGH)

            printed = browser.act_until(_PRINTED, run_the_cell)
    assert printed.strip() == "42 /usr/app service_account"
    assert token not in log.read_text()


def test_the_lab_answers_on_the_port_that_is_wanted(workplace: Workplace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    log = workplace.home / "log"
    flags = ("--lab", "--bare", "--jupyter_version", "4.*", "--port", str(port))
    with served(workplace, log, *flags) as (url, container):
        assert url.startswith(f"http://127.0.0.1:{port}/lab?token=")
        with Browser(workplace.home / "profile", url) as browser:
            browser.await_value("document.querySelector('.jp-Launcher, .jp-DirListing') !== null")
        mounts = docker("inspect", "--format", "{{json .Mounts}}", container)
        assert [mount["Destination"] for mount in json.loads(mounts)] == ["/usr/app"]


def test_a_port_that_is_taken_is_one_clear_line_before_anything_is_built(
    workplace: Workplace,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        finished = workplace.caliban("notebook", "--nogpu", "--port", str(port)).expect(2)
    complaint, hint = finished.stderr.splitlines()
    assert complaint == f"caliban: --port {port} can't be used: another program uses it"
    assert hint.startswith("hint: ")
    assert finished.stdout == ""


def test_a_version_that_does_not_exist_is_a_failed_build(workplace: Workplace) -> None:
    finished = workplace.caliban("notebook", "--nogpu", "--jupyter_version", "0.0.1").expect(4)
    assert "notebook==0.0.1" in finished.stderr
    assert finished.stdout == ""
