"""An image with all that is in it: layers, history and configuration, as ``docker save`` has it."""

import gzip
import subprocess
import tarfile
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import IO, Final

_GZIP: Final = b"\x1f\x8b"
_PIECE: Final = 1 << 20


def found_in(image: str, texts: Iterable[str]) -> set[str]:
    """Those texts that an image holds anywhere."""
    wanted = {text: text.encode() for text in texts}
    longest = max(map(len, wanted.values()))
    found = set()
    for file in _files(image):
        before = b""
        while piece := file.read(_PIECE):
            found |= {text for text, what in wanted.items() if what in before + piece}
            before = piece[-longest:]
    return found


def _files(image: str) -> Iterator[IO[bytes] | gzip.GzipFile]:
    """The files of the saved image: each layer is one, unpacked if it is compressed."""
    with TemporaryFile() as saved:
        subprocess.run(["docker", "save", image], stdout=saved, check=True)
        saved.seek(0)
        with tarfile.open(fileobj=saved) as archive:
            for file in filter(None, map(archive.extractfile, archive)):
                is_compressed = file.read(len(_GZIP)) == _GZIP
                file.seek(0)
                if is_compressed:
                    with gzip.open(file) as layer:
                        yield layer
                else:
                    yield file
