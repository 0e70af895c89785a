"""Read an experiment config from where a person says it is: a file, or standard input."""

from pathlib import Path
from typing import TextIO

from caliban_domain.documents import decode
from caliban_domain.errors import BadSweep
from caliban_domain.experiments import Sweep, parse, sweep_of

STDIN_NAMES = ("stdin", "-")
_NAME_ONE = "name a JSON or YAML file, or stdin"


def read_sweep(where: str, stdin: TextIO | None) -> Sweep:
    """The sweep in the file ``where``, or on standard input for ``stdin`` (in any case) and ``-``.

    A file that ends in .yaml or .yml is YAML, all else is JSON with comments. ``~`` is the home
    directory. Raises BadDocument or BadSweep.
    """
    if not where:
        raise BadSweep("the experiment config has no name", hint=_NAME_ONE)
    if where.lower() in STDIN_NAMES:
        if stdin is None:
            raise BadSweep("stdin is closed", hint="pipe an experiment config in, or name a file")
        return parse(decode(stdin.buffer.read(), "stdin"), "stdin")
    text = decode(_read_file(where), where)
    if where.lower().endswith((".yaml", ".yml")):
        from caliban_expansion.yaml_document import parse_yaml

        document, lines = parse_yaml(text, where)
        return sweep_of(document, where, lines=lambda: lines)
    return parse(text, where)


def _read_file(where: str) -> bytes:
    try:
        return Path(where).expanduser().read_bytes()
    except IsADirectoryError as error:
        raise BadSweep(
            f"{where} is a directory, not an experiment config",
            hint=_NAME_ONE,
        ) from error
    except FileNotFoundError as error:
        raise BadSweep(f"there is no experiment config {where}", hint=_NAME_ONE) from error
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadSweep(f"{where} can't be read: {reason}") from error
