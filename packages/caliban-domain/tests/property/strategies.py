"""What the laws are checked on: documents, specs and names, from the plain to the nasty."""

import json
from dataclasses import dataclass

from hypothesis import strategies as st

from caliban_domain.images import ImageSpec, JobMode
from caliban_domain.names import MAX_GROUP_NAME, GroupName, group_name
from caliban_domain.provenance import Provenance, Revision
from caliban_domain.testing.sweeps import Item, scalars, strings, words

documents: st.SearchStrategy[Item] = st.recursive(
    scalars | st.none(),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(strings, below, max_size=4),
    max_leaves=12,
)


@dataclass(frozen=True)
class Noisy:
    """A document, a text of it full of comments and commas, and the lines of its keys and items."""

    document: Item
    text: str
    lines: dict[tuple[str | int, ...], list[int]]


_comments = words.map(lambda text: text.replace("\n", "\r"))
_noise = st.one_of(
    st.sampled_from(["", "", " ", "\n", "\r\n\t", "#\n", '// "a": [1,]\n', "# it's } \" //\n"]),
    st.builds("{}{}\n".format, st.sampled_from(["#", "//"]), _comments),
)


@st.composite
def noisy(draw: st.DrawFn, source: st.SearchStrategy[Item]) -> Noisy:
    """The document as a careless person writes it."""
    pieces: list[str] = [draw(_noise)]
    lines: dict[tuple[str | int, ...], list[int]] = {}

    def write(token: str) -> None:
        pieces.extend((token, draw(_noise)))

    def note(path: tuple[str | int, ...]) -> None:
        lines[path] = ["".join(pieces).count("\n") + 1]

    def write_all(value: Item, path: tuple[str | int, ...]) -> None:
        if not isinstance(value, dict | list):
            write(json.dumps(value, ensure_ascii=draw(st.booleans())))
            return
        is_object = isinstance(value, dict)
        members = list(value.items() if isinstance(value, dict) else enumerate(value))
        write("{" if is_object else "[")
        for number, (key, member) in enumerate(members):
            note((*path, key))
            if is_object:
                write(json.dumps(key))
                write(":")
            write_all(member, (*path, key))
            if number < len(members) - 1 or draw(st.booleans()):
                write(",")
        write("}" if is_object else "]")

    document = draw(source)
    write_all(document, ())
    return Noisy(document, "".join(pieces), lines)


_bits = (
    """{ } [ ] : , "a" "[a,b]" " ' \\ 1 - 1e999 NaN -Infinity # // true null {} "apt_packages" """
)
soup = st.lists(st.sampled_from([*_bits.split(), " ", "\n", "\ufeff", "\0"]), max_size=20).map(
    "".join
)
"""Text that is nearly JSON."""

group_names: st.SearchStrategy[GroupName] = (
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=MAX_GROUP_NAME)
    .map(str.strip)
    .filter(lambda text: text and text.isprintable() and text[0] != "-")
    | st.sampled_from(["a", "a-1", "a.1", "A-1", "_--", "x" * 63, "x" * 64, "x" * 62 + "-", "日本"])
).map(group_name)

image_specs = st.builds(
    ImageSpec,
    project=words,
    mode=st.sampled_from(JobMode),
    base_image=words,
    folder=words,
    requirements=st.lists(words, max_size=3).map(tuple),
    apt_packages=st.lists(words, max_size=3).map(tuple),
    build_credentials=st.booleans(),
    extra_dirs=st.lists(words, max_size=3).map(tuple),
)

provenances = st.builds(
    Provenance,
    version=words,
    command=st.lists(words, max_size=3).map(tuple),
    base_digest=st.none() | words,
    revision=st.none()
    | st.builds(Revision, commit=words, dirty=st.booleans(), diff=st.none() | words),
)
