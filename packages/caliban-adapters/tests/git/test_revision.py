"""Telling which commit a project is at."""

import subprocess
from pathlib import Path

import pytest

from caliban_adapters.git.revision import revision
from caliban_domain.provenance import Revision


def git(folder: Path, *words: str) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.com")
    command = ["git", "-C", str(folder), *identity, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "train.py").write_text("")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "first")
    return tmp_path


def test_a_clean_project_is_at_its_commit(repository: Path) -> None:
    assert revision(str(repository)) == Revision(
        commit=git(repository, "rev-parse", "HEAD"), dirty=False
    )


def test_an_edit_or_a_new_file_makes_it_dirty(repository: Path) -> None:
    (repository / "new.py").write_text("")
    found = revision(str(repository))
    assert found is not None
    assert found.dirty


def test_what_lies_outside_of_the_project_does_not_count(repository: Path) -> None:
    project = repository / "project"
    project.mkdir()
    (repository / "elsewhere.py").write_text("")
    found = revision(str(project))
    assert found is not None
    assert not found.dirty


def test_without_a_repository_or_a_commit_or_git_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert revision(str(tmp_path)) is None
    git(tmp_path, "init", "--quiet")
    assert revision(str(tmp_path)) is None
    monkeypatch.setenv("PATH", "")
    assert revision(str(tmp_path)) is None


def test_the_hash_of_the_diff_tells_edits_apart(repository: Path) -> None:
    def diff_of(text: str) -> str | None:
        (repository / "train.py").write_text(text)
        found = revision(str(repository))
        assert found is not None
        return found.diff

    one, other = diff_of("print(1)\n"), diff_of("print(2)\n")
    assert one is not None
    assert len(one) == 64
    assert one != other
    git(repository, "config", "color.ui", "always")
    git(repository, "config", "diff.external", "false")
    assert diff_of("print(1)\n") == one
    assert diff_of("") is None


def test_a_new_file_is_no_part_of_the_diff(repository: Path) -> None:
    (repository / "new.py").write_text("")
    found = revision(str(repository))
    assert found is not None
    assert (found.dirty, found.diff) == (True, None)
