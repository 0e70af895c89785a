"""What the docker client and its builders complain about, and what that means."""

import re
from collections.abc import Iterable, Sequence
from functools import partial
from itertools import takewhile
from typing import Final

from caliban_adapters.docker.engine import HOW_TO_START
from caliban_adapters.docker.read_setup import FAILED, NO_EXTRA
from caliban_domain.errors import ImageBuildFailed, PlatformUnavailable, UsageError

_LAST: Final = 15
_NOT_THERE: Final = (
    *("no such image", "image not known", "invalid reference format", "must be lowercase"),
    "reference does not exist",
)
_NO_ENGINE: Final = (
    *("cannot connect to the docker daemon", "failed to connect to the docker"),
    *("error during connect", "permission denied while trying"),
    *("unable to resolve docker endpoint", "unable to parse docker host"),
)
_DISK_FULL: Final = "no space left on device"

# Lines of BuildKit's plain progress: "#9 0.843 text", "#9 ERROR: text", "#9 sha256:...".
_OUTPUT: Final = r"#(\d+) \d+\.\d+ (.*)"
_NUMBER: Final = re.compile(r"#\d+ \d+\.\d+ ")
_ERROR: Final = r"#(\d+) ERROR: (.*)"


def is_missing_image(complaint: str) -> bool:
    """Whether the engine only says that there is no image of this name."""
    return _says(complaint, _NOT_THERE)


def unavailable(complaint: str) -> PlatformUnavailable:
    """The error for an engine that can't be asked, in the client's words."""
    if "permission denied" in complaint.lower():
        return PlatformUnavailable(
            "the Docker engine can't be used: permission denied",
            hint="join the group docker (sudo usermod -aG docker $USER), then log in again",
        )
    words = next(iter(complaint.strip().splitlines()), "the docker client doesn't say why")
    return PlatformUnavailable(f"no Docker engine answers: {words}", hint=HOW_TO_START)


def failed_pull(name: str, lines: Sequence[str]) -> ImageBuildFailed | PlatformUnavailable:
    """The error for a base image that couldn't be pulled, with the engine's own reason."""
    reason = next((line for line in reversed(lines) if line.strip()), "it doesn't say why")
    if _says(reason, _NO_ENGINE):
        return unavailable(reason)
    reason = reason.removeprefix("Error response from daemon: ")
    return ImageBuildFailed(
        f"the base image {name} isn't there, and the engine can't pull it: {reason}",
        hint="name another one as base_image in .calibanconfig.json or in $CALIBAN_BASE_IMAGE",
    )


def failed_build(lines: Sequence[str]) -> ImageBuildFailed | PlatformUnavailable | UsageError:
    """The error for a build that ended badly after it wrote these lines."""
    for line in lines[-_LAST:]:
        if _says(line, _NO_ENGINE) and not line.startswith("#"):
            return unavailable(line)
    if of_setup := [error for error in map(_of_setup, lines) if error]:
        return of_setup[0]
    words = "\n".join(f"  {line}" for line in last_words(lines))
    if any(_DISK_FULL in line for line in lines):
        return ImageBuildFailed(
            f"the image couldn't be built, because the engine's disk is full:\n{words}",
            hint="docker system df shows what takes the space, docker system prune frees some",
        )
    return ImageBuildFailed(f"the image couldn't be built:\n{words}")


def _of_setup(line: str) -> ImageBuildFailed | UsageError | None:
    """What read_setup said in the container."""
    text = _NUMBER.sub("", line)
    if text.startswith(NO_EXTRA):
        return UsageError(f"--extras: {text}", hint="extras are the keys of extras_require")
    if text.startswith(FAILED):
        return ImageBuildFailed(
            text, hint="it runs without the code; beside it are the files that it names in quotes"
        )
    return None


def last_words(lines: Sequence[str]) -> list[str]:
    """What the step that failed wrote, without the builder's frame around it."""
    errors = [error for line in lines if (error := re.fullmatch(_ERROR, line))]
    # Steps that ran beside the one that failed are cancelled, and that is an error too.
    own = [error for error in errors if "context canceled" not in error[2]]
    if not own:
        return [line for line in lines if line.strip("- ")][-_LAST:]
    step, reason = own[0].groups()
    return _written_by(step, lines)[-_LAST:] or [reason]


def _written_by(step: str, lines: Iterable[str]) -> list[str]:
    """What one step wrote before its error, after which BuildKit repeats some of it."""
    before = takewhile(lambda line: not line.startswith(f"#{step} ERROR: "), lines)
    outputs = filter(None, map(partial(re.fullmatch, _OUTPUT), before))
    return [output[2] for output in outputs if output[1] == step and output[2].strip()]


def _says(line: str, phrases: Iterable[str]) -> bool:
    return any(phrase in line.lower() for phrase in phrases)
