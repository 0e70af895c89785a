"""Modules, functions and their nesting stay small enough to be read in one go."""

import ast
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent

LINES_OF_A_MODULE = 300
LINES_OF_A_FUNCTION = 40
LEVELS_OF_NESTING = 3

Block = ast.If | ast.For | ast.While | ast.With | ast.Try | ast.Match


def modules() -> list[Path]:
    return sorted(REPOSITORY.glob("packages/*/src/**/*.py"))


def nesting(node: ast.AST) -> int:
    """How many blocks lie in one another; an elif lies beside its if."""
    match node:
        case ast.If(body=body, orelse=[ast.If() as beside]):
            return max(1 + max(map(nesting, body)), nesting(beside))
        case _:
            below = max(map(nesting, ast.iter_child_nodes(node)), default=0)
            return below + isinstance(node, Block)


@pytest.mark.parametrize("module", modules(), ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_a_module_keeps_its_budget(module: Path) -> None:
    source = module.read_text()
    assert len(source.splitlines()) <= LINES_OF_A_MODULE

    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < LINES_OF_A_FUNCTION, node.name
            assert nesting(node) <= LEVELS_OF_NESTING, node.name
