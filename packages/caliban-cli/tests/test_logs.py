"""What ``-v debug`` shows, and what it hides."""

import logging

import pytest

from caliban_cli import logs

from .conftest import Bash

HUNTER = "hunter2"

HIDDEN = [
    f"postgresql://me:{HUNTER}@db/caliban",
    f"postgresql://me:{HUNTER}@x@db/caliban?sslmode=on",
    f"https://:{HUNTER}@index.example/simple",
    f"API_TOKEN={HUNTER}",
    f"running ('docker', 'run', '-e', 'API_TOKEN={HUNTER}')",
    f"running ('docker', 'run', '-e', 'DB_PASSWORD=two words {HUNTER}', 'x')",
    f"""running ('-e', 'DB_PASSWORD=it\\'s "{HUNTER}"')""",
    f"running ('python', 'train.py', '--password', '{HUNTER}')",
    f"train.py --api-key {HUNTER}",
    f"train.py --api_key={HUNTER}",
    f'{{"private_key": "a {HUNTER}", "x": 1}}',
    f"{{'client_secret': '{HUNTER}'}}",
    f"-----BEGIN PRIVATE KEY-----\n{HUNTER}\n-----END PRIVATE KEY-----",
    f"-----BEGIN RSA PRIVATE KEY-----\\n{HUNTER}",
    f"Authorization: Bearer {HUNTER}",
    f"password: {HUNTER}",
]

SHOWN = [
    "running ('docker', 'image', 'inspect', '--', 'caliban-base:debian12')",
    "opening the history postgresql://me@db:5432/caliban",
    "connected to the engine at http://localhost:2375, API 1.41",
    "train.py --learning_rate 0.1 --keys 3",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_secrets_are_hidden(text: str) -> None:
    shown = logs.redacted(text)
    assert HUNTER not in shown
    assert "***" in shown


@pytest.mark.parametrize("text", SHOWN)
def test_all_else_is_shown_as_it_is(text: str) -> None:
    assert logs.redacted(text) == text


def test_values_under_telling_names_are_hidden_whatever_they_are() -> None:
    event = {"event": "hello", "api_token": 12, "port": 80, "url": f"a://b:{HUNTER}@c"}
    assert logs.redact(None, "debug", event) == {
        "event": "hello",
        "api_token": "***",
        "port": 80,
        "url": "a://b:***@c",
    }


def test_what_adapters_log_is_shown_with_the_time_that_went_by(
    capsys: pytest.CaptureFixture[str],
) -> None:
    log = logging.getLogger("caliban_adapters.docker.process")
    with logs.shown():
        log.debug("running %s", ("docker", f"--password={HUNTER}"))
    log.debug("nobody listens any more")
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("+0.0")
    assert err.endswith("running ('docker', '--password=***')\n")


def test_the_words_of_libraries_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    with logs.shown():
        logging.getLogger("urllib3").debug("chatter")
    assert capsys.readouterr().err == ""


def test_debug_tells_what_is_run(bash: Bash) -> None:
    finished = bash("caliban run --nogpu --verbosity debug train.py", {"train.py": ""})
    assert finished.exit_code == 5
    assert "running ('docker', 'image', 'inspect'" in finished.stderr
    quiet = bash("caliban run --nogpu train.py", {"train.py": ""})
    assert "running (" not in quiet.stderr
