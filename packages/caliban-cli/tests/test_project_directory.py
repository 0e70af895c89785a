"""A directory read as a project."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from caliban_cli.environment import read_environment
from caliban_cli.project_directory import dependencies_of, image_spec, read_config, read_entrypoint
from caliban_domain import projects
from caliban_domain.errors import (
    BadDirectory,
    BadDocument,
    BadEntrypoint,
    BadProjectConfig,
    UsageError,
)
from caliban_domain.images import DEFAULT_BASE_IMAGES, ImageSpec, JobMode

from .conftest import write

CONFIG = ".calibanconfig.json"


def spec_of(
    project: Path, *, mode: JobMode = JobMode.CPU, extra_dirs: Sequence[str] = ()
) -> ImageSpec:
    write(project, {"train.py": ""})
    return image_spec(
        read_environment(),
        read_config(read_environment()),
        read_entrypoint("train.py", project).folder,
        mode=mode,
        extra_dirs=extra_dirs,
    )


def refused(project: Path, *extra_dirs: str) -> BadDirectory:
    with pytest.raises(BadDirectory) as raised:
        spec_of(project, extra_dirs=extra_dirs)
    return raised.value


def test_a_bare_project_has_the_defaults(project: Path) -> None:
    assert read_config(read_environment()) == projects.NO_CONFIG
    assert spec_of(project) == ImageSpec(
        project=str(project),
        mode=JobMode.CPU,
        base_image=DEFAULT_BASE_IMAGES[JobMode.CPU],
        folder=".",
    )


def test_the_projects_base_image_wins_over_the_machines_and_that_over_the_default(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert spec_of(project, mode=JobMode.GPU).base_image == DEFAULT_BASE_IMAGES[JobMode.GPU]

    monkeypatch.setenv("CALIBAN_BASE_IMAGE", "machines:1")
    assert spec_of(project).base_image == "machines:1"
    assert spec_of(project, mode=JobMode.GPU).base_image == "machines:1"

    write(project, {CONFIG: '{"base_image": {"cpu": "projects:2"}}'})
    assert spec_of(project).base_image == "projects:2"
    write(project, {CONFIG: "{}"})

    monkeypatch.setenv("CALIBAN_BASE_IMAGE", "")
    assert spec_of(project, mode=JobMode.GPU).base_image == DEFAULT_BASE_IMAGES[JobMode.GPU]


@pytest.mark.parametrize(
    ("mode", "other", "way"),
    [
        (JobMode.GPU, "cpu", 'use that one: --nogpu, or "default_mode": "cpu"'),
        (JobMode.CPU, "gpu", 'use that one: without --nogpu, and without "default_mode": "cpu"'),
    ],
)
def test_a_base_image_for_the_other_mode_alone_is_refused(
    project: Path, mode: JobMode, other: str, way: str
) -> None:
    write(project, {CONFIG: f'{{"default_mode": "cpu",\n"base_image": {{"{other}": "x:2"}}}}'})
    with pytest.raises(BadProjectConfig) as raised:
        spec_of(project, mode=mode)
    assert raised.value.message == (
        f"{CONFIG}:2: key 'base_image': has no image for {mode.value!r}, the mode in use, but for "
        f"{other!r}"
    )
    assert raised.value.hint == f"add {mode.value!r} to it, or {way}"


def test_a_base_image_of_a_persons_own_file_is_told_with_that_file(
    project: Path, own_file: Path
) -> None:
    own_file.write_text('{"base_image": {"cpu": "x"}}')
    with pytest.raises(BadProjectConfig) as raised:
        spec_of(project, mode=JobMode.GPU)
    assert raised.value.message.startswith(f"{own_file}:1: key 'base_image': ")


def test_the_machines_base_image_must_be_an_images_name(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALIBAN_BASE_IMAGE", "two words")
    with pytest.raises(UsageError, match=r"^\$CALIBAN_BASE_IMAGE: 'two words' is not an image's"):
        spec_of(project)


OWN = '{"base_image": "own:1", "default_mode": "cpu", "gcloud": {"cloud_key": "~/key.json"}}'


@pytest.fixture
def own_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project.parent / "own"))
    file = project.parent / "own/caliban/config.json"
    file.parent.mkdir(parents=True)
    file.write_text(OWN)
    return file


@pytest.mark.usefixtures("own_file")
def test_a_persons_own_file_gives_what_the_project_leaves_open(project: Path) -> None:
    assert spec_of(project).base_image == "own:1"
    write(project, {CONFIG: '{"base_image": "projects:2", "gcloud": {"project_id": "team-1"}}'})
    config = read_config(read_environment())
    assert spec_of(project).base_image == "projects:2"
    assert config.default_mode is JobMode.CPU
    assert (config.project_id, config.cloud_key) == ("team-1", "~/key.json")


@pytest.mark.usefixtures("project")
def test_a_mistake_in_a_persons_own_file_names_that_file(own_file: Path) -> None:
    own_file.write_text('{\n"apt_packages": []}')
    with pytest.raises(BadProjectConfig) as raised:
        read_config(read_environment())
    what = "key 'apt_packages': is for one project's own file"
    assert raised.value.message == f"{own_file}:2: {what}"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[project\n", "pyproject.toml is not valid TOML"),
        ("project = 3\n", "pyproject.toml: key 'project' must be a table"),
    ],
)
def test_a_broken_pyproject_is_told(project: Path, text: str, told: str) -> None:
    write(project, {"pyproject.toml": text})
    with pytest.raises(BadProjectConfig, match=told):
        dependencies_of(spec_of(project), ())


def test_a_pyproject_of_tools_alone_is_none(project: Path) -> None:
    write(project, {"pyproject.toml": "[tool.ruff]\nline-length = 100\n"})
    assert dependencies_of(spec_of(project), ()) == (spec_of(project), None)


def test_git_is_installed_where_a_requirement_comes_from_it(project: Path) -> None:
    write(project, {"requirements.txt": "six @ git+https://example.com/six"})
    assert dependencies_of(spec_of(project), ())[0].apt_packages == ("git",)
    write(project, {CONFIG: '{"apt_packages": ["git", "curl"]}'})
    assert dependencies_of(spec_of(project), ())[0].apt_packages == ("curl", "git")


def test_requirements_are_found(project: Path) -> None:
    write(project, {"requirements.txt/": ""})
    assert dependencies_of(spec_of(project), ())[0].requirements == ()
    (project / "requirements.txt").rmdir()
    write(project, {"requirements.txt": "numpy"})
    assert dependencies_of(spec_of(project), ())[0].requirements == ("requirements.txt",)


def test_packages_are_those_of_the_mode(project: Path) -> None:
    write(project, {CONFIG: '{"apt_packages": {"cpu": ["vim"], "gpu": ["libsm6", "git"]}}'})
    assert spec_of(project).apt_packages == ("vim",)
    assert spec_of(project, mode=JobMode.GPU).apt_packages == ("git", "libsm6")


def test_builds_see_credentials_where_the_project_says_so(project: Path) -> None:
    assert not spec_of(project).build_credentials
    write(project, {CONFIG: '{"build_time_credentials": true}'})
    assert spec_of(project).build_credentials


def test_a_config_may_have_comments_and_a_byte_order_mark(project: Path) -> None:
    write(project, {CONFIG: '\ufeff{"default_mode": "cpu",  # no GPU here\n}'})
    assert read_config(read_environment()).default_mode is JobMode.CPU


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", f"{CONFIG}: is empty"),
        (b"\xff", f"{CONFIG}:1: byte 1 is not UTF-8 text"),
        ('{\n"a" 1}', f"{CONFIG}:2:5: expecting ':' delimiter"),
        ("[]", f"{CONFIG}: expected one object of settings"),
        (
            '{\n"base_imgae": "x"}',
            f"{CONFIG}:2: key 'base_imgae': is not a setting; did you mean 'base_image'?",
        ),
        ('{"default_mode": "tpu"}', f'{CONFIG}:1: key \'default_mode\': must be "cpu" or "gpu"'),
    ],
)
def test_a_broken_config_is_told_with_its_place(
    project: Path, content: str | bytes, message: str
) -> None:
    write(project, {CONFIG: content})
    with pytest.raises((BadDocument, BadProjectConfig)) as raised:
        read_config(read_environment())
    assert raised.value.message == message


def test_a_config_that_cannot_be_read_is_told(project: Path) -> None:
    write(project, {f"{CONFIG}/": ""})
    with pytest.raises(BadProjectConfig, match="can't be read: Is a directory"):
        read_config(read_environment())


@pytest.mark.parametrize("written", ["data", "data/", "./data", "trainer/../data"])
def test_an_extra_directory_is_kept_relative_to_the_project(project: Path, written: str) -> None:
    write(project, {"data/": "", "trainer/": ""})
    assert spec_of(project, extra_dirs=[written]).extra_dirs == ("data",)
    absolute = str(project / written)
    assert spec_of(project, extra_dirs=[absolute]).extra_dirs == ("data",)


def test_a_tilde_in_an_extra_directory_is_the_home(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, {"data/deep/": ""})
    monkeypatch.setenv("HOME", str(project / "data"))
    assert spec_of(project, extra_dirs=["~/deep"]).extra_dirs == ("data/deep",)


def test_extra_directories_keep_their_order(project: Path) -> None:
    write(project, {"a/": "", "b/": "", "c/": ""})
    assert spec_of(project, extra_dirs=["c", "a", "b"]).extra_dirs == ("c", "a", "b")


@pytest.mark.parametrize("written", ["..", "../other", "/etc", "data/../..", "~"])
def test_an_extra_directory_outside_is_refused(project: Path, written: str) -> None:
    write(project, {"data/": "", "../other/": ""})
    error = refused(project, written)
    assert error.message == f"--dir {written} lies outside of the project directory {project}"
    assert error.hint


@pytest.mark.parametrize("written", ["nothing", "data/nothing", "train.py/x", "~no-such-user-here"])
def test_an_extra_directory_that_is_not_there_is_refused(project: Path, written: str) -> None:
    write(project, {"data/": ""})
    error = refused(project, "data", written)
    assert error.message == f"--dir {written} doesn't exist"
    assert error.hint == "name a directory of the project"


def test_an_extra_directory_that_is_a_file_is_refused(project: Path) -> None:
    assert refused(project, "train.py").message == "--dir train.py is not a directory"


@pytest.mark.parametrize(
    ("script", "folder", "command"),
    [
        ("train.py", ".", ("python", "train.py")),
        ("./train.py", ".", ("python", "train.py")),
        ("train", ".", ("python", "-m", "train")),
        ("trainer/train.py", "trainer", ("python", "trainer/train.py")),
        ("trainer.train", "trainer", ("python", "-m", "trainer.train")),
        ("trainer", ".", ("python", "-m", "trainer")),
        ("jobs/go.sh", "jobs", ("bash", "jobs/go.sh")),
    ],
)
def test_a_script_is_found_in_the_directory(
    project: Path, script: str, folder: str, command: tuple[str, ...]
) -> None:
    names = ("train.py", "trainer/train.py", "trainer/__main__.py", "jobs/go.sh")
    write(project, dict.fromkeys(names, ""))
    entrypoint = read_entrypoint(script, project)
    assert (entrypoint.folder, entrypoint.command) == (folder, command)


@pytest.mark.parametrize("script", ["nothing.py", "nothing", "data", "../train.py", "/bin/sh"])
def test_a_script_that_cannot_be_run_is_refused(project: Path, script: str) -> None:
    write(project, {"data/": ""})
    with pytest.raises(BadEntrypoint):
        read_entrypoint(script, project)
