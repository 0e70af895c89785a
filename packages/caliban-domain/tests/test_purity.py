"""What the import rules can't see: the domain's modules use no library, file, console or clock."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import caliban_domain

PACKAGE = Path(caliban_domain.__file__).parent
# What is there for tests needs hypothesis.
SOURCES = sorted(set(PACKAGE.rglob("*.py")) - set(PACKAGE.glob("testing/*.py")))

ALLOWED_IMPORTS = sys.stdlib_module_names | {"caliban_domain"}
FORBIDDEN_NAMES = {
    "breakpoint", "input", "open", "print",  # console and files
    "Path", "PosixPath", "WindowsPath",  # PurePath is fine: it is a value
}  # fmt: skip
FORBIDDEN_ATTRIBUTES = {
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",  # a time is handed in
    "pathlib.Path",
}  # fmt: skip


def impurities(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (a.name for a in names if a.name.split(".")[0] not in ALLOWED_IMPORTS)
            case ast.ImportFrom(module="pathlib", names=names):
                yield from (a.name for a in names if a.name in FORBIDDEN_NAMES)
            case ast.ImportFrom(module=str(module)) if module.split(".")[0] not in ALLOWED_IMPORTS:
                yield module
            case ast.Name(id=name) if name in FORBIDDEN_NAMES - {"Path"}:
                yield name
            case ast.Attribute():
                dotted = ".".join(ast.unparse(node).split(".")[-2:])
                if dotted in FORBIDDEN_ATTRIBUTES:
                    yield dotted


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_a_module_of_the_domain_is_pure(path: Path) -> None:
    assert list(impurities(path.read_text())) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import yaml", ["yaml"]),
        ("from requests.auth import AuthBase", ["requests.auth"]),
        ("from pathlib import Path, PurePath", ["Path"]),
        ("def f(path: str) -> str:\n    return open(path).read()", ["open"]),
        ("def f() -> None:\n    print(1)", ["print"]),
        ("import datetime\nclock = datetime.datetime.now", ["datetime.now"]),
        ("from datetime import date\ntoday = date.today()", ["date.today"]),
        ("import json\nfrom pathlib import PurePath\ndef f(r: Launch): return r.now", []),
    ],
)
def test_an_impurity_is_found(source: str, found: list[str]) -> None:
    assert list(impurities(source)) == found
