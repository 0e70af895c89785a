"""Tokens of pages: where the next page begins, of which question."""

import base64
import binascii
import json
from typing import Any

from fakes.refusals import Refused, invalid


def page_token(question: str, place: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps([question, place]).encode()).decode()


def read_page_token(question: str, token: str) -> Any:
    """The place that a token was made for; refused if it belongs to another question."""
    try:
        asked, place = json.loads(base64.urlsafe_b64decode(token))
    except (binascii.Error, ValueError, TypeError) as error:
        raise Refused(invalid("The page token is invalid.")) from error
    if asked != question:
        raise Refused(invalid("The page token belongs to a request with other parameters."))
    return place
