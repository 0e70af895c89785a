"""The documentation is true: its links lead somewhere, its examples print what they say."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from caliban_cli import main as caliban
from caliban_cli.command_tree import command_module, find
from caliban_cli.options import parse
from caliban_expansion.main import parser_of_expansion

REPOSITORY = Path(__file__).parent.parent
DOCS = REPOSITORY / "docs"
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/**/*.md", "packages/*/README.md", "tutorials/**/*.md")
    for page in REPOSITORY.glob(pattern)
    if "_build" not in page.parts
)

FENCE = re.compile(r"^```(\S.*?)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
INLINE_CODE = re.compile(r"`[^`\n]+`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
INDENTED = re.compile(r"^(?: {4}.*\n)+", re.MULTILINE)
HELP_EXAMPLE = re.compile(r"^  ((?:caliban|expansion) .+?)(?:  .*)?$", re.MULTILINE)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
OURS = re.compile(r"^ +(?:caliban|expansion|make) \S", re.MULTILINE)
FILE = re.compile(r":caption: (\S+)\n\n(.*)", re.DOTALL)

# A reader's shell, with the commands of this checkout.
PRELUDE = """\
caliban() { "$PYTHON" -m caliban_cli.main "$@"; }
expansion() { "$PYTHON" -m caliban_expansion.main "$@"; }
python() { "$PYTHON" "$@"; }
"""

# Programs of others that pages tell of. They are not run, and their flags are not checked.
PROGRAMS_OF_OTHERS = ("docker", "gcloud", "jq", "pipx", "python", "sleep", "xargs")

# What makes a plan in a project alone, unless one of these is among its words; and what is in the
# files that it names.
PLANNING = (["run"], ["cloud"], ["cluster", "job", "submit"])
NOT_ALONE = {"--cluster_name", "--export", "stdin"}
MADE = {".py": "", ".sh": "", ".json": '{"rate": [0.1, 0.2]}'}
EXTRAS = '[project]\nname = "digits"\nversion = "1"\noptional-dependencies = {plots = []}\n'
LAB = """\
contexts: [{name: lab, context: {cluster: lab, user: lab}}]
clusters: [{name: lab, cluster: {server: "https://lab:6443"}}]
users: [{name: lab, user: {token: acorn}}]
current-context: lab
"""
WITHOUT_GOOGLE = {
    "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
    "NO_GCE_CHECK": "true",
    "PROJECT_ID": "my-project",
}

# A shell that notes down the commands of this project, the number of words before the words, and
# knows no program but those that are named.
NOTING = """\
PATH=/nowhere
command_not_found_handle() { note unknown "$@"; }
note() { printf '%s\\0' "$#" "$@" >>"$NOTES"; }
caliban() { note caliban "$@"; }
expansion() { note expansion "$@"; }
make() { note make "$@"; }
mkdir() { /bin/mkdir -p "$@"; }
source() { :; }
"""


def name(page: Path) -> str:
    return str(page.relative_to(REPOSITORY))


def prose(page: Path) -> str:
    """The text without code, in which brackets mean something else."""
    return INLINE_CODE.sub("", FENCE.sub("", page.read_text()))


def anchors(page: Path) -> set[str]:
    """The headings as links spell them."""
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def sessions(block: str) -> Iterator[tuple[str, str]]:
    """The commands of a console block, each with what it should print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        lines = part.splitlines(keepends=True)
        more = 1
        while more < len(lines) and lines[more].startswith("> "):
            more += 1
        yield "".join(line.removeprefix("> ") for line in lines[:more]), "".join(lines[more:])


def scripts(page: Path) -> list[str]:
    """What a page tells to type without showing what is printed."""
    blocks = FENCE.findall(page.read_text())
    typed = [block for kind, block in blocks if kind in {"bash", "sh"}]
    indented = INDENTED.findall(FENCE.sub("", page.read_text()))
    typed += [block for block in indented if OURS.search(block)]
    for kind, block in blocks:
        if kind == "text":
            typed += [command for command, _ in sessions(block)]
            typed += HELP_EXAMPLE.findall(block.partition("examples:\n")[2])
    return typed


def noted(notes: str) -> Iterator[list[str]]:
    """The commands that the noting shell came by, word by word."""
    words = iter(notes.split("\0")[:-1])
    for count in words:
        yield [next(words) for _ in range(int(count))]


def check(words: list[str], folder: Path) -> None:
    """Raise what the program of a command says against its words.

    It plans, if it can; of what would do more the words are understood.
    """
    make_what_is_named(words, folder)
    match words:
        case ["caliban", "--completion", *_]:
            assert caliban.main(words[1:]) == 0
        case ["caliban", *rest] if planned := dry(rest):
            assert caliban.main(planned) == 0, words
        case ["caliban", *rest]:
            command, flags = find(rest)
            module = command_module(command)
            parse(module.Args, module.MANUAL, flags)
        case ["expansion", *rest]:
            parser = parser_of_expansion()
            parser.parse_args(parser.settled(rest))
        case ["make", target, *_]:
            assert re.search(f"^{target}:", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
        case _:
            pytest.fail(f"not a command that a page may tell of: {words}")


def dry(words: list[str]) -> list[str] | None:
    """The command as one that only plans."""
    for command in PLANNING:
        if words[: len(command)] == command and NOT_ALONE.isdisjoint(words):
            return [*command, "--dry_run", *words[len(command) :]]
    return None


def make_what_is_named(words: list[str], folder: Path) -> None:
    for before, word in pairwise(words):
        path = folder / word
        if before == "-d":
            path.mkdir(exist_ok=True)
        elif before == "--extras":
            (folder / "pyproject.toml").write_text(EXTRAS)
        elif path.suffix in MADE:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(MADE[path.suffix])


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_reference_is_what_the_code_says() -> None:
    generated = subprocess.run(
        [sys.executable, DOCS / "generate_reference.py", "--print"],
        capture_output=True,
        text=True,
        check=True,
    )
    pages = [DOCS / "reference" / page for page in ("commands.md", "machines.md")]
    assert "".join(page.read_text() for page in pages) == generated.stdout, (
        "run python docs/generate_reference.py"
    )
    assert "%%" not in generated.stdout


def test_the_page_of_the_architecture_names_every_module_of_the_domain_and_every_adapter() -> None:
    page = (DOCS / "explanation/architecture.md").read_text()
    rows = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"\w+", row)}
    packages = REPOSITORY / "packages"
    modules = {
        module.stem
        for module in (packages / "caliban-domain/src/caliban_domain").glob("*.py")
        if module.stem not in {"__init__", "ports", "dry_run"}  # which have a section of their own
    }
    adapters = {
        folder.parent.name
        for folder in (packages / "caliban-adapters/src/caliban_adapters").glob("*/__init__.py")
    }
    assert named == modules | adapters | {"Images", "Platform", "History"}


def test_the_page_of_errors_is_what_making_them_prints() -> None:
    generated = subprocess.run(
        [sys.executable, DOCS / "generate_errors.py", "--print"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (DOCS / "reference/errors.md").read_text() == generated.stdout, (
        "run python docs/generate_errors.py"
    )


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "```console" in page.read_text()], ids=name
)
def test_the_commands_of_a_page_print_what_it_shows(page: Path, tmp_path: Path) -> None:
    project = tmp_path / "digits"
    shutil.copytree(REPOSITORY / "tutorials/basic", project)
    environment = {name: os.environ[name] for name in os.environ.keys() - {"CALIBAN_BASE_IMAGE"}}
    for kind, block in FENCE.findall(page.read_text()):
        if file := FILE.fullmatch(block):
            (project / file[1]).parent.mkdir(exist_ok=True)
            (project / file[1]).write_text(file[2])
        for command, expected in sessions(block) if kind == "console" else ():
            finished = subprocess.run(
                ["bash", "-c", PRELUDE + command],
                cwd=project,
                env=environment | {"PYTHON": sys.executable},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            assert finished.stdout.replace(str(tmp_path), "~") == expected.rstrip("\n") + "\n"


@pytest.mark.parametrize(
    "page", [page for page in PAGES if scripts(page) and page.name != "errors.md"], ids=name
)
def test_the_commands_that_a_page_tells_to_type_are_taken_as_they_are(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for variable, value in (WITHOUT_GOOGLE | {"HOME": str(tmp_path)}).items():
        monkeypatch.setenv(variable, value)
    (tmp_path / ".config/fish/completions").mkdir(parents=True)
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube/config").write_text(LAB)
    notes = tmp_path / "notes"
    others = "".join(f"{program}() {{ :; }}\n" for program in PROGRAMS_OF_OTHERS)
    for script in scripts(page):
        notes.write_text("")
        subprocess.run(
            ["bash", "-c", f"{NOTING}{others}set -e\n{script}"],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "NOTES": str(notes), "PATH": os.environ["PATH"]},
            timeout=30,
            check=True,
        )
        for words in noted(notes.read_text()):
            check(words, tmp_path)


@pytest.mark.parametrize("page", [page for page in PAGES if ">>> " in page.read_text()], ids=name)
def test_the_python_of_a_page_does_what_it_shows(page: Path) -> None:
    outcome = doctest.testfile(str(page), module_relative=False)
    assert outcome.attempted
    assert not outcome.failed


def test_sphinx_has_nothing_to_say_against_the_pages(tmp_path: Path) -> None:
    html = tmp_path / "html"
    arguments = ("-W", "--keep-going", "-q", "-d", tmp_path / "trees", DOCS, html)
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    commands = (html / "reference/commands.html").read_text()
    assert "with --base: build it" in commands, "typography has made a dash of two hyphens"
