"""What goes on inside, for those who ask with ``-v debug``: a line each, on stderr.

Adapters write to the standard library's ``logging``; here it is shown. Loaded only when asked
for, because structlog takes longer to load than most commands take altogether.
"""

import logging
import re
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from time import perf_counter
from typing import Any, Final

import structlog

_OURS: Final = ("caliban_adapters", "caliban_cli")

_HIDDEN: Final = "***"
_TELLING_NAME: Final = r"[\w-]*(?:token|pass|secret|api[_-]?key|private[_-]?key)[\w-]*"
_VALUE: Final = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s"',}]+)"""
_SECRETS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), shown)
    for pattern, shown in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*-----|\Z)", _HIDDEN),
        (r"(://[^\s/:@'\"]*):[^\s'\"]*@", rf"\1:{_HIDDEN}@"),
        (r"\b(bearer|basic)\s+[\w.~+/=-]+", rf"\1 {_HIDDEN}"),
        # A word that is quoted as a whole, with a value that may hold blanks.
        (rf"(['\"])({_TELLING_NAME}=)(?:\\.|(?!\1).)*\1", rf"\1\2{_HIDDEN}\1"),
        # A flag and its value, one behind the other in a list of words.
        (rf"(['\"]--?{_TELLING_NAME}['\"],\s*){_VALUE}", rf"\1{_HIDDEN}"),
        (rf"(--{_TELLING_NAME}(?:=|\s+)){_VALUE}", rf"\1{_HIDDEN}"),
        (rf"({_TELLING_NAME}['\"]?\s*[=:]\s*){_VALUE}", rf"\1{_HIDDEN}"),
    )
)
_TELLING_KEY: Final = re.compile(_TELLING_NAME, re.IGNORECASE)

EventDict = MutableMapping[str, Any]


@contextmanager
def shown() -> Iterator[None]:
    """Show on stderr what is logged in the body, secrets hidden, with the seconds since here."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_log_level, _clock()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                redact,
                structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
            ],
        )
    )
    loggers = [logging.getLogger(name) for name in _OURS]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
            logger.setLevel(logging.NOTSET)


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """A processor that hides secrets: values under telling names, and what ``redacted`` finds."""
    return {
        name: _HIDDEN
        if _TELLING_KEY.fullmatch(name)
        else redacted(value)
        if isinstance(value, str)
        else value
        for name, value in event.items()
    }


def redacted(text: str) -> str:
    """The text without passwords of URLs, private keys, tokens and values under telling names."""
    for pattern, replacement in _SECRETS:
        text = pattern.sub(replacement, text)
    return text


def _clock() -> Any:
    began = perf_counter()

    def stamp(_logger: object, _method: str, event: EventDict) -> EventDict:
        event["timestamp"] = f"+{perf_counter() - began:.3f}s"
        return event

    return stamp
