"""Every module has its tests where one would look for them."""

from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parent.parent

EXEMPT = {
    "__init__",  # says what a package is, does nothing
    "ports",  # protocols; their tests are the contracts that every implementation passes
    "env",  # Alembic's own entry point, run by every test of the history
    "versions",  # migrations, likewise
}


def modules() -> list[Path]:
    return [
        module.relative_to(REPOSITORY)
        for module in sorted(REPOSITORY.glob("packages/*/src/**/*.py"))
        if not EXEMPT & {module.stem, module.parent.name}
    ]


@pytest.mark.parametrize("module", modules(), ids=str)
def test_a_module_has_its_mirror(module: Path) -> None:
    packages, package, _src, _name, *folders, _file = module.parts
    mirror = Path(packages, package, "tests", *folders, f"test_{module.name}")
    assert (REPOSITORY / mirror).is_file(), f"{module} has no {mirror}"
