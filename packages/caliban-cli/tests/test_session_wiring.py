"""Shells and notebooks: what their containers see."""

from pathlib import Path

import pytest

from caliban_adapters.gcp.credentials import Credentials
from caliban_cli import session_wiring, wiring
from caliban_cli.environment import read_environment


@pytest.mark.parametrize("wants_home", [True, False])
def test_a_session_has_the_project_and_unless_it_is_bare_the_home(
    project: Path, home: Path, *, wants_home: bool
) -> None:
    environment = read_environment()
    settings = wiring.container_settings(environment, (), Credentials(), gpus=False, run_args=())
    folders = session_wiring.with_folders(settings, environment, home=wants_home)
    mounted = {mount.target: mount.source for mount in folders.mounts}
    assert mounted.pop("/usr/app") == str(project)
    assert mounted == ({"/home/totoro": str(home)} if wants_home else {})
    assert folders.environment.get("HOME") == ("/home/totoro" if wants_home else None)


def test_no_two_servers_have_one_token() -> None:
    tokens = {session_wiring.jupyter_server(lab=True, port=8888).token for _ in range(3)}
    assert len(tokens) == 3
