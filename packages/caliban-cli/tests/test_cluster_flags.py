"""Which project's clusters are meant."""

import pytest

from fakes.server import Google

from .conftest import Caliban

CONFIG = '{"gcloud": {"project_id": "forest-1"}}'


@pytest.mark.parametrize(
    ("words", "variables", "asked"),
    [
        ((), {}, "forest-1"),
        ((), {"PROJECT_ID": "lake-1"}, "lake-1"),
        (("--project_id", "moor-1"), {"PROJECT_ID": "lake-1"}, "moor-1"),
    ],
)
def test_flag_then_variable_then_settings_name_the_project(
    caliban: Caliban,
    google: Google,
    words: tuple[str, ...],
    variables: dict[str, str],
    asked: str,
) -> None:
    environment = {**google.environment, **variables}
    caliban("cluster", "ls", *words, files={".calibanconfig.json": CONFIG}, env=environment)
    assert [each.path["projectsId"] for each in google.asked] == [asked]
