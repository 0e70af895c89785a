"""Laws of entrypoints.

- Whatever is accepted is a file inside the project directory, and its folder holds it.
- The command fits the kind of file: python -m, python, or bash.
- Whatever isn't there, or lies outside, is refused; nothing outside is ever looked at.
"""

import posixpath
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.entrypoints import EVERYTHING, Entrypoint, FileKind, inside, resolve
from caliban_domain.errors import BadEntrypoint

pytestmark = pytest.mark.property

PROJECT = "/home/me/project"

names = st.sampled_from(["a", "b", "trainer", "__main__", "job-1", "ü", "x y", "-c", "..a"])
endings = st.sampled_from(["", ".py", ".py", ".sh", ".py.sh"])
file_paths = st.builds(
    lambda folders, name, ending: "/".join([*folders, name + ending]),
    st.lists(names, max_size=2),
    names,
    endings,
)
trees = st.frozensets(file_paths, min_size=1, max_size=6)
spellings = st.sampled_from(["{}", "./{}", f"{PROJECT}/{{}}", "a/../{}", "../project/{}", "{}/."])
outside = st.sampled_from(["../{}", "/{}", "a/../../{}", f"{PROJECT}-2/{{}}", "../../{}"])


class Tree:
    """A project's files, which notes whether it was asked about anything but its own paths."""

    def __init__(self, files: frozenset[str]) -> None:
        self.files = files
        self.asked_for: set[str] = set()

    def look(self, path: str) -> FileKind:
        self.asked_for.add(path)
        if any(file.startswith(f"{path}/") for file in self.files) or path == ".":
            return "directory"
        return "file" if path in self.files else None


def check(entrypoint: Entrypoint, tree: Tree) -> None:
    program, *rest = entrypoint.command
    if rest[0] == "-m":
        module = rest[1].replace(".", "/")
        candidates = {f"{module}.py", f"{module}/__main__.py"}
        assert program == "python"
    else:
        candidates = {posixpath.normpath(rest[0])}
        assert not rest[0].startswith("-")
        assert program == ("python" if rest[0].endswith(".py") else "bash")
    found = candidates & tree.files
    assert found
    if entrypoint.folder != EVERYTHING:
        assert "/" not in entrypoint.folder
        assert all(path.startswith(f"{entrypoint.folder}/") for path in found)


@given(trees, st.data())
def test_a_file_of_the_project_is_accepted(files: frozenset[str], data: st.DataObject) -> None:
    tree = Tree(files)
    path = data.draw(st.sampled_from(sorted(files)))
    script = data.draw(spellings).format(path)
    if tree.look(path) == "file":
        entrypoint = resolve(script, tree.look, project=PROJECT)
        assert entrypoint.script == script
        check(entrypoint, tree)


@given(trees)
def test_a_module_of_the_project_is_accepted(files: frozenset[str]) -> None:
    modules = {file.removesuffix(".py").replace("/", ".") for file in files if file[-3:] == ".py"}
    modules = {m for m in modules if all(part.isidentifier() for part in m.split("."))}
    for module in sorted(modules):
        tree = Tree(files)
        entrypoint = resolve(module, tree.look, project=PROJECT)
        assert entrypoint.command == ("python", "-m", module)
        check(entrypoint, tree)


@given(trees, file_paths, spellings | outside)
def test_whatever_is_accepted_is_there(files: frozenset[str], path: str, spelling: str) -> None:
    tree = Tree(files)
    with suppress(BadEntrypoint):
        check(resolve(spelling.format(path), tree.look, project=PROJECT), tree)


@given(trees, st.text(st.characters(exclude_categories=["Cs"])))
def test_no_name_is_too_odd_to_be_refused(files: frozenset[str], script: str) -> None:
    tree = Tree(files)
    with suppress(BadEntrypoint):
        check(resolve(script, tree.look, project=PROJECT), tree)


@given(file_paths, outside)
def test_what_lies_outside_is_refused(path: str, spelling: str) -> None:
    with pytest.raises(BadEntrypoint, match="lies outside of the project directory"):
        resolve(spelling.format(path), lambda _: "file", project=PROJECT)


@given(trees, file_paths, spellings | outside)
def test_nothing_outside_is_looked_at(files: frozenset[str], path: str, spelling: str) -> None:
    tree = Tree(files)
    with suppress(BadEntrypoint):
        resolve(spelling.format(path), tree.look, project=PROJECT)
    for asked in tree.asked_for:
        assert not posixpath.isabs(asked)
        assert ".." not in asked.split("/")


@given(st.text(st.characters(exclude_categories=["Cs"])) | file_paths, spellings | outside)
def test_a_path_inside_leads_back_to_the_same_place(path: str, spelling: str) -> None:
    relative = inside(spelling.format(path), PROJECT)
    if relative is not None:
        assert inside(relative, PROJECT) == relative
        assert posixpath.join(PROJECT, relative).startswith(PROJECT)
