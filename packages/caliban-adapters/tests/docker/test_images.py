"""Images of the real engine, built by both of its builders."""

import json
import os
import shutil
import subprocess
import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from caliban_adapters.docker.images import DockerImages
from caliban_domain.errors import ImageBuildFailed, PlatformUnavailable, UsageError
from caliban_domain.images import ImageRef, ImageSpec, JobMode
from caliban_domain.provenance import Revision
from port_contracts.images import ImagesContract

pytestmark = pytest.mark.integration

BASE = os.environ.get("CALIBAN_BASE_IMAGE", "caliban-base:debian12")
COMMIT = f"{uuid.uuid4().hex}01234567"
"""No image of another run of these tests has it."""


def docker(*words: str) -> str:
    return subprocess.run(["docker", *words], capture_output=True, text=True, check=True).stdout


def run(image: ImageRef, *words: str, user: str = "12345:54321") -> str:
    """What a command in a container of the image prints."""
    return docker("run", "--rm", "--network", "none", "--user", user, image.reference, *words)


@pytest.fixture(scope="module", autouse=True)
def _tidy() -> Iterator[None]:
    yield
    built_here = f"label=org.opencontainers.image.revision={COMMIT}"
    docker("image", "prune", "--all", "--force", "--filter", built_here)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    write(folder, {"train.py": "print('trained')", "data/table.csv": "1"})
    return folder


@pytest.fixture
def spec(project: Path) -> ImageSpec:
    return ImageSpec(project=str(project), mode=JobMode.CPU, base_image=BASE, folder=".")


@pytest.fixture
def said() -> list[str]:
    return []


Opener = Callable[..., DockerImages]


@pytest.fixture
def opened(tmp_path: Path, said: list[str]) -> Opener:
    def open_images(
        *, use_cache: bool = True, say: Callable[[str], None] = said.append
    ) -> DockerImages:
        return DockerImages(
            cache_dir=tmp_path / "cache",
            use_cache=use_cache,
            say=say,
            revision=lambda _: Revision(commit=COMMIT, dirty=True),
        )

    return open_images


@pytest.fixture
def images(opened: Opener) -> DockerImages:
    return opened()


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


class NamesWhatItBuilds:
    """What holds for names that a builder gives, whichever it is."""

    def test_the_name_that_a_build_gave_whose_command_died_is_not_believed(
        self, opened: Opener, spec: ImageSpec, project: Path, said: list[str]
    ) -> None:
        write(project, {"train.py": uuid.uuid4().hex})

        def die(line: str) -> None:
            if line.startswith("built"):
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            opened(say=die).build(spec)
        built = opened().build(spec)
        assert said[-1] == f"built image {built.short}"
        assert opened().build(spec) == built
        assert said[-1] == f"image {built.short} is up to date"
        assert len(names(built)) == 1


class TestDockerImages(ImagesContract, NamesWhatItBuilds):
    pass


class TestClassicBuilder(ImagesContract, NamesWhatItBuilds):
    """The same where no client on PATH speaks to BuildKit."""

    @pytest.fixture(autouse=True)
    def _no_buildkit(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("caliban_adapters.docker.last_client.find_client", lambda: None)

    def test_its_image_runs_for_anybody_too(self, images: DockerImages, spec: ImageSpec) -> None:
        image = images.build(replace(spec, extra_dirs=("data",)))
        command = "python train.py && echo 2 > data/table.csv && cat data/table.csv"
        assert run(image, "sh", "-c", command) == "trained\n2\n"

    def test_what_its_builder_says_of_a_failure_is_told(
        self, images: DockerImages, spec: ImageSpec
    ) -> None:
        with pytest.raises(ImageBuildFailed, match="no-such-package-at-all"):
            images.build(replace(spec, apt_packages=("no-such-package-at-all",)))


@pytest.mark.parametrize("user", ["0:0", "1000:1000", "2147483000:2147483000"])
def test_any_user_can_run_the_code_and_write_beside_it(
    images: DockerImages, spec: ImageSpec, user: str
) -> None:
    image = images.build(spec)
    script = "python train.py > out.txt && cp out.txt data/ && touch ~/home && cat data/out.txt"
    assert run(image, "sh", "-c", script, user=user) == "trained\n"


def test_nothing_changed_builds_nothing(
    images: DockerImages, spec: ImageSpec, said: list[str]
) -> None:
    built = images.build(spec)
    said.clear()
    assert images.build(spec) == built
    assert said == [f"image {built.short} is up to date"]


def test_an_edit_builds_another_image_and_undoing_it_finds_the_first(
    images: DockerImages, spec: ImageSpec, project: Path, said: list[str]
) -> None:
    first = images.build(spec)
    write(project, {"train.py": "print('trained more')"})
    second = images.build(spec)
    assert run(second, "python", "train.py") == "trained more\n"
    write(project, {"train.py": "print('trained')"})
    said.clear()
    assert images.build(spec) == first
    assert said == [f"image {first.short} is up to date"]


def test_an_edit_of_the_code_keeps_the_layer_of_the_requirements(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    write(project, {"requirements.txt": "-r base.txt\n", "base.txt": "six==1.16.0\n"})
    spec = replace(spec, requirements=("requirements.txt",))
    first = images.build(spec)
    assert run(first, "python", "-c", "import six; print(six.__version__)") == "1.16.0\n"
    write(project, {"train.py": "import six"})
    second = images.build(spec)
    assert second != first
    shared = [layers(image)[:-1] for image in (first, second)]
    assert shared[0] == shared[1]


def layers(image: ImageRef) -> list[str]:
    found: list[str] = json.loads(
        docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", image.reference)
    )
    return found


def test_without_cache_it_is_built_again(opened: Opener, spec: ImageSpec, said: list[str]) -> None:
    opened().build(spec)
    said.clear()
    opened(use_cache=False).build(spec)
    assert said[0].startswith("building an image")


def test_only_the_folder_and_the_extra_directories_are_copied(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    write(project, {"trainer/train.py": "", "models/stored/m.bin": "", ".git/HEAD": ""})
    image = images.build(replace(spec, folder="trainer", extra_dirs=("data", "models/stored")))
    listing = run(image, "find", ".", "-type", "f").split()
    assert sorted(listing) == ["./data/table.csv", "./models/stored/m.bin", "./trainer/train.py"]


def test_neither_what_dockerignore_names_nor_a_secret_is_copied(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    secrets = {"key.json": '{"private_key": "x"}', "sub/.netrc": "", ".env": ""}
    write(project, {".dockerignore": "data\n", ".git/HEAD": "", ".calibanconfig.json": "{}"})
    write(project, secrets)
    listing = run(images.build(spec), "find", ".", "-type", "f").split()
    assert sorted(listing) == ["./.dockerignore", "./train.py"]


@pytest.mark.parametrize("name", ["with space", "quo'te\"s", "$HOME", "-rf", "[a]*", "ünï", "a\\b"])
def test_names_of_any_kind_are_copied(
    images: DockerImages, spec: ImageSpec, project: Path, name: str
) -> None:
    write(project, {f"{name}/file": "", f"data/{name}": ""})
    image = images.build(replace(spec, folder=name, extra_dirs=("data",)))
    assert f"./{name}/file\0" in run(image, "find", ".", "-type", "f", "-print0")


def test_the_project_is_left_as_it_is(images: DockerImages, spec: ImageSpec, project: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in sorted(project.rglob("*"))}
    images.build(spec)
    assert {path: path.stat().st_mtime_ns for path in sorted(project.rglob("*"))} == before


def test_an_image_says_where_it_comes_from(images: DockerImages, spec: ImageSpec) -> None:
    said = labels(images.build(spec))
    assert said["org.opencontainers.image.revision"] == COMMIT
    assert said["io.caliban.git-dirty"] == "true"
    assert said["org.opencontainers.image.base.name"] == BASE
    assert said["org.opencontainers.image.base.digest"].startswith("sha256:")


def test_debian_packages_are_installed(images: DockerImages, spec: ImageSpec) -> None:
    image = images.build(replace(spec, apt_packages=("hello",)))
    assert run(image, "hello") == "Hello, world!\n"


def test_requirements_that_do_not_resolve_say_why(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    write(project, {"requirements.txt": "six==99.99\n"})
    with pytest.raises(ImageBuildFailed, match=r"six==99\.99"):
        images.build(replace(spec, requirements=("requirements.txt",)))


def test_a_base_image_that_cannot_be_pulled_is_named(images: DockerImages, spec: ImageSpec) -> None:
    with pytest.raises(ImageBuildFailed, match=r"registry\.invalid/nothing") as caught:
        images.build(replace(spec, base_image="registry.invalid/nothing"))
    assert "base_image" in (caught.value.hint or "")


def test_nothing_changed_adds_no_image_and_needs_no_notes(
    images: DockerImages, spec: ImageSpec, tmp_path: Path
) -> None:
    write(Path(spec.project), {"new.py": uuid.uuid4().hex})
    built = images.build(spec)
    shutil.rmtree(tmp_path / "cache")
    assert images.build(spec) == built
    same = f"label=io.caliban.image-hash={labels(built)['io.caliban.image-hash']}"
    assert docker("image", "ls", "--all", "--quiet", "--filter", same).split() == [built.short]


def labels(image: ImageRef) -> dict[str, str]:
    found: dict[str, str] = json.loads(
        docker("image", "inspect", "-f", "{{json .Config.Labels}}", image.reference)
    )
    return found


def test_without_its_base_image_an_image_is_as_good_as_ever(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    own_base = f"caliban-test-base:{os.getpid()}"
    docker("image", "tag", BASE, own_base)
    spec = replace(spec, base_image=own_base)
    built = images.build(spec)
    docker("image", "rm", own_base)
    assert images.build(spec) == built
    write(project, {"train.py": "print('trained more')"})
    with pytest.raises(ImageBuildFailed, match=own_base):
        images.build(spec)


def test_another_base_image_of_the_same_name_builds_another_image(
    images: DockerImages, spec: ImageSpec, tmp_path: Path
) -> None:
    spec = replace(spec, base_image=f"caliban-test-base:{os.getpid()}")
    built = []
    for step in ("RUN touch /one", "RUN touch /two"):
        make_base(tmp_path, spec.base_image, step)
        built.append(images.build(spec))
    docker("image", "rm", spec.base_image)
    assert run(built[0], "ls", "/one") == "/one\n"
    assert run(built[1], "ls", "/two") == "/two\n"


def make_base(folder: Path, name: str, *steps: str) -> None:
    (folder / "Dockerfile").write_text("\n".join([f"FROM {BASE}", *steps, ""]))
    docker("build", "--quiet", "--tag", name, "--file", str(folder / "Dockerfile"), str(folder))


def test_what_a_base_image_holds_in_a_venv_can_be_imported(
    images: DockerImages, spec: ImageSpec, tmp_path: Path
) -> None:
    spec = replace(spec, base_image=f"caliban-test-base:{os.getpid()}")
    make_base(
        tmp_path,
        spec.base_image,
        "RUN python3 -m venv --without-pip /theirs",
        "ENV PATH=/theirs/bin:$PATH",
        "RUN echo answer = 42 > $(echo /theirs/lib/python3*/site-packages)/it.py",
    )
    image = images.build(spec)
    docker("image", "rm", spec.base_image)
    assert run(image, "python", "-c", "import it; print(it.answer)") == "42\n"


def test_a_base_image_without_python_gets_one(
    images: DockerImages, spec: ImageSpec, tmp_path: Path
) -> None:
    spec = replace(spec, base_image=f"caliban-test-base:{os.getpid()}")
    make_base(tmp_path, spec.base_image, "RUN apt-get purge --yes libpython3-stdlib")
    image = images.build(spec)
    docker("image", "rm", spec.base_image)
    assert run(image, "python", "train.py") == "trained\n"


def test_two_builds_of_one_project_do_not_disturb_each_other(
    opened: Opener, spec: ImageSpec
) -> None:
    write(Path(spec.project), {"new.py": uuid.uuid4().hex})
    with ThreadPoolExecutor() as pool:
        built = list(pool.map(lambda images: images.build(spec), [opened(), opened()]))
    assert [run(image, "python", "train.py") for image in built] == ["trained\n"] * 2
    assert opened().build(spec) in built


def test_an_image_of_files_that_were_edited_meanwhile_is_not_taken_for_theirs(
    opened: Opener, spec: ImageSpec, project: Path
) -> None:
    once = uuid.uuid4().hex  # nobody has built that before
    write(project, {"train.py": f"print('{once}')"})

    def edit(line: str) -> None:
        if line.startswith("building"):
            write(project, {"train.py": "print('edited')"})

    hasty = opened(say=edit).build(spec)
    assert run(hasty, "python", "train.py") == "edited\n"
    assert names(hasty) == [f"caliban:edited-{hasty.short}"]
    write(project, {"train.py": f"print('{once}')"})
    assert run(opened().build(spec), "python", "train.py") == f"{once}\n"


def test_an_edit_after_the_builder_has_read_the_files_changes_nothing(
    opened: Opener, spec: ImageSpec, project: Path
) -> None:
    once = uuid.uuid4().hex
    write(project, {"train.py": f"print('{once}')"})

    def edit(line: str) -> None:
        if line.startswith(("exporting to image", "Step 2")):
            write(project, {"train.py": "print('edited')"})

    built = opened(say=edit).build(spec)
    assert run(built, "python", "train.py") == f"{once}\n"
    write(project, {"train.py": f"print('{once}')"})
    assert opened().build(spec) == built


def names(image: ImageRef) -> list[str]:
    found: list[str] = json.loads(
        docker("image", "inspect", "-f", "{{json .RepoTags}}", image.reference)
    )
    return found


def ignore(line: str) -> None:
    """Say nothing."""


def test_the_image_s_history_tells_nothing_of_who_built_it(
    images: DockerImages, spec: ImageSpec, project: Path
) -> None:
    image = images.build(spec)
    history = docker("image", "history", "--no-trunc", image.reference)
    inspected = docker("image", "inspect", image.reference)
    for secret in (str(project), str(Path.home() / ""), os.environ.get("USER") or "nobody-at-all"):
        assert f"{secret}/" not in history
        assert f'"{secret}"' not in inspected


def test_notes_that_cannot_be_kept_are_no_error(tmp_path: Path, spec: ImageSpec) -> None:
    (tmp_path / "a file").touch()
    images = DockerImages(cache_dir=tmp_path / "a file", say=ignore, revision=lambda _: None)
    assert images.build(spec) == images.build(spec)


def test_an_engine_that_does_not_answer_is_told(
    images: DockerImages, spec: ImageSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    with pytest.raises(PlatformUnavailable, match=r"no Docker engine answers.*127\.0\.0\.1:1"):
        images.build(spec)
    with pytest.raises(PlatformUnavailable, match=r"no Docker engine answers.*127\.0\.0\.1:1"):
        images.find("x")


def test_a_missing_docker_client_is_told(
    images: DockerImages, spec: ImageSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PlatformUnavailable, match="docker can't be started"):
        images.build(spec)


@pytest.mark.parametrize(
    "reference", ["", "-x", "No Image", "no-such-image", "sha256:" + "0" * 64, "a b"]
)
def test_an_image_that_is_not_there_is_not_found(images: DockerImages, reference: str) -> None:
    with pytest.raises(UsageError, match=f"the engine has no image {reference!r}"):
        images.find(reference)


def test_an_image_is_found_by_any_of_its_names(images: DockerImages, spec: ImageSpec) -> None:
    built = images.build(spec)
    names = (f"caliban:{labels(built)['io.caliban.image-hash'][:32]}", built.short, built.reference)
    assert [images.find(name) for name in names] == [built] * 3
