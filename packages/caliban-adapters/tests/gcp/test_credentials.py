"""Which credentials are found, and what is said of a key that is none."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caliban_adapters.gcp.credentials import Credentials, Places, find_credentials
from caliban_domain.errors import UsageError

NOBODY = 65534
KEY = json.dumps({"type": "service_account", "private_key": "secret"})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    for name in ("flag.json", "variable.json", "setting.json"):
        (folder / name).write_text(KEY)
    return folder


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root could read everything."""
    before = os.geteuid()
    if before != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def places(home: Path, **variables: str) -> Places:
    return Places(variables=variables, home=home, directory=home.parent)


def test_nothing_is_found_where_nothing_is(home: Path) -> None:
    found = find_credentials(None, places(home, GOOGLE_APPLICATION_CREDENTIALS=""))
    assert found == Credentials()
    assert (found.paths, found.mounts, found.environment) == ((), {}, {})


def test_the_flag_comes_before_the_variable_and_that_before_the_setting(home: Path) -> None:
    variable = {"GOOGLE_APPLICATION_CREDENTIALS": str(home / "variable.json")}

    def key(flag: str | None, **variables: str) -> Path | None:
        found = find_credentials(flag, places(home, **variables), configured_key="~/setting.json")
        return found.key

    assert key("~/flag.json", **variable) == home / "flag.json"
    assert key(None, **variable) == home / "variable.json"
    assert key(None) == home / "setting.json"


def test_a_key_that_is_not_used_needs_not_be_one(home: Path) -> None:
    stale = places(home, GOOGLE_APPLICATION_CREDENTIALS="/no/such/key")
    assert find_credentials("~/flag.json", stale).key == home / "flag.json"


def test_a_relative_path_begins_at_the_directory(home: Path) -> None:
    assert find_credentials("home/flag.json", places(home)).key == home / "flag.json"


def test_a_container_sees_the_key_and_gcloud_finds_it_too(home: Path) -> None:
    found = find_credentials("~/flag.json", places(home))
    (target,) = found.mounts
    assert found.mounts == {target: home / "flag.json"}
    assert found.environment == {
        "GOOGLE_APPLICATION_CREDENTIALS": target,
        "CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE": target,
    }


@pytest.mark.parametrize("variable", [None, "elsewhere"])
def test_the_configuration_of_gcloud_is_where_gcloud_has_it(
    home: Path, variable: str | None
) -> None:
    folder = home.parent / variable if variable else home / ".config/gcloud"
    folder.mkdir(parents=True)
    found = find_credentials(
        None, places(home, **{"CLOUDSDK_CONFIG": variable} if variable else {})
    )
    assert found.paths == (folder,)
    assert list(found.mounts.values()) == [folder]
    assert found.environment == {"CLOUDSDK_CONFIG": next(iter(found.mounts))}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file or directory"),
        ("", "it is not JSON"),
        ("-----BEGIN PRIVATE KEY-----", "it is not JSON"),
        ("\udcff", "it is not JSON"),
        ('["type"]', 'it is JSON without a "type"'),
        ('{"type": 1, "private_key": "secret"}', 'it is JSON without a "type"'),
    ],
)
@pytest.mark.parametrize("by", ["--cloud_key", "$GOOGLE_APPLICATION_CREDENTIALS"])
def test_what_is_no_key_is_refused(home: Path, content: str | None, reason: str, by: str) -> None:
    key = home / "key.json"
    if content is not None:
        key.write_bytes(content.encode(errors="surrogateescape"))
    flag, variables = ("~/key.json", {}) if by == "--cloud_key" else (None, {by[1:]: str(key)})
    with pytest.raises(UsageError) as raised:
        find_credentials(flag, places(home, **variables))
    assert raised.value.message == f"{by} names {key}, which can't be used as a key: {reason}"
    assert "secret" not in f"{raised.value.message} {raised.value.hint}"


def test_a_directory_is_no_key(home: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        find_credentials("~", places(home))


def test_a_pipe_is_no_key_and_is_not_waited_for(home: Path) -> None:
    os.mkfifo(home / "pipe")
    with pytest.raises(UsageError, match="it is not a file"):
        find_credentials("~/pipe", places(home))


def test_a_flag_without_a_path_is_no_key(home: Path) -> None:
    with pytest.raises(UsageError, match=r"^--cloud_key names .*: is a directory$"):
        find_credentials("", places(home))


def test_a_setting_that_names_no_key_is_told_with_its_place(home: Path) -> None:
    with pytest.raises(UsageError, match=r"^own\.json:3: key 'gcloud.cloud_key' names "):
        find_credentials(
            None, places(home), configured_key="~/nothing.json", configured_at="own.json:3"
        )


def test_a_key_that_cannot_be_read_is_refused(home: Path) -> None:
    (home / "flag.json").chmod(0)
    with as_nobody(), pytest.raises(UsageError, match="permission denied"):
        find_credentials("~/flag.json", places(home))


def test_the_default_is_the_key_or_else_what_a_login_left_behind(home: Path) -> None:
    gcloud = home / ".config/gcloud"
    gcloud.mkdir(parents=True)
    assert find_credentials(None, places(home)).default is None
    login = gcloud / "application_default_credentials.json"
    login.write_text("{}")
    assert find_credentials(None, places(home)).default == login
    assert find_credentials("~/flag.json", places(home)).default == home / "flag.json"
