"""The rows of launches: what the jobs of one command have in common, kept once."""

import json
from collections.abc import Mapping
from typing import Any

from caliban_domain.provenance import Provenance, Revision


def launch_row(provenance: Provenance) -> Mapping[str, Any]:
    """The row of a launch, but for its number."""
    revision = provenance.revision
    return {
        "version": provenance.version,
        "command": json.dumps(provenance.command),
        "base_digest": provenance.base_digest,
        "git_commit": revision and revision.commit,
        "git_dirty": revision and revision.dirty,
        "git_diff": revision and revision.diff,
    }


def provenance_of(row: Mapping[Any, Any]) -> Provenance | None:
    """The provenance in a row; None where none was recorded."""
    if row["version"] is None:
        return None
    commit, dirty, diff = row["git_commit"], row["git_dirty"], row["git_diff"]
    return Provenance(
        version=row["version"],
        command=tuple(json.loads(row["command"])),
        base_digest=row["base_digest"],
        revision=None if commit is None else Revision(commit=commit, dirty=dirty, diff=diff),
    )
