"""Laws of the expansion, checked against plain loops and the standard library's JSON."""

import json
import shlex
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from caliban_domain.documents import parse_json
from caliban_domain.experiments import Sweep, parse
from caliban_expansion.expanded_text import (
    JSON,
    JSON_LINES,
    PRETTY_JSON,
    SHELL_FLAGS,
    Style,
    expanded,
)
from caliban_expansion.yaml_document import parse_yaml

from .strategies import Case, Setting, cases, lines, names, nested, scalars

pytestmark = pytest.mark.property

block_sizes = st.integers(1, 100) | st.just(1 << 17)


def sweep(document: Any) -> Sweep:
    return parse(json.dumps(document), "a.json")


def text(document: Any, style: Style, characters: int = 1 << 17) -> str:
    """The whole text, made in blocks of about so many characters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("caliban_expansion.expanded_text._BLOCK_CHARACTERS", characters)
        return "".join(expanded(sweep(document), style))


def as_config(experiments: list[Setting]) -> list[Setting]:
    """The experiments as a config that stands for just them: lists keep one list around them."""
    return [
        {name: [value] if isinstance(value, list) else value for name, value in one.items()}
        for one in experiments
    ]


@given(cases(nested()), block_sizes)
def test_the_json_is_that_of_plain_loops(case: Case, characters: int) -> None:
    document, experiments = case
    assert text(document, JSON, characters) == json.dumps(as_config(experiments)) + "\n"


@given(cases(nested()), block_sizes)
def test_json_lines_are_those_of_plain_loops(case: Case, characters: int) -> None:
    document, experiments = case
    plain = [json.dumps(one) for one in as_config(experiments)]
    assert text(document, JSON_LINES, characters).splitlines() == plain
    assert sweep(document).count == len(plain)


@given(cases(scalars()), block_sizes)
def test_pretty_json_is_that_of_the_standard_library(case: Case, characters: int) -> None:
    document, experiments = case
    assert text(document, PRETTY_JSON, characters) == json.dumps(experiments, indent=2) + "\n"


@given(cases(nested()), st.sampled_from([JSON, PRETTY_JSON]))
def test_expanding_again_changes_nothing(case: Case, style: Style) -> None:
    document, _ = case
    once = text(document, style)
    assert "".join(expanded(parse(once, "a.json"), style)) == once


@given(cases(nested(lines)), block_sizes)
def test_a_line_of_flags_reads_as_its_experiments_arguments(case: Case, characters: int) -> None:
    document, experiments = case
    written = text(document, SHELL_FLAGS, characters).removesuffix("\n").split("\n")
    if experiments:
        argvs = [experiment.argv for experiment in sweep(document).experiments()]
        assert [tuple(shlex.split(line)) for line in written] == argvs
    else:
        assert written == [""]


@given(cases(nested()))
def test_each_experiment_has_one_line_of_flags_whatever_it_holds(case: Case) -> None:
    document, experiments = case
    assert text(document, SHELL_FLAGS).count("\n") == len(experiments)


class _QuotedStrings(yaml.SafeDumper):
    """Writes every string in quotes, as PyYAML's own idea of what needs them is YAML 1.1's."""


_QuotedStrings.add_representer(
    str,
    lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"'),
)


@given(cases(nested()), st.booleans())
def test_yaml_says_the_same_as_json(case: Case, flow: bool) -> None:  # noqa: FBT001
    document, _ = case
    in_yaml = yaml.dump(document, Dumper=_QuotedStrings, default_flow_style=flow, sort_keys=False)
    read, _ = parse_yaml(in_yaml, "a.yaml")
    assert json.dumps(read) == json.dumps(document)


_plain = st.characters(codec="utf-8", exclude_categories=["Cc", "Cn", "Co", "Cs", "Zl", "Zp"])


@given(cases(nested(st.text(_plain, max_size=8)), st.from_regex(r"[a-z]\w*", fullmatch=True)))
def test_json_is_yaml_too(case: Case) -> None:
    document, _ = case
    in_json = json.dumps(document, ensure_ascii=False, indent=1)
    read, _ = parse_yaml(in_json, "a.yaml")
    assert json.dumps(read) == json.dumps(parse_json(in_json, "a.json"))


@given(names, st.lists(scalars(), min_size=1, max_size=3))
def test_the_values_of_a_key_keep_their_types(name: str, values: list[Any]) -> None:
    read = json.loads(text({name: values}, JSON))
    assert [type(one[name]) for one in read] == [type(value) for value in values]
    assert [one[name] for one in read] == values
