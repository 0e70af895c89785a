"""Credentials that look like those of Google Cloud, and that nobody has."""

import json
import subprocess
from pathlib import Path
from typing import Final

MARK: Final = "c0ffee5ecret"
"""Stands in each of them."""


def service_account(token_uri: str) -> str:
    """A key such as Google Cloud makes, whose private key nobody else has."""
    private = subprocess.run(
        ["openssl", "genpkey", "-algorithm", "RSA"], capture_output=True, text=True, check=True
    ).stdout
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "forest",
            "private_key_id": MARK,
            "private_key": private,
            "client_email": "ada@forest.iam.gserviceaccount.com",
            "client_id": "1",
            "token_uri": token_uri,
        }
    )


def default_credentials() -> str:
    return json.dumps(
        {
            "type": "authorized_user",
            "client_id": "1",
            "client_secret": MARK,
            "refresh_token": f"{MARK}-refresh",
        }
    )


def log_in(home: Path) -> None:
    """Leave behind what ``gcloud auth application-default login`` does."""
    folder = home / ".config/gcloud"
    folder.mkdir(parents=True)
    (folder / "application_default_credentials.json").write_text(default_credentials())
    (folder / "configurations").mkdir()
