"""Where a job came from: what it takes to say, years later, what exactly was run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Revision:
    """Which version of its code a project is at.

    ``dirty`` says whether files differ from the commit or are new; ``diff`` is a hash of how the
    files that the commit holds differ from it (64 hexadecimal digits), None where they don't.
    """

    commit: str
    dirty: bool
    diff: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Provenance:
    """What the jobs of one launch have in common.

    ``command`` is what is executed in the container, before the arguments of the experiment;
    ``base_digest`` that of the image which theirs was built from; ``revision`` that of the project
    when they were launched; ``version`` Caliban's.
    """

    version: str
    command: tuple[str, ...] = ()
    base_digest: str | None = None
    revision: Revision | None = None
