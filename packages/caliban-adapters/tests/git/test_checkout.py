"""A project as it was, taken from a real repository."""

import subprocess
from pathlib import Path

import pytest

from caliban_adapters.git.checkout import checked_out
from caliban_domain.errors import UsageError


def git(directory: Path, *words: str) -> str:
    settings = ("-c", "user.name=totoro", "-c", "user.email=totoro@example.org")
    command = ["git", "-C", str(directory), *settings, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(repository: Path, name: str, text: str) -> str:
    path = repository / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    git(repository, "add", ".")
    git(repository, "commit", "-m", name)
    return git(repository, "rev-parse", "HEAD")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "repository")
    return tmp_path / "repository"


def test_files_are_as_the_commit_holds_them(repository: Path) -> None:
    old = commit(repository, "train.py", "old")
    commit(repository, "train.py", "new")
    with checked_out(str(repository), old) as folder:
        assert (folder / "train.py").read_text() == "old"
        assert not (folder / ".git").exists()
    assert not folder.exists()
    assert (repository / "train.py").read_text() == "new"


def test_of_a_project_below_the_top_it_is_the_project_alone(repository: Path) -> None:
    (repository / "top.txt").write_text("top")
    this = commit(repository, "project/train.py", "code")
    with checked_out(str(repository / "project"), this) as folder:
        assert [path.name for path in folder.iterdir()] == ["train.py"]


def test_links_that_lead_out_of_the_project_are_as_they_were(repository: Path) -> None:
    (repository / "data").symlink_to("/mnt/data")
    (repository / "shared").symlink_to("../shared")
    this = commit(repository, "train.py", "code")
    with checked_out(str(repository), this) as folder:
        assert (folder / "data").readlink() == Path("/mnt/data")
        assert (folder / "shared").readlink() == Path("../shared")


def test_a_commit_that_is_not_there_is_told(repository: Path) -> None:
    commit(repository, "train.py", "code")
    with (
        pytest.raises(UsageError, match="commit 4c4c4c4c4c4c isn't to be had in"),
        checked_out(str(repository), "4c" * 20),
    ):
        pass


def test_a_directory_that_is_gone_has_no_commits(tmp_path: Path) -> None:
    with (
        pytest.raises(UsageError, match="isn't to be had"),
        checked_out(str(tmp_path / "gone"), "4c" * 20),
    ):
        pass
