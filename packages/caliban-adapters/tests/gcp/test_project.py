"""Which project a command works in."""

from pathlib import Path

import pytest

from caliban_adapters.gcp.credentials import Credentials
from caliban_adapters.gcp.project import find_project
from caliban_domain.errors import UsageError

NOBODY = Credentials()


@pytest.fixture
def everybody(tmp_path: Path) -> Credentials:
    key, gcloud = tmp_path / "key.json", tmp_path / "gcloud"
    key.write_text('{"type": "service_account", "project_id": "of-the-key"}')
    gcloud.mkdir()
    (gcloud / "application_default_credentials.json").write_text(
        '{"type": "authorized_user", "quota_project_id": "of-gcloud"}'
    )
    return Credentials(key=key, gcloud=gcloud)


def test_the_first_that_names_a_project_decides(everybody: Credentials) -> None:
    variables = {"PROJECT_ID": "of-variable"}
    assert find_project("of-the-flag", variables, "of-config", everybody) == "of-the-flag"
    assert find_project(None, variables, "of-config", everybody) == "of-variable"
    assert find_project(None, {}, "of-config", everybody) == "of-config"
    assert find_project(None, {}, None, everybody) == "of-the-key"
    assert find_project(None, {}, None, Credentials(gcloud=everybody.gcloud)) == "of-gcloud"


def test_no_project_at_all_says_where_one_can_be_named() -> None:
    with pytest.raises(UsageError, match="no project of Google Cloud is named") as refused:
        find_project(None, {}, None, NOBODY)
    assert refused.value.hint
    assert "--project_id" in refused.value.hint


def test_what_is_no_id_is_refused_with_its_source() -> None:
    with pytest.raises(UsageError, match=r"\$PROJECT_ID: 'My Project'"):
        find_project(None, {"PROJECT_ID": "My Project"}, None, NOBODY)
