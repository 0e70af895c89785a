"""What the classic builder is sent; that it builds is tested with the images."""

import tarfile
from pathlib import Path
from tempfile import TemporaryFile

from caliban_adapters.docker.classic_build import pack
from caliban_adapters.docker.context import read_context
from caliban_adapters.docker.dockerfile import render
from caliban_domain.images import ImageSpec, JobMode


def test_the_dockerfile_lies_beside_the_project_and_files_are_everybodys(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data/x").write_text("12")
    (project / "data/x").chmod(0o600)
    (project / "Dockerfile").write_text("the person's own")
    (project / "link").symlink_to("data/x")
    (project / ".dockerignore").write_text(".dockerignore")
    spec = ImageSpec(project=str(project), mode=JobMode.CPU, base_image="base", folder=".")

    with TemporaryFile() as archive:
        pack(read_context(spec, tmp_path / "cache"), archive)
        archive.seek(0)
        with tarfile.open(fileobj=archive) as tar:
            entries = {entry.name: entry for entry in tar}
            dockerfile = tar.extractfile("Dockerfile")
            assert dockerfile
            assert dockerfile.read().decode() == render(spec, buildkit=False)

    assert sorted(entries) == [
        "Dockerfile",
        *("project/Dockerfile", "project/data", "project/data/x", "project/link"),
    ]
    assert entries["project/link"].linkname == "data/x"
    assert {entry.mode for name, entry in entries.items() if name != "Dockerfile"} == {0o777}
    assert {(entry.uid, entry.uname) for entry in entries.values()} == {(0, "")}
