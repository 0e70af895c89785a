"""The command as a person or a pipe calls it: what it prints, and where."""

import json
from collections.abc import Sequence
from typing import NoReturn

import pytest

from .conftest import Expansion

EXPERIMENT = """\
[    {
        "epochs": [1,2, 3, 4],
        "batch_size": [64, 128],
        "constant_arg": "something",
        "important_toggle": [true, false]
    },
    {
        "epochs": 1000,
        "batch_size": 1
    }
]
"""

PLAIN = """\
[{"epochs": 1, "batch_size": 64, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 1, "batch_size": 64, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 1, "batch_size": 128, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 1, "batch_size": 128, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 2, "batch_size": 64, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 2, "batch_size": 64, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 2, "batch_size": 128, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 2, "batch_size": 128, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 3, "batch_size": 64, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 3, "batch_size": 64, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 3, "batch_size": 128, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 3, "batch_size": 128, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 4, "batch_size": 64, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 4, "batch_size": 64, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 4, "batch_size": 128, "constant_arg": "something", "important_toggle": true}, \
{"epochs": 4, "batch_size": 128, "constant_arg": "something", "important_toggle": false}, \
{"epochs": 1000, "batch_size": 1}]
"""

PRETTY_BEGINNING = """\
[
  {
    "epochs": 1,
    "batch_size": 64,
    "constant_arg": "something",
    "important_toggle": true
  },
  {
    "epochs": 1,
    "batch_size": 64,
    "constant_arg": "something",
    "important_toggle": false
  },
  {
    "epochs": 1,
    "batch_size": 128,
    "constant_arg": "something",
    "important_toggle": true
  },
"""

FLAGS = """\
--epochs 1 --batch_size 64 --constant_arg something --important_toggle
--epochs 1 --batch_size 64 --constant_arg something
--epochs 1 --batch_size 128 --constant_arg something --important_toggle
--epochs 1 --batch_size 128 --constant_arg something
--epochs 2 --batch_size 64 --constant_arg something --important_toggle
--epochs 2 --batch_size 64 --constant_arg something
--epochs 2 --batch_size 128 --constant_arg something --important_toggle
--epochs 2 --batch_size 128 --constant_arg something
--epochs 3 --batch_size 64 --constant_arg something --important_toggle
--epochs 3 --batch_size 64 --constant_arg something
--epochs 3 --batch_size 128 --constant_arg something --important_toggle
--epochs 3 --batch_size 128 --constant_arg something
--epochs 4 --batch_size 64 --constant_arg something --important_toggle
--epochs 4 --batch_size 64 --constant_arg something
--epochs 4 --batch_size 128 --constant_arg something --important_toggle
--epochs 4 --batch_size 128 --constant_arg something
--epochs 1000 --batch_size 1
"""


def printed(expansion: Expansion, *words: str, text: str = EXPERIMENT) -> str:
    finished = expansion(*words, "experiment.json", files={"experiment.json": text})
    assert (finished.exit_code, finished.stderr) == (0, "")
    return finished.stdout


def test_the_expansion_is_one_json_list_on_one_line(expansion: Expansion) -> None:
    assert printed(expansion) == PLAIN
    assert printed(expansion, "--format", "json") == PLAIN


def test_pprint_indents_by_two(expansion: Expansion) -> None:
    pretty = printed(expansion, "--pprint")
    assert pretty.startswith(PRETTY_BEGINNING)
    assert pretty == json.dumps(json.loads(PLAIN), indent=2) + "\n"


@pytest.mark.parametrize("spelling", ["--print_flags", "--print-flags"])
def test_print_flags_gives_a_line_to_each_experiment(expansion: Expansion, spelling: str) -> None:
    assert printed(expansion, spelling) == FLAGS


def test_flags_may_stand_behind_the_file(expansion: Expansion) -> None:
    finished = expansion("e.json", "--print_flags", files={"e.json": EXPERIMENT})
    assert finished.stdout == FLAGS


def test_jsonl_gives_an_object_a_line(expansion: Expansion) -> None:
    lines = printed(expansion, "--format", "jsonl").splitlines()
    assert "[" + ", ".join(lines) + "]\n" == PLAIN


def test_count_says_how_many(expansion: Expansion) -> None:
    assert printed(expansion, "--count") == "17\n"


def test_count_never_expands(expansion: Expansion) -> None:
    huge = json.dumps({f"axis{number}": list(range(10)) for number in range(300)})
    assert printed(expansion, "--count", text=huge) == f"{10**300}\n"


@pytest.mark.parametrize(
    ("words", "nothing", "one_without_flags"),
    [
        ((), "[]\n", "[{}]\n"),
        (("--pprint",), "[]\n", "[\n  {}\n]\n"),
        (("--format", "jsonl"), "", "{}\n"),
        (("--print_flags",), "", "\n"),
        (("--count",), "0\n", "1\n"),
    ],
)
def test_no_experiments_and_one_without_flags_are_fine(
    expansion: Expansion, words: Sequence[str], nothing: str, one_without_flags: str
) -> None:
    assert printed(expansion, *words, text="[]") == nothing
    assert printed(expansion, *words, text="{}") == one_without_flags


def test_a_list_in_a_list_stays_one_value(expansion: Expansion) -> None:
    text = '{"layers": [[64, 64], [128]], "[a, b]": [1, "x"]}'
    assert printed(expansion, text=text) == (
        '[{"layers": [[64, 64]], "a": 1, "b": "x"}, {"layers": [[128]], "a": 1, "b": "x"}]\n'
    )
    assert printed(expansion, "--print_flags", text=text) == (
        "--layers '[64, 64]' --a 1 --b x\n--layers '[128]' --a 1 --b x\n"
    )


def test_print_flags_quotes_for_a_shell(expansion: Expansion) -> None:
    text = json.dumps({"a": ["it's", "$(rm *)", "", "ünï", "two words"], "off": False})
    assert printed(expansion, "--print_flags", text=text) == (
        """--a 'it'"'"'s'\n--a '$(rm *)'\n--a ''\n--a 'ünï'\n--a 'two words'\n"""
    )


@pytest.mark.parametrize("name", ["stdin", "STDIN", "StdIn", "-"])
def test_standard_input_is_read_under_each_of_its_names(expansion: Expansion, name: str) -> None:
    finished = expansion(name, stdin=EXPERIMENT)
    assert (finished.exit_code, finished.stdout, finished.stderr) == (0, PLAIN, "")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_is_an_answer(expansion: Expansion, flag: str) -> None:
    finished = expansion(flag)
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout.startswith("usage: expansion ")
    for documented in ("--pprint", "--print_flags", "--count", "--format", "--version"):
        assert documented in finished.stdout


def test_version_names_the_program(expansion: Expansion) -> None:
    finished = expansion("--version")
    assert finished.exit_code == 0
    assert finished.stdout.startswith("expansion 0.")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ((), "the following arguments are required: experiment_config"),
        (("--pprint", "--count", "-"), "not allowed with argument --pprint"),
        (("--pretty", "-"), "expansion has no flag --pretty; did you mean --pprint?"),
        (("--print", "-"), "expansion has no flag --print; did you mean --pprint?"),
        (("a.json", "b.json"), "unrecognized arguments: b.json"),
        (("--format", "xml", "-"), "invalid choice: 'xml'"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(
    expansion: Expansion, words: Sequence[str], complaint: str
) -> None:
    finished = expansion(*words, stdin="{}")
    assert (finished.exit_code, finished.stdout) == (2, "")
    complained, hint = finished.stderr.splitlines()
    assert complained.startswith("expansion: ")
    assert complaint in complained
    assert hint == "hint: expansion --help shows what there is"


def test_a_flag_file_is_read(expansion: Expansion) -> None:
    files = {"my.flags": "--pprint\n--flagfile inner.flags", "inner.flags": "a.json"}
    finished = expansion("--flagfile", "my.flags", files=files | {"a.json": '{"a": 1}'})
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == '[\n  {\n    "a": 1\n  }\n]\n'


def test_a_mistake_in_a_flag_file_is_told_with_its_line(expansion: Expansion) -> None:
    finished = expansion("--flagfile", "my.flags", files={"my.flags": "\n--pretty"})
    assert finished.exit_code == 2
    assert finished.stderr.startswith("expansion: my.flags:2: expansion has no flag --pretty;")


def test_flags_are_spelled_with_underscores_or_hyphens(expansion: Expansion) -> None:
    assert printed(expansion, "--print-flags", text='{"a": 1}') == "--a 1\n"


def test_debug_tells_how_many_there_are_beside_the_answer(expansion: Expansion) -> None:
    finished = expansion("-v", "debug", "-", stdin='{"a": [1, 2]}')
    assert finished.stdout == '[{"a": 1}, {"a": 2}]\n'
    assert finished.stderr == "expansion: - describes 2 experiments\n"


def test_the_full_help_is_the_help(expansion: Expansion) -> None:
    assert expansion("--helpfull") == expansion("--help")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_completion(expansion: Expansion, shell: str) -> None:
    finished = expansion("--completion", shell)
    assert (finished.exit_code, finished.stderr) == (0, "")
    for word in ("expansion", "print_flags", "jsonl", "flagfile"):
        assert word in finished.stdout


def test_an_interrupt_exits_130(expansion: Expansion, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr("caliban_expansion.main.read_sweep", interrupt)
    finished = expansion("a.json")
    assert (finished.exit_code, finished.stdout, finished.stderr) == (130, "", "")
