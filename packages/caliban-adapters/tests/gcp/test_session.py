"""Requests that are sent once."""

import pytest
from google.auth.credentials import AnonymousCredentials
from google.auth.exceptions import RefreshError

from caliban_adapters.gcp.failures import Refused, Unclear
from caliban_adapters.gcp.session import Answer, Session, login
from fakes.server import serve


def test_nobody_needs_a_login_where_credentials_are_disabled() -> None:
    who = login({"CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true"}, None)
    assert isinstance(who, AnonymousCredentials)


def test_a_machine_without_credentials_is_told_how_to_log_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CLOUDSDK_CONFIG", "/nowhere")
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    with pytest.raises(Refused, match="you aren't logged in to Google Cloud"):
        login({}, None)


def test_an_answer_is_what_googles_library_reads() -> None:
    answer = Answer(429, "Too Many Requests", {"Retry-After": "3"})
    assert (answer.status, answer.reason, answer["retry-after"]) == (429, "Too Many Requests", "3")


def test_a_place_that_does_not_answer_is_named_with_the_cause() -> None:
    with serve() as google:
        url = google.url
    session = Session(AnonymousCredentials(), place=url)
    with pytest.raises(Unclear, match=r"127\.0\.0\.1:\d+ doesn't answer \(Connection refused\)"):
        session.request(f"{url}/v1/x")
    session.close()


class NeverRenewed(AnonymousCredentials):
    """A login whose token is never renewed."""

    later = False

    def before_request(self, *_: object) -> None:
        raise RefreshError("no token", retryable=self.later)


class RenewedLater(NeverRenewed):
    """A login whose token may be renewed another time."""

    later = True


@pytest.mark.parametrize(("who", "failure"), [(RenewedLater, Unclear), (NeverRenewed, Refused)])
def test_a_login_that_google_will_check_later_is_not_refused(
    who: type[NeverRenewed], failure: type[Exception]
) -> None:
    session = Session(who(), place="http://127.0.0.1:1")
    with pytest.raises(failure):
        session.request("http://127.0.0.1:1/v1/x")
    session.close()
