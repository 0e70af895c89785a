"""The command between others, in the pipes of a real shell."""

import json

from .conftest import Bash

ENDLESS = json.dumps({f"axis{number}": list(range(10)) for number in range(9)})

EDIT = """\
import json, sys
experiments = json.load(sys.stdin)
json.dump([one | {"seed": [1, 2]} for one in experiments if one["a"] != 2], sys.stdout)
"""


def test_a_reader_that_leaves_ends_it_quietly(bash: Bash) -> None:
    finished = bash("expansion a.json | head --bytes 20", {"a.json": ENDLESS})
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == '[{"axis0": 0, "axis1'


def test_a_reader_that_reads_nothing_is_no_failure(bash: Bash) -> None:
    line = "{ sleep 0.1; expansion $FLAG a.json; } | true"
    for flag in ("--count", "--help", "--version", "--format=jsonl"):
        finished = bash(f"FLAG={flag}; {line}", {"a.json": '{"a": 1}'})
        assert (finished.exit_code, finished.stderr) == (0, ""), flag


def test_experiments_can_be_edited_on_their_way(bash: Bash) -> None:
    finished = bash(
        'expansion a.json | "$PYTHON" edit.py | expansion stdin --print_flags',
        {"a.json": '{"a": [1, 2, 3]}', "edit.py": EDIT},
    )
    assert (finished.exit_code, finished.stderr) == (0, "")
    assert finished.stdout == "--a 1 --seed 1\n--a 1 --seed 2\n--a 3 --seed 1\n--a 3 --seed 2\n"


def test_lines_of_flags_can_be_fed_to_xargs(bash: Bash) -> None:
    values = ["two words", "it's", '"', "$HOME", "", "ü"]
    finished = bash(
        "expansion --print_flags a.json | xargs -L 1 printf '<%s>'",
        {"a.json": json.dumps({"a": values})},
    )
    assert finished.stdout == "".join(f"<--a><{value}>" for value in values)


def test_nothing_on_standard_input_is_an_empty_config(bash: Bash) -> None:
    finished = bash("expansion stdin < /dev/null")
    assert (finished.exit_code, finished.stdout) == (2, "")
    assert finished.stderr.startswith("expansion: stdin: is empty\n")


def test_a_line_with_a_line_break_in_a_value_can_be_pasted(bash: Bash) -> None:
    value = "it's\na \\n\nb"
    pasted = 'line=$(expansion --print_flags a.json); eval "printf %s, $line"'
    finished = bash(pasted, {"a.json": json.dumps({"a": value})})
    assert finished.stdout == f"--a,{value},"


def test_a_full_disk_is_told_in_one_line(bash: Bash) -> None:
    finished = bash("expansion a.json > /dev/full", {"a.json": '{"a": 1}'})
    assert finished.exit_code == 1
    assert finished.stderr == "expansion: the output can't be written: No space left on device\n"
