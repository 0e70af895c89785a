"""What makes an image of a project large, and how to leave it out."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final

from caliban_adapters.docker.content_index import FILES, Found, is_below
from caliban_adapters.docker.dockerignore import FILE_NAME, exactly

_LARGE: Final = 100_000_000
_WORTH_A_LINE: Final = 1_000_000
_NAMED: Final = 5
_MOST_OF_IT: Final = 0.8


def advice(tree: Iterable[Found], wanted: Collection[str] = ()) -> list[str]:
    """Lines that warn of a tree that is large, with a rule for each of the largest things in it.

    None of these is among the directories ``wanted``, without which there would be no image.
    """
    sizes, children = _measured(tree)
    if sizes[""] <= _LARGE:
        return []
    largest = sorted(_dispensable(children, wanted), key=lambda path: (-sizes[path], path))[:_NAMED]
    named = [_narrowed(path, sizes, children) for path in largest if sizes[path] >= _WORTH_A_LINE]
    total = f"warning: {_told(sizes[''])} are copied into the image"
    if not named:
        return [total]
    return [
        f"{total}; the largest of it, as lines of {FILE_NAME} that leave it out:",
        *(f"{_told(sizes[path]):>10}  {exactly(path)}" for path in named),
    ]


def _measured(tree: Iterable[Found]) -> tuple[Mapping[str, int], Mapping[str, set[str]]]:
    """The size of each file and directory, of which ``""`` holds all, and what each holds."""
    sizes: dict[str, int] = defaultdict(int)
    children: dict[str, set[str]] = defaultdict(set)
    for path, kind, about in tree:
        if kind not in FILES:
            continue
        size, part = int(about.partition(" ")[0]), path
        sizes[part] += size
        while part:
            above = part.rpartition("/")[0]
            children[above].add(part)
            sizes[above] += size
            part = above
    return sizes, children


def _dispensable(children: Mapping[str, set[str]], wanted: Collection[str]) -> Iterator[str]:
    """The uppermost files and directories that neither are wanted nor hold what is."""
    pending = [""]
    while pending:
        for path in children.get(pending.pop(), ()):
            if path in wanted or any(is_below(part, {path}) for part in wanted):
                pending.append(path)
            else:
                yield path


def _narrowed(path: str, sizes: Mapping[str, int], children: Mapping[str, set[str]]) -> str:
    """The deepest file or directory that holds most of what is at a path."""
    while below := children.get(path):
        largest = max(below, key=lambda child: (sizes[child], child))
        if sizes[largest] < _MOST_OF_IT * sizes[path]:
            break
        path = largest
    return path


def _told(size: int) -> str:
    return f"{size / 1_000_000:.0f} MB"
