"""Digests that are remembered: when they are believed, and that forgetting only costs time."""

import os
from pathlib import Path

import pytest

from caliban_adapters.docker.content_index import ContentIndex, Found, facts, is_below

YEARS_AHEAD_NS = 4 * 10**18


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project/b").mkdir(parents=True)
    (tmp_path / "project/a").write_text("a")
    (tmp_path / "project/b/c").write_text("c")
    return tmp_path / "project"


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files made a moment ago aren't trusted, and nobody can set the time of an inode's change."""
    monkeypatch.setattr("time.time_ns", lambda: YEARS_AHEAD_NS)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are opened for their content."""
    opened: list[str] = []
    really = Path.open

    def spy(path: Path, *args: object, **options: object) -> object:
        if args == ("rb",):
            opened.append(path.name)
        return really(path, *args, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", spy)
    return opened


def tree(project: Path) -> list[Found]:
    return sorted(
        (str(path.relative_to(project)), "f", facts(path.lstat()))
        for path in project.rglob("*")
        if path.is_file()
    )


def digest(project: Path, cache: Path, *tops: str) -> str:
    index = ContentIndex(cache, str(project))
    found = [one for one in tree(project) if not tops or one[0] in tops or is_below(one[0], tops)]
    return index.digest(found, tops=tops or ("",))


@pytest.mark.usefixtures("later")
def test_what_has_not_changed_is_not_read_again(
    project: Path, tmp_path: Path, reads: list[str]
) -> None:
    before = digest(project, tmp_path / "cache")
    assert reads == ["a", "c"]
    assert digest(project, tmp_path / "cache") == before
    assert reads == ["a", "c"]


@pytest.mark.usefixtures("later")
def test_only_what_has_changed_is_read_again(
    project: Path, tmp_path: Path, reads: list[str]
) -> None:
    before = digest(project, tmp_path / "cache")
    (project / "b/c").write_text("another")
    assert digest(project, tmp_path / "cache") != before
    assert reads == ["a", "c", "c"]


@pytest.mark.usefixtures("later")
def test_a_change_that_keeps_size_and_time_is_seen(project: Path, tmp_path: Path) -> None:
    before = digest(project, tmp_path / "cache")
    times = (project / "a").stat()
    (project / "a").write_text("z")
    os.utime(project / "a", ns=(times.st_atime_ns, times.st_mtime_ns))
    assert digest(project, tmp_path / "cache") != before


@pytest.mark.usefixtures("later")
def test_another_file_under_the_same_name_is_seen(project: Path, tmp_path: Path) -> None:
    before = digest(project, tmp_path / "cache")
    (tmp_path / "other").write_text("z")
    (tmp_path / "other").rename(project / "a")
    assert digest(project, tmp_path / "cache") != before


def test_a_file_that_changed_a_moment_ago_is_not_trusted(
    project: Path, tmp_path: Path, reads: list[str]
) -> None:
    digest(project, tmp_path / "cache")
    digest(project, tmp_path / "cache")
    assert reads == ["a", "c", "a", "c"]


@pytest.mark.usefixtures("later")
def test_parts_of_a_project_do_not_forget_each_other(
    project: Path, tmp_path: Path, reads: list[str]
) -> None:
    cache = tmp_path / "cache"
    digest(project, cache, "a")
    digest(project, cache, "b")
    digest(project, cache)
    assert reads == ["a", "c"]


@pytest.mark.usefixtures("later")
def test_files_that_are_gone_are_forgotten(project: Path, tmp_path: Path) -> None:
    digest(project, tmp_path / "cache")
    (project / "a").unlink()
    digest(project, tmp_path / "cache")
    (kept,) = (tmp_path / "cache/contents").iterdir()
    assert '"a"' not in kept.read_text()
    assert '"b/c"' in kept.read_text()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]\n[]", b"null\nnull", b'{}\n{"a": 7}', b'{"x":', b"\xff\n\xff", b"\0"],
)
@pytest.mark.usefixtures("later")
def test_a_broken_index_only_costs_time(project: Path, tmp_path: Path, content: bytes) -> None:
    before = digest(project, tmp_path / "cache")
    (kept,) = (tmp_path / "cache/contents").iterdir()
    kept.write_bytes(content)
    assert digest(project, tmp_path / "cache") == before
    assert digest(project, tmp_path / "cache") == before


@pytest.mark.usefixtures("later")
def test_an_index_that_cannot_be_kept_only_costs_time(project: Path, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    assert digest(project, tmp_path / "a file") == digest(project, tmp_path / "cache")


@pytest.mark.usefixtures("later")
def test_nothing_is_left_beside_the_index(project: Path, tmp_path: Path) -> None:
    digest(project, tmp_path / "cache")
    assert [path.suffix for path in (tmp_path / "cache/contents").iterdir()] == [".json"]


def test_a_file_that_cannot_be_read_is_an_error_with_its_name(
    project: Path, tmp_path: Path
) -> None:
    found = tree(project)
    (project / "a").unlink()
    with pytest.raises(FileNotFoundError, match="a"):
        ContentIndex(tmp_path / "cache", str(project)).digest(found, tops=("",))


@pytest.mark.parametrize(
    ("path", "parents", "expected"),
    [
        ("a/b/c", {"a"}, True),
        ("a/b/c", {"a/b"}, True),
        ("a", {"a"}, False),
        ("ab", {"a"}, False),
        ("a", {""}, True),
        ("", {""}, False),
        ("a/b", set(), False),
    ],
)
def test_below_is_deeper_in_the_same_directory(
    path: str, parents: set[str], *, expected: bool
) -> None:
    assert is_below(path, parents) is expected
