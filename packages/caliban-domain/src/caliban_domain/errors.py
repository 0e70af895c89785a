"""Everything that can go wrong, as one tree, and the exit code of each branch.

::

    CalibanError             1
    ├ UsageError             2   what was asked for can't be done as asked; nothing was written
    │ ├ BadDocument              a configuration file that can't be read
    │ ├ BadSweep                 an experiment config that says something impossible
    │ ├ BadProjectConfig         a .calibanconfig.json that says something impossible
    │ ├ BadEntrypoint            a module or script that can't be run
    │ ├ BadDirectory             an extra directory that can't be copied
    │ ├ UnsupportedAccelerator   hardware that nobody has, or has no more
    │ ├ UnknownGroup             an experiment group that the history doesn't hold
    │ └ UnknownJob               a job number that the history doesn't hold
    ├ NothingToDo            3   the command is fine and there is nothing for it to act on
    ├ ImageBuildFailed       4   the image couldn't be built
    ├ PlatformError          5   the place where jobs run said no
    │ ├ SubmissionRejected       ... to this job
    │ └ PlatformUnavailable      ... to everybody, for now: the one worth trying again
    ├ HistoryUnavailable     6   the history can't be read or written
    │ └ HistoryNotWritable       ... at least not written
    └ JobsFailed             7   the command did its work; n jobs did not succeed

Adapters raise these at the line that calls a vendor's library, ``from`` the vendor's error.
The command line catches them once, prints the message and the hint, and returns the code.
"""

from typing import ClassVar


class CalibanError(Exception):
    """A failure that a person can act on.

    ``message`` says in one line what is wrong and where; ``hint`` what would be right.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(CalibanError):
    exit_code = 2


class BadDocument(UsageError):
    pass


class BadSweep(UsageError):
    pass


class BadProjectConfig(UsageError):
    pass


class BadEntrypoint(UsageError):
    pass


class BadDirectory(UsageError):
    pass


class UnsupportedAccelerator(UsageError):
    pass


class UnknownGroup(UsageError):
    pass


class UnknownJob(UsageError):
    pass


class NothingToDo(CalibanError):
    exit_code = 3


class ImageBuildFailed(CalibanError):
    exit_code = 4


class PlatformError(CalibanError):
    exit_code = 5


class SubmissionRejected(PlatformError):
    pass


class PlatformUnavailable(PlatformError):
    pass


class HistoryUnavailable(CalibanError):
    exit_code = 6


class HistoryNotWritable(HistoryUnavailable):
    pass


class JobsFailed(CalibanError):
    exit_code = 7
