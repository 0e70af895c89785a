"""What an image takes from a project, and when the digest of that changes."""

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.docker.context import read_context, require_in_context
from caliban_adapters.docker.dockerignore import parse
from caliban_domain.errors import ImageBuildFailed, UsageError
from caliban_domain.images import ImageSpec, JobMode

NOBODY = 65534


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("train.py", "trainer/model.py", "data/big.bin", ".git/HEAD", "empty/x"):
        write(folder, {name: ""})
    (folder / "empty/x").unlink()
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def spec(project: Path, folder: str = ".", *extra_dirs: str) -> ImageSpec:
    return ImageSpec(
        project=str(project),
        mode=JobMode.CPU,
        base_image="base",
        folder=folder,
        extra_dirs=extra_dirs,
    )


def paths(asked: ImageSpec, cache: Path) -> list[str]:
    return list(read_context(asked, cache).paths)


@pytest.mark.parametrize(
    ("rules", "file"),
    [("*.py", "train.py"), ("trainer", "trainer/model.py"), ("**/model*", "trainer/model.py")],
)
def test_a_file_that_stays_out_is_refused_where_it_is_needed(
    project: Path, rules: str, file: str
) -> None:
    require_in_context(spec(project), file)
    write(project, {".dockerignore": rules})
    with pytest.raises(UsageError) as refused:
        require_in_context(spec(project), file)
    assert refused.value.hint == f"add the line !{file} to .dockerignore"
    write(project, {".dockerignore": f"{rules}\n!{file}"})
    require_in_context(spec(project), file)


def test_what_is_withheld_is_not_taken_whatever_the_rules_say(project: Path, cache: Path) -> None:
    write(project, {"keys/mine.json": "", "gcloud/legacy/adc.json": "", ".dockerignore": "!keys"})
    (project / "link").symlink_to("keys/mine.json")
    withheld = (project / "link", project / "gcloud", project, project.parent / "elsewhere")
    taken = read_context(spec(project), cache, withheld).paths
    assert "keys" in taken
    assert "trainer/model.py" in taken
    assert not {"keys/mine.json", "gcloud", "gcloud/legacy/adc.json"} & set(taken)


def test_default_credentials_are_not_taken_wherever_they_are(project: Path, cache: Path) -> None:
    name = "application_default_credentials.json"
    write(project, {name: "", f"trainer/{name}": ""})
    assert not [path for path in paths(spec(project), cache) if name in path]


def test_without_a_folder_only_what_is_named_is_taken(project: Path, cache: Path) -> None:
    write(project, {"requirements.txt": ""})
    asked = replace(spec(project), folder=None)
    assert paths(asked, cache) == []
    assert paths(replace(asked, requirements=("requirements.txt",)), cache) == ["requirements.txt"]


def test_everything_is_taken_but_history_bytecode_and_settings(project: Path, cache: Path) -> None:
    write(
        project, {"trainer/__pycache__/model.pyc": "", "module/.git": "", ".calibanconfig.json": ""}
    )
    assert paths(spec(project), cache) == [
        *("data", "data/big.bin", "empty", "module", "train.py", "trainer", "trainer/model.py"),
    ]


def test_no_exception_brings_these_back(project: Path, cache: Path) -> None:
    write(project, {".dockerignore": "*\n!**\n", ".calibanconfig.json": ""})
    assert {".git", ".git/HEAD", ".calibanconfig.json"}.isdisjoint(paths(spec(project), cache))


def test_only_the_folder_and_the_extra_directories_are_taken(project: Path, cache: Path) -> None:
    write(project, {"models/stored/m.bin": "", "models/other": ""})
    assert paths(spec(project, "trainer", "data", "models/stored"), cache) == [
        *("data", "data/big.bin", "models/stored", "models/stored/m.bin"),
        *("trainer", "trainer/model.py"),
    ]


def test_requirements_and_what_they_name_are_taken_whatever_is_ignored(
    project: Path, cache: Path
) -> None:
    write(project, {"requirements.txt": "-r deep/base.txt", "deep/base.txt": "six", "deep/x": ""})
    write(project, {".dockerignore": "*.txt\ndeep\n"})
    context = read_context(
        replace(spec(project, "data"), requirements=("requirements.txt",)), cache
    )
    assert context.included == ("deep/base.txt",)
    assert list(context.paths) == ["data", "data/big.bin", "deep/base.txt", "requirements.txt"]


def test_dockerignore_leaves_out_and_takes_back(project: Path, cache: Path) -> None:
    write(project, {".dockerignore": "data/*\n!data/small\ntrainer\n", "data/small/x": ""})
    assert paths(spec(project, "data"), cache) == ["data", "data/small", "data/small/x"]


def test_a_directory_that_is_ignored_altogether_is_told(project: Path, cache: Path) -> None:
    write(project, {".dockerignore": "data\n"})
    with pytest.raises(ImageBuildFailed, match=r"data can't be copied, because \.dockerignore"):
        read_context(spec(project, "trainer", "data"), cache)


def test_a_dockerignore_with_a_mistake_is_told(project: Path, cache: Path) -> None:
    write(project, {".dockerignore": "a\n[b\n"})
    with pytest.raises(UsageError, match="line 2"):
        read_context(spec(project), cache)


def test_a_directory_that_vanished_is_told(project: Path, cache: Path) -> None:
    with pytest.raises(ImageBuildFailed, match="there is no models"):
        read_context(spec(project, ".", "models"), cache)


def test_links_are_themselves_and_not_what_they_lead_to(project: Path, cache: Path) -> None:
    (project / "trainer/loop").symlink_to("..")
    (project / "trainer/gone").symlink_to("nowhere")
    assert paths(spec(project, "trainer"), cache)[1:3] == ["trainer/gone", "trainer/loop"]


def test_a_directory_that_is_a_link_stands_for_what_it_leads_to(project: Path, cache: Path) -> None:
    (project / "latest").symlink_to("data")
    asked = spec(project, "trainer", "latest")
    assert paths(asked, cache)[:3] == ["data", "data/big.bin", "latest"]
    before = read_context(asked, cache).digest
    write(project, {"data/big.bin": "another"})
    assert read_context(asked, cache).digest != before


def test_a_directory_that_leads_out_of_the_project_is_told(project: Path, cache: Path) -> None:
    (project / "latest").symlink_to("/usr")
    with pytest.raises(ImageBuildFailed, match="latest is a link to /usr, which lies outside"):
        read_context(spec(project, "trainer", "latest"), cache)


def test_sockets_and_pipes_are_not_read(project: Path, cache: Path) -> None:
    before = read_context(spec(project), cache).digest
    os.mkfifo(project / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(project / "socket"))
    assert read_context(spec(project), cache).digest != before


@pytest.mark.parametrize("name", ["secret.txt", "secret"])
def test_what_cannot_be_read_is_named(project: Path, cache: Path, name: str) -> None:
    write(project, {name if "." in name else f"{name}/inside": ""})
    (project / name).chmod(0)
    with unprivileged(), pytest.raises(ImageBuildFailed, match=f"{name} can't be read"):
        read_context(spec(project), cache)
    write(project, {".dockerignore": name})
    with unprivileged():
        assert "train.py" in paths(spec(project), cache)
    (project / name).chmod(0o700)


@contextmanager
def unprivileged() -> Iterator[None]:
    """Not even root may read everything in here."""
    before = os.geteuid()
    if before:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture(autouse=True)
def _its_folder_is_open(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)


def test_a_cache_inside_of_the_project_is_no_part_of_it(project: Path) -> None:
    cache = project / ".cache/caliban"
    before = read_context(spec(project), cache)
    assert ".cache/caliban" not in before.paths
    assert ".cache/caliban" not in read_context(spec(project), cache).paths


def test_temporary_files_of_builds_are_no_part_of_any(project: Path, cache: Path) -> None:
    write(project, {"tmp/abc123/.caliban-build/Dockerfile": ""})
    assert paths(spec(project, "tmp"), cache) == ["tmp", "tmp/abc123"]


Edit = Callable[[Path], object]
EDITS: Mapping[str, Edit] = {
    "a file's content": lambda project: (project / "train.py").write_text("1"),
    "a file more": lambda project: (project / "new.py").touch(),
    "a file less": lambda project: (project / "train.py").unlink(),
    "another name": lambda project: (project / "train.py").rename(project / "test.py"),
    "a file that may be executed": lambda project: (project / "train.py").chmod(0o755),
    "an empty directory more": lambda project: (project / "new").mkdir(),
    "an empty directory less": lambda project: (project / "empty").rmdir(),
    "a link more": lambda project: (project / "link").symlink_to("train.py"),
    "a link instead of a file": lambda project: replace_by_link(project / "train.py"),
    "a directory instead of a file": lambda project: replace_by_directory(project / "train.py"),
}


def replace_by_link(path: Path) -> None:
    path.rename(path.with_name("moved"))
    path.symlink_to("moved")
    shutil.copy(path, path.with_name("copy"))


def replace_by_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_an_edit_changes_the_digest(project: Path, cache: Path, edit: Edit) -> None:
    before = read_context(spec(project), cache).digest
    edit(project)
    assert read_context(spec(project), cache).digest != before


def test_another_target_of_a_link_changes_the_digest(project: Path, cache: Path) -> None:
    digests = set()
    for target in ("train.py", "nowhere", "/etc/passwd"):
        (project / "link").unlink(missing_ok=True)
        (project / "link").symlink_to(target)
        digests.add(read_context(spec(project), cache).digest)
    assert len(digests) == 3


def test_times_and_what_is_ignored_do_not_change_the_digest(project: Path, cache: Path) -> None:
    before = read_context(spec(project), cache).digest
    os.utime(project / "train.py", (1, 1))
    os.utime(project / "data", (1, 1))
    write(project, {".git/HEAD": "another"})
    assert read_context(spec(project), cache).digest == before


def test_the_place_of_a_project_does_not_change_the_digest(project: Path, cache: Path) -> None:
    before = read_context(spec(project), cache).digest
    moved = project.rename(project.with_name("moved"))
    assert read_context(spec(moved), cache).digest == before


names = st.sampled_from(
    ["a", "b", "sub/a", "sub/b", "sub/deep/c", "ü", "with space", "n\nl", "\udcff"]
)
contents = st.sampled_from(["", "x", "y", "x\n", "xy", "x\0"])
trees = st.dictionaries(names, st.tuples(contents, st.booleans()), max_size=5)
Tree = Mapping[str, tuple[str, bool]]
"""Path -> content, and whether it may be executed."""


@contextmanager
def made(tree: Tree) -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        for name, (content, executable) in tree.items():
            write(Path(folder), {name: content})
            Path(folder, name).chmod(0o755 if executable else 0o644)
        yield Path(folder)


@pytest.mark.property
@given(trees, trees)
def test_two_trees_have_one_digest_exactly_if_they_hold_the_same(one: Tree, other: Tree) -> None:
    with made(one) as first, made(other) as second, TemporaryDirectory() as cache:
        digests = {read_context(spec(tree), Path(cache)).digest for tree in (first, second)}
    assert (len(digests) == 1) == (one == other)


@pytest.mark.property
@given(trees, trees)
def test_every_edit_is_seen_and_undoing_it_too(one: Tree, other: Tree) -> None:
    with made(one) as folder, TemporaryDirectory() as cache:
        before = read_context(spec(folder), Path(cache)).digest
        with made(other) as source:
            shutil.rmtree(folder)
            shutil.copytree(source, folder)
        edited = read_context(spec(folder), Path(cache)).digest
        with made(one) as source:
            shutil.rmtree(folder)
            shutil.copytree(source, folder)
        assert (edited == before) == (one == other)
        assert read_context(spec(folder), Path(cache)).digest == before


patterns = st.sampled_from(
    ["a", "!a", "sub", "!sub/a", "!sub/deep", "**/a", "!**/c", "*", "!*", "sub/*", "!sub/*/c", "?"]
)


@pytest.mark.property
@given(trees, st.lists(patterns, max_size=4))
def test_walking_past_directories_misses_nothing(tree: Tree, lines: list[str]) -> None:
    with made(tree) as folder, TemporaryDirectory() as cache:
        write(folder, {".dockerignore": "\n".join(lines)})
        found = set(paths(spec(folder), Path(cache)))
        ignore = parse("\n".join(lines))
        there = {str(path.relative_to(folder)) for path in folder.rglob("*")}
        assert found == {path for path in there if not ignore.ignores(path)}
