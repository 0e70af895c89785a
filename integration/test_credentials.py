"""Credentials of Google Cloud: in every container, read-only, and in no image."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from google_credentials import MARK, default_credentials, log_in, service_account
from saved_image import found_in
from workplace import Workplace, docker

pytestmark = pytest.mark.integration

_HOST_NETWORK = ("--docker_run_args", "--network host")
_WHO = """\
import google.auth, google.auth.transport.requests, os
credentials, project = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
credentials.refresh(google.auth.transport.requests.Request())
print(project, credentials.token)
path = os.environ["GOOGLE_APPLICATION_CREDENTIALS"]
try:
    open(path, "a")
except OSError as error:
    print(error.strerror)
"""
_WHOSE = """\
import google.auth, os
print(google.auth.default()[0].refresh_token, sorted(os.listdir(os.environ["CLOUDSDK_CONFIG"])))
try:
    open(os.environ["CLOUDSDK_CONFIG"] + "/new", "w")
except OSError as error:
    print(error.strerror)
"""
_PROJECT = {"requirements.txt": "google-auth[requests]\n", "who.py": _WHO, "whose.py": _WHOSE}


class _Tokens(BaseHTTPRequestHandler):
    """Gives a token to whoever asks, as Google's server does to those who can sign."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"access_token": "t0ken", "expires_in": 3600, "token_type": "Bearer"})
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def token_server() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Tokens) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/token"
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("by", ["flag", "variable"])
def test_a_key_is_found_by_scripts_and_shells(workplace: Workplace, by: str) -> None:
    with token_server() as token_uri:
        key = workplace.home / "key.json"
        key.write_text(service_account(token_uri))
        flag = ("--cloud_key", "~/key.json") if by == "flag" else ()
        env = {"GOOGLE_APPLICATION_CREDENTIALS": str(key)} if by == "variable" else {}
        workplace.write(_PROJECT)
        for command, typed in (
            (("run", "--nogpu", *flag, *_HOST_NETWORK, "who.py"), None),
            (("shell", "--nogpu", "--bare", *flag, *_HOST_NETWORK), "python who.py\n"),
        ):
            finished = workplace.caliban(*command, stdin=typed, env=env).expect(0)
            assert finished.stdout == "forest t0ken\nRead-only file system\n"
            assert MARK not in finished.stderr


def test_default_credentials_are_found_with_the_configuration_of_gcloud(
    workplace: Workplace,
) -> None:
    log_in(workplace.home)
    workplace.write(_PROJECT)
    told = (
        f"{MARK}-refresh ['application_default_credentials.json', 'configurations']\n"
        "Read-only file system\n"
    )
    assert workplace.caliban("run", "--nogpu", "whose.py").expect(0).stdout == told
    for flags in ((), ("--bare",)):
        finished = workplace.caliban("shell", "--nogpu", *flags, stdin="python whose.py\n")
        assert finished.expect(0).stdout == told


def test_no_image_holds_a_byte_of_them(workplace: Workplace) -> None:
    log_in(workplace.home)
    log_in(workplace.project)
    workplace.write(
        {
            "train.py": "",
            "keys/mine.json": service_account("http://127.0.0.1:1"),
            "application_default_credentials.json": default_credentials(),
            ".dockerignore": "!keys\n",
        }
    )
    built = workplace.caliban("build", "--nogpu", "--cloud_key", "keys/mine.json", "train.py")
    image = built.expect(0).stdout.strip()
    assert found_in(image, [MARK, "train.py"]) == {"train.py"}
    told = docker("history", "--no-trunc", image) + docker("image", "inspect", image)
    assert MARK not in told + built.stderr
    assert MARK not in "".join(
        path.read_text(errors="replace") for path in workplace.state.rglob("*") if path.is_file()
    )


def test_a_key_that_is_none_stops_everything_before_anything_is_built(
    workplace: Workplace,
) -> None:
    workplace.write({"train.py": "", "key.json": f'{{"private_key": "{MARK}"}}'})
    for command in (("build", "train.py"), ("run", "train.py"), ("shell",), ("notebook",)):
        name, *script = command
        finished = workplace.caliban(name, "--nogpu", "--cloud_key", "key.json", *script).expect(2)
        assert finished.stderr.startswith("caliban: --cloud_key names ")
        assert len(finished.stderr.splitlines()) == 2
        assert MARK not in finished.stderr
        assert finished.stdout == ""
