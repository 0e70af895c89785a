"""How Jupyter is installed, started and opened."""

import pytest

from caliban_adapters.jupyter.server import Server, package
from caliban_domain.errors import UsageError

TOKEN = "t0ken"  # noqa: S105
NOTEBOOK = Server(lab=False, port=8889, token=TOKEN)


def test_it_is_started_on_its_port_without_its_token() -> None:
    assert NOTEBOOK.command == (
        *("jupyter", "notebook", "--no-browser", "--allow-root", "--ip=0.0.0.0", "--port=8889"),
        "--ServerApp.port_retries=0",
    )
    assert NOTEBOOK.environment == {"JUPYTER_TOKEN": "t0ken"}


def test_it_is_opened_with_its_token() -> None:
    assert NOTEBOOK.url == "http://127.0.0.1:8889/tree?token=t0ken"
    lab = Server(lab=True, port=8888, token=TOKEN)
    assert lab.url == "http://127.0.0.1:8888/lab?token=t0ken"
    assert lab.command[:2] == ("jupyter", "lab")


@pytest.mark.parametrize("version", ["7", "4.2.5", "4.*", "4.3.0b1", "7.0.0rc2", "4.2.post1"])
def test_a_version_is_required_exactly(version: str) -> None:
    assert package(lab=True, version=version) == f"jupyterlab=={version}"
    assert package(lab=False, version=version) == f"notebook=={version}"


def test_without_a_version_any_will_do() -> None:
    assert package(lab=False, version=None) == "notebook"


@pytest.mark.parametrize("version", ["", "newest", ">=4", "4 --index-url x", "-4", "4\n5", "*"])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(UsageError, match="is not a version"):
        package(lab=True, version=version)
