"""Service accounts get tokens for their keys, and the APIs want them once they are told to."""

import json
from typing import Any

import pytest
from google.auth.exceptions import InvalidOperation, RefreshError
from google.oauth2 import service_account

from fakes.clients import JOB, PARENT, Library, key_credentials
from fakes.server import Google


@pytest.fixture
def strict(google: Google) -> Google:
    google.tokens.required = True
    return google


def test_nobody_logs_in_unless_the_test_says_so(jobs: Any) -> None:
    assert jobs.list(parent=PARENT).execute() == {}


def test_who_has_no_token_is_refused(strict: Google, jobs: Any) -> None:
    with pytest.raises(InvalidOperation):
        jobs.create(parent=PARENT, body=JOB).execute()
    assert [asked.code for asked in strict.asked] == [401]
    assert strict.jobs.all() == []


def test_a_key_file_lets_in(strict: Google, library: Library) -> None:
    jobs = library.custom_jobs(key_credentials(strict))
    jobs.create(parent=PARENT, body=JOB).execute()
    assert len(strict.jobs.all()) == 1


@pytest.mark.parametrize("by_time", [True, False])
def test_the_library_gets_a_new_token_when_the_old_has_expired(
    strict: Google, library: Library, *, by_time: bool
) -> None:
    jobs = library.custom_jobs(key_credentials(strict))
    jobs.create(parent=PARENT, body=JOB).execute()

    if by_time:
        strict.clock.tick(3601)
    else:
        strict.tokens.expire_all()
    jobs.create(parent=PARENT, body=JOB).execute()

    assert [asked.code for asked in strict.asked] == [200, 401, 200]


@pytest.mark.parametrize(
    ("change", "scope"),
    [
        ({"client_email": "somebody@p.iam.gserviceaccount.com"}, "auth/cloud-platform"),
        ({}, "auth/userinfo.email"),
    ],
)
def test_a_key_that_is_wrong_gets_no_token(
    strict: Google, library: Library, change: dict[str, str], scope: str
) -> None:
    key: Any = json.loads(strict.service_account_key()) | change
    credentials = service_account.Credentials.from_service_account_info(
        key, scopes=[f"https://www.googleapis.com/{scope}"]
    )
    with pytest.raises(RefreshError, match="invalid_grant"):
        library.custom_jobs(credentials).list(parent=PARENT).execute()
