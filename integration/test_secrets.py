"""No image holds a secret, not even one that its build has read."""

import hashlib
import json
from pathlib import Path

import pytest

from google_credentials import default_credentials, log_in, service_account
from private_index import serve
from saved_image import found_in
from workplace import Workplace, docker

pytestmark = pytest.mark.integration

_SESAME = "0pen-5esame-0f-ada"
_READ_BY_BUILDS = {
    "google": ".config/gcloud/application_default_credentials.json",
    "netrc": ".netrc",
}
_SETUP = f"""\
import hashlib, pathlib, setuptools
files = {{name: pathlib.Path.home() / path for name, path in {_READ_BY_BUILDS!r}.items()}}
seen = {{name: hashlib.sha256(file.read_bytes()).hexdigest() for name, file in files.items()}}
pathlib.Path("forest.py").write_text(f"SEEN = {{seen!r}}")
setuptools.setup(name="forest", version="1.0", py_modules=["forest"])
"""
_SHOW = """\
import forest, json, os
print(json.dumps(forest.SEEN))
print(os.path.exists("/run/secrets/caliban/key.json"))
"""


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def secret_texts(*files: Path) -> list[str]:
    """What nothing else holds: the lines of a private key, which JSON keeps in one, among them."""
    lines = {line for file in files for line in file.read_text().replace("\\n", "\n").split("\n")}
    return [line for line in lines if len(line) > 20 and "-----" not in line] + [_SESAME]


@pytest.mark.parametrize("by", ["key", "default credentials"])
def test_a_build_reads_credentials_that_its_image_never_holds(
    workplace: Workplace, by: str
) -> None:
    log_in(workplace.home)
    log_in(workplace.project)
    netrc = workplace.home / ".netrc"
    key = workplace.home / "keys, of ada/key.json"
    key.parent.mkdir()
    key.write_text(service_account("http://127.0.0.1:1"))
    google = key if by == "key" else workplace.home / _READ_BY_BUILDS["google"]
    flag = ("--cloud_key", str(key)) if by == "key" else ()
    with serve("forest", _SETUP, login="ada", password=_SESAME) as index:
        netrc.write_text(f"machine {index.host} login ada password {_SESAME}\n")
        workplace.write(
            {
                "show.py": _SHOW,
                "key.json": key.read_text(),
                "home/.netrc": netrc.read_text(),
                "application_default_credentials.json": default_credentials(),
                "requirements.txt": f"--extra-index-url {index.url}\nforest\n",
                ".calibanconfig.json": '{"build_time_credentials": true}',
            }
        )
        finished = workplace.caliban("run", "--nogpu", *flag, "show.py").expect(0)
        image = workplace.caliban("build", "--nogpu", *flag, "show.py").expect(0).stdout.strip()
    seen, sees_key = finished.stdout.splitlines()
    assert json.loads(seen) == {"google": digest(google), "netrc": digest(netrc)}
    assert sees_key == str(by == "key")
    secrets = secret_texts(key, google, netrc)
    assert len(secrets) > 3
    assert found_in(image, [*secrets, digest(netrc)]) == {digest(netrc)}
    told = docker("history", "--no-trunc", image) + docker("image", "inspect", image)
    told += finished.stderr + kept_in(workplace.state) + kept_in(workplace.home / ".cache")
    assert [secret for secret in secrets if secret in told] == []
    docker("image", "rm", "--force", image)


def kept_in(folder: Path) -> str:
    files = (path for path in folder.rglob("*") if path.is_file())
    return "".join(path.read_text(errors="replace") for path in files)


def test_without_the_setting_a_build_reads_no_credentials(workplace: Workplace) -> None:
    with serve("forest", _SETUP, login="ada", password=_SESAME) as index:
        (workplace.home / ".netrc").write_text(
            f"machine {index.host} login ada password {_SESAME}\n"
        )
        workplace.write(
            {"show.py": _SHOW, "requirements.txt": f"--extra-index-url {index.url}\nforest\n"}
        )
        finished = workplace.caliban("build", "--nogpu", "show.py").expect(4)
    assert "401" in finished.stderr
    assert _SESAME not in finished.stderr


def test_without_buildkit_nothing_is_built(workplace: Workplace, tmp_path: Path) -> None:
    client = tmp_path / "bin/docker"
    client.parent.mkdir()
    client.write_text(
        "#!/bin/sh\n[ $1 = buildx ] && exit 1\n[ $1 = version ] || exit 0\necho 28.0.0\n"
    )
    client.chmod(0o755)
    workplace.write({"train.py": "", ".calibanconfig.json": '{"build_time_credentials": true}'})
    for command in (("build", "--nogpu", "train.py"), ("run", "--nogpu", "train.py")):
        finished = workplace.caliban(*command, env={"PATH": str(client.parent)}).expect(2)
        first, hint = finished.stderr.splitlines()
        assert first.startswith("caliban: build_time_credentials needs BuildKit")
        assert hint.startswith("hint: ")
