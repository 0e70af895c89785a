"""Secrets that lie in a project, and what of them an image sees."""

from pathlib import Path

import pytest

from caliban_adapters.docker.context import Context, read_context
from caliban_domain.images import ImageSpec, JobMode

KEY = '{"type": "service_account", "private_key": "-----BEGIN PRIVATE KEY-----"}'


def context_of(project: Path, files: dict[str, str]) -> Context:
    for name, text in ({"train.py": ""} | files).items():
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    spec = ImageSpec(project=str(project), mode=JobMode.CPU, base_image="x", folder=".")
    return read_context(spec, project.parent / "cache")


@pytest.mark.parametrize(
    "name",
    [
        ".config/gcloud/credentials.db",
        "home/.config/gcloud/access_tokens.db",
        "application_default_credentials.json",
        "data/.netrc",
        ".pypirc",
        ".aws/credentials",
        ".docker/config.json",
        ".ssh/id_ed25519",
        ".git-credentials",
        ".kube/config",
        ".pgpass",
    ],
)
@pytest.mark.parametrize("rules", ["", "!**", "!.netrc\n!.pypirc\n!.config/gcloud\n!.aws\n!.ssh"])
def test_credentials_stay_out_whatever_the_rules_say(tmp_path: Path, name: str, rules: str) -> None:
    context = context_of(tmp_path / "project", {name: "secret", ".dockerignore": rules})
    assert "train.py" in context.paths
    assert name not in context.paths
    assert context.ignore.ignores(name)


@pytest.mark.parametrize("name", [".git/HEAD", ".env", "sub/.env", "sub/.git/HEAD"])
@pytest.mark.parametrize("rules", ["", "!**", "!sub\n!*.py"])
def test_git_and_env_stay_out_unless_they_are_named(tmp_path: Path, name: str, rules: str) -> None:
    context = context_of(tmp_path / "project", {name: "x", ".dockerignore": rules})
    assert name not in context.paths


@pytest.mark.parametrize(
    ("rules", "name"), [("!.git", ".git/HEAD"), ("!.env", ".env"), ("*\n!**/.env", "sub/.env")]
)
def test_git_and_env_come_along_when_a_rule_asks_for_them(
    tmp_path: Path, rules: str, name: str
) -> None:
    context = context_of(tmp_path / "project", {name: "x", ".dockerignore": rules})
    assert name in context.paths


def test_one_env_that_is_named_brings_no_other(tmp_path: Path) -> None:
    files = {".env": "x", "sub/.env": "x", ".dockerignore": "!.env"}
    context = context_of(tmp_path / "project", files)
    assert ".env" in context.paths
    assert "sub/.env" not in context.paths


def test_a_service_accounts_key_is_known_by_what_it_holds(tmp_path: Path) -> None:
    context = context_of(tmp_path / "project", {"deep/innocent.json": KEY, "data.json": "{}"})
    assert "data.json" in context.paths
    assert "deep/innocent.json" not in context.paths
    assert context.ignore.ignores("deep/innocent.json")


@pytest.mark.parametrize("kind", ["authorized_user", "impersonated_service_account"])
def test_so_is_a_login_of_gcloud_under_another_name(tmp_path: Path, kind: str) -> None:
    login = f'{{"type": "{kind}", "source_credentials": {{"refresh_token": "secret"}}}}'
    if kind == "authorized_user":
        login = f'{{"type": "{kind}", "client_id": "x", "refresh_token": "secret"}}'
    context = context_of(tmp_path / "project", {"mine.json": login})
    assert "mine.json" not in context.paths


def test_a_rule_does_not_bring_a_key_back(tmp_path: Path) -> None:
    context = context_of(tmp_path / "project", {"key.json": KEY, ".dockerignore": "!key.json"})
    assert "key.json" not in context.paths


@pytest.mark.parametrize(
    "text",
    [
        *('["private_key"]', '"private_key"', '{"a": "private_key"}', '{"private_key', "{}"),
        *('{"refresh_token": 1}', '{"type": ["authorized_user"], "refresh_token": 1}'),
    ],
)
def test_other_json_is_copied(tmp_path: Path, text: str) -> None:
    assert "a.json" in context_of(tmp_path / "project", {"a.json": text}).paths


def test_a_key_that_changes_makes_no_other_image(tmp_path: Path) -> None:
    first = context_of(tmp_path / "project", {"key.json": KEY})
    assert context_of(tmp_path / "project", {"key.json": KEY + "\n"}).digest == first.digest
