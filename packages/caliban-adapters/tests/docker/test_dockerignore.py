"""Which paths a .dockerignore keeps out: by its documentation, by laws, and by Docker itself."""

import os
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.docker.client import find_client
from caliban_adapters.docker.dockerignore import Ignore, Pattern, exactly, parse
from caliban_domain.errors import UsageError


@pytest.mark.parametrize(
    ("text", "ignored", "kept"),
    [
        # The table of the documentation, and its examples of exceptions.
        ("# comment", [], ["# comment", "comment"]),
        ("*/temp*", ["somedir/temporary.txt", "somedir/temp/file"], ["temp", "a/b/temp"]),
        ("*/*/temp*", ["somedir/subdir/temporary.txt"], ["somedir/temp", "temp"]),
        ("temp?", ["tempa", "tempb/file"], ["temp", "tempab", "a/tempa"]),
        ("**/*.go", ["a.go", "a/b/c.go"], ["a.gone"]),
        ("*.md\n!README.md", ["b.md"], ["README.md", "a/b.md"]),
        ("*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README.md"]),
        ("*.md\nREADME-secret.md\n!README*.md", ["a.md"], ["README-secret.md", "README.md"]),
        # How lines are read.
        ("/foo/bar\nfoo//baz/", ["foo/bar", "foo/baz/x"], ["foo/x", "bar"]),
        ("./a/../b", ["b", "b/c"], ["a", "a/b"]),
        ("  a  \r\n\tb\r\n", ["a", "b"], ["c"]),
        ("\ufeffa", ["a"], ["\ufeffa"]),
        ("a # b", ["a # b"], ["a"]),
        ("\\#a\n\\!b\n /#c", ["#a", "!b", "#c"], ["a", "b", "c"]),
        ("*\n! a\n!!b", ["b", " a"], ["a", "!b"]),
        ("*\n./!b", ["a"], ["b"]),
        (".\n/\n..\n../a\n\n", [], ["a", ".hidden", "a/b"]),
        # What patterns match.
        (".*", [".git", ".a/b"], ["a", "a/.b"]),
        ("*", ["a", "a/b", ".hidden"], []),
        ("**", ["a", "a/b/c"], []),
        ("a/**", ["a/b", "a/b/c"], ["a", "ab"]),
        ("a**", ["a", "ab", "a/b", "abc/d"], ["b", "ba"]),
        ("a/**/b", ["a/b", "a/x/b", "a/x/y/b/z"], ["a/xb", "b"]),
        ("**/a", ["a", "b/a", "b/c/a/d"], ["ba", "b/ca"]),
        ("**a", ["a", "ba", "b/ca"], ["ab"]),
        ("[ab]\n[^x-z]q", ["a", "b/c", "aq"], ["c", "xq", "zq", "q"]),
        ("[!a]b", ["!b", "ab"], ["cb"]),
        ("a\\*b\n\\[c\\]\n\\?", ["a*b", "[c]", "?"], ["axb", "c", "x"]),
        ("a.b\nc+d\n(e)\n{f}\ng|h\n^i\n$j", ["a.b", "c+d", "(e)", "{f}", "g|h", "^i", "$j"], []),
        ("a.b\nc+d\n(e)\n{f}\ng|h\n^i\n$j", [], ["axb", "ccd", "e", "f", "g", "h", "i", "j"]),
        # What lies below a directory goes with it, unless something takes it back.
        ("a\n!a/b/c", ["a", "a/x", "a/b", "a/b/x"], ["a/b/c", "a/b/c/d"]),
        ("**/x\n!a/b/x/keep", ["a/b/x/other", "a/b/x"], ["a/b/x/keep"]),
        ("*\n!**/*.py", ["a", "a/b", "a/b.pyc"], ["a.py", "a/b/c.py"]),
        ("a\n!a/*\na", ["a", "a/b", "a/b/c"], []),
    ],
)
def test_a_pattern_ignores_what_docker_says(text: str, ignored: list[str], kept: list[str]) -> None:
    ignore = parse(text)
    assert [path for path in ignored if not ignore.ignores(path)] == []
    assert [path for path in kept if ignore.ignores(path)] == []


@pytest.mark.parametrize(
    "line", ["[", "a[b", "[]a]", "[a-]", "[-a]", "[z-a]", "a\\", "!", "! ", "\\y"]
)
def test_a_line_that_is_no_pattern_is_told_with_its_number(line: str) -> None:
    with pytest.raises(UsageError, match=r"\.dockerignore line 3: "):
        parse(f"a\n\n{line}\n")


def test_patterns_that_are_added_win() -> None:
    ignore = parse("!a").extended(Pattern("a"))
    assert ignore.ignores("a/b")
    assert not ignore.extended(Pattern("a/b", is_exception=True)).ignores("a/b")


def test_the_content_says_the_same_to_every_version() -> None:
    assert parse("**.log\n^a\n #b\n./c/\n..\n").content == b"**/*.log\n\\^a\n\\#b\nc\n"


def test_with_exceptions_the_content_spells_out_what_lies_below() -> None:
    assert parse("a\n!a/b\nc/**").content == b"a\na/**\n!a/b\n!a/b/**\nc/**\n"


def test_a_directory_is_passed_over_if_no_exception_can_be_in_it() -> None:
    ignore = parse("*\n!src/**/*.py\n!data/keep")
    assert ignore.may_hold_exceptions("src")
    assert ignore.may_hold_exceptions("src/deep")
    assert ignore.may_hold_exceptions("data")
    assert not ignore.may_hold_exceptions("data/other")
    assert not ignore.may_hold_exceptions("runs")
    assert parse("*\n!**/*.py").may_hold_exceptions("anything")


def test_the_project_itself_is_not_ignored() -> None:
    assert not parse("*").ignores("")


letters = "ab.*?[]\\!#^-/ é\n$"
paths = st.lists(
    st.text(letters.replace("/", ""), min_size=1, max_size=4).filter(lambda name: name not in ".."),
    min_size=1,
    max_size=4,
).map("/".join)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Lines that are patterns, of letters that are rather hostile."""
    lines = draw(st.lists(st.text(letters.replace("\n", ""), max_size=6), max_size=5))
    return "\n".join(line for line in lines if is_pattern(line))


def is_pattern(line: str) -> bool:
    try:
        parse(line)
    except UsageError:
        return False
    return True


@pytest.mark.property
@given(texts(), paths)
def test_the_content_reads_as_what_it_was_made_from(text: str, path: str) -> None:
    ignore = parse(text)
    assert parse(os.fsdecode(ignore.content)).ignores(path) == ignore.ignores(path)


@pytest.mark.property
@given(texts(), paths)
def test_what_is_ignored_takes_all_below_with_it_unless_there_are_exceptions(
    text: str, path: str
) -> None:
    ignore = parse(text)
    if ignore.ignores(path) and not ignore.may_hold_exceptions(path):
        assert ignore.ignores(f"{path}/a")
        assert ignore.ignores(f"{path}/a/b")


@pytest.mark.property
@given(texts(), paths)
def test_the_last_pattern_decides(text: str, path: str) -> None:
    ignore = parse(text).extended(Pattern(exactly(path)))
    assert ignore.ignores(path)
    assert ignore.ignores(f"{path}/a")
    assert not ignore.extended(Pattern(exactly(path), is_exception=True)).ignores(path)


@pytest.mark.property
@given(paths)
def test_nothing_is_ignored_by_nothing(path: str) -> None:
    assert not Ignore().ignores(path)


HOSTILE = (
    *("a", "a.log", "b/a.log", "b/c/a.log", "b/c/x", "data/big", "data/keep/me", "data/keep/not"),
    *("src/x.py", "src/sub/y.py", "src/__pycache__/z.pyc", " lead", "trail ", "#hash", "!bang"),
    *("[brack]", "star*", "que?", "back\\slash", "^caret", "$dollar", "a+b", "(p)", "{c}", "|pipe"),
    *("ünï", "x.log.txt", "foolog", ".hidden", "-dash", "a^b", "d1", "d2", "dx", "new\nline"),
)

AGREED = (
    *(
        "*.log\n/a\nb/\n",
        "**/*.log\nb/*\nd?\n!d1",
        "b/**\n.*\n-dash",
        "**/c\n**/__pycache__\nque\\?",
    ),
    *("data/*\n!data/keep\nsrc/**/y.py", "data\n!data/keep/me", "*\n!src", "**\n!src/x.py", "***"),
    *(
        "# comment\n\\#hash\n\\!bang\nd[!1]",
        " #hash \n[a-b]\nstar\\*",
        "*\n!!bang",
        "d[^1]\n[$-+]*",
    ),
    *("?\nback\\\\slash\n\\[brack\\]\nünï\n$dollar", ".\n/\n\n../a\ntrail \n lead", "*o*\nb**"),
    *("\ufeffa.log\r\nb\r\n./d1\n.//b/c/../c/x", "b\n!b/c\nb/c/x", "**/a.log\n!b/c/a.log"),
    *("s*/**\n\\d*", "a\n!*", "*\n!b\nb/c\n!b/c/x"),
)
"""Patterns that Docker 20.10 and the versions after it read alike."""

SPELLED_OUT = (
    *("**.log\n**ash\n!-dash", "^caret\na^b", "a+b\n(p)\n{c}", "|pipe"),
    *("**/keep\n!data/keep/me", "a\n!a\na"),
)
"""Patterns that mean one thing everywhere only as we write them."""


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = tmp_path_factory.mktemp("hostile")
    for name in HOSTILE:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return project


@pytest.mark.integration
@pytest.mark.parametrize("text", [*AGREED, *SPELLED_OUT])
def test_docker_copies_what_is_not_ignored(hostile: Path, tmp_path: Path, text: str) -> None:
    ignore = parse(text)
    kept = {name for name in HOSTILE if not ignore.ignores(name)}
    assert set(copied(hostile, tmp_path, ignore.content)) == kept


@pytest.mark.integration
@pytest.mark.parametrize("text", [text for text in AGREED if parse(text).content != text.encode()])
def test_docker_reads_what_people_write_as_we_do(hostile: Path, tmp_path: Path, text: str) -> None:
    ignore = parse(text)
    kept = {name for name in HOSTILE if not ignore.ignores(name)}
    assert set(copied(hostile, tmp_path, text.encode())) == kept


@pytest.mark.integration
def test_no_version_copies_what_is_ignored(hostile: Path, tmp_path: Path) -> None:
    # Before version 23 an exception with wildcards reaches no directory that is ignored itself.
    ignore = parse("*\n!src/**/*.py")
    found = set(copied(hostile, tmp_path, ignore.content))
    assert "src/x.py" in found
    assert not any(ignore.ignores(name) for name in found)


def copied(project: Path, folder: Path, dockerignore: bytes) -> Iterator[str]:
    """The files that Docker copies from a project."""
    client = find_client()
    assert client, "no docker client here builds with BuildKit"
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    (folder / "Dockerfile.dockerignore").write_bytes(dockerignore)
    subprocess.run(
        [
            *(client.path, "build", "--file", folder / "Dockerfile"),
            *("--output", f"type=tar,dest={folder}/copied.tar", project),
        ],
        env=os.environ | {"DOCKER_BUILDKIT": "1"},
        capture_output=True,
        check=True,
    )
    with tarfile.open(folder / "copied.tar") as tar:
        yield from (entry.name for entry in tar if entry.isfile())
