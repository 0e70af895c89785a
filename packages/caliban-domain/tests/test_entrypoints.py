"""Entrypoints: a module, a Python file or a shell script, and the folder that each needs."""

import pytest

from caliban_domain.entrypoints import EVERYTHING, Entrypoint, FileKind, inside, resolve
from caliban_domain.errors import BadEntrypoint

PROJECT = "/home/me/project"
FILES = {
    "train.py",
    "job.sh",
    "run",
    "data.csv",
    "trainer/train.py",
    "trainer/deep/train.py",
    "trainer/job.sh",
    "trainer/v1.2/job",
    "package/__main__.py",
    "package/part/__main__.py",
    "both.py",
    "both/__main__.py",
    "my-code/train.py",
    "größe/lauf.py",
    "empty/readme.md",
    "odd.name",
    "name.py",
    "name/py.py",
}


def look(path: str) -> FileKind:
    if path in FILES:
        return "file"
    return "directory" if any(f.startswith(f"{path}/") for f in FILES) or path == "." else None


@pytest.mark.parametrize(
    ("script", "folder", "command"),
    [
        ("trainer.train", "trainer", ("python", "-m", "trainer.train")),
        ("trainer.deep.train", "trainer", ("python", "-m", "trainer.deep.train")),
        ("train", EVERYTHING, ("python", "-m", "train")),
        ("package", EVERYTHING, ("python", "-m", "package")),
        ("package.part", "package", ("python", "-m", "package.part")),
        ("größe.lauf", "größe", ("python", "-m", "größe.lauf")),
        ("both", EVERYTHING, ("python", "-m", "both")),
        ("train.py", EVERYTHING, ("python", "train.py")),
        ("trainer/train.py", "trainer", ("python", "trainer/train.py")),
        ("./trainer/train.py", "trainer", ("python", "trainer/train.py")),
        ("trainer//deep/../train.py", "trainer", ("python", "trainer/train.py")),
        (f"{PROJECT}/trainer/train.py", "trainer", ("python", "trainer/train.py")),
        ("../project/train.py", EVERYTHING, ("python", "train.py")),
        ("my-code/train.py", "my-code", ("python", "my-code/train.py")),
        ("job.sh", EVERYTHING, ("bash", "job.sh")),
        ("./job.sh", EVERYTHING, ("bash", "job.sh")),
        ("trainer/job.sh", "trainer", ("bash", "trainer/job.sh")),
        ("trainer/v1.2/job", "trainer", ("bash", "trainer/v1.2/job")),
        ("run", EVERYTHING, ("bash", "run")),
        ("odd.name", EVERYTHING, ("bash", "odd.name")),
        ("name.py", EVERYTHING, ("python", "name.py")),
    ],
)
def test_what_a_person_names_is_run(script: str, folder: str, command: tuple[str, ...]) -> None:
    found = resolve(script, look, project=PROJECT)
    assert found == Entrypoint(script, folder, found.file, command)
    assert look(found.file) == "file"


@pytest.mark.parametrize(
    ("script", "file"),
    [
        ("trainer.train", "trainer/train.py"),
        ("package.part", "package/part/__main__.py"),
        ("both", "both.py"),
        ("trainer//deep/../train.py", "trainer/train.py"),
        (f"{PROJECT}/job.sh", "job.sh"),
    ],
)
def test_the_file_that_is_executed_is_known(script: str, file: str) -> None:
    assert resolve(script, look, project=PROJECT).file == file


@pytest.mark.parametrize(
    "script",
    [
        "../train.py",
        "..",
        "../../x.sh",
        "/etc/passwd",
        "/home/me/project2/train.py",
        "trainer/../../train.py",
        "/home/me",
    ],
)
def test_what_lies_outside_of_the_project_is_refused(script: str) -> None:
    with pytest.raises(BadEntrypoint) as refused:
        resolve(script, lambda _: "file", project=PROJECT)
    assert refused.value.message == f"{script} lies outside of the project directory {PROJECT}"
    assert "run caliban in the directory that holds the code" in (refused.value.hint or "")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        (
            "trainer.tain",
            "there is no module trainer.tain: trainer/tain.py doesn't exist",
        ),
        (
            "trainer.deep",
            (
                "there is no module trainer.deep: trainer/deep.py doesn't exist, "
                "and the package trainer/deep has no __main__.py"
            ),
        ),
        ("nothing", "there is no module nothing: nothing.py doesn't exist"),
        ("trainer", "trainer is a directory without __main__.py"),
        ("trainer/deep/", "trainer/deep/ is a directory without __main__.py"),
        ("my-code", "my-code is a directory without __main__.py"),
        (".", ". is a directory without __main__.py"),
        ("gone.py", "there is no file gone.py in the project directory"),
        ("trainer/gone.py", "there is no file trainer/gone.py in the project directory"),
        ("gone.sh", "there is no file gone.sh in the project directory"),
        ("gone/job.sh", "there is no file gone/job.sh in the project directory"),
        ("Trainer/train.py", "there is no file Trainer/train.py in the project directory"),
    ],
)
def test_what_doesnt_exist_is_refused(script: str, message: str) -> None:
    with pytest.raises(BadEntrypoint) as refused:
        resolve(script, look, project=PROJECT)
    assert refused.value.message == message
    assert refused.value.hint


@pytest.mark.parametrize("script", ["./-c.py", "./--version.sh", "./-x"])
def test_a_file_is_never_taken_for_an_option_of_its_interpreter(script: str) -> None:
    entrypoint = resolve(script, lambda _: "file", project=PROJECT)
    assert entrypoint.command[1] == script


@pytest.mark.parametrize(
    ("path", "relative"),
    [
        ("a", "a"),
        ("a/b/", "a/b"),
        (".", "."),
        ("", "."),
        ("a/..", "."),
        ("..a", "..a"),
        ("../project/a", "a"),
        (PROJECT, "."),
        (f"{PROJECT}/a", "a"),
        ("..", None),
        ("../other", None),
        ("/", None),
        (f"{PROJECT}2", None),
    ],
)
def test_a_path_is_told_relative_to_the_project(path: str, relative: str | None) -> None:
    assert inside(path, PROJECT) == relative


@pytest.mark.parametrize(
    ("path", "relative"), [("a", "a"), ("/a/b", "a/b"), ("..", "."), ("", ".")]
)
def test_the_root_can_be_a_project(path: str, relative: str) -> None:
    assert inside(path, "/") == relative
