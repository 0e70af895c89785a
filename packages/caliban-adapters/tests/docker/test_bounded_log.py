"""A log keeps its beginning and its end, and says how much is missing in between."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caliban_adapters.docker.bounded_log import BoundedLog, Bounds, read_log

BOUNDS = Bounds(head=7, tail=5)


def logged(*pieces: bytes) -> BytesIO:
    file = BytesIO()
    log = BoundedLog(file, BOUNDS)
    for piece in pieces:
        log.write(piece)
        assert len(file.getbuffer()) <= BOUNDS.head + BOUNDS.tail
    log.finish()
    return file


def read(file: BytesIO, offset: int = 0) -> bytes:
    return b"".join(read_log(file, BOUNDS, offset))


def test_the_first_and_the_last_bytes_are_kept_and_the_others_counted() -> None:
    told = b"abcdefg\n[caliban: 14 bytes are left out here]\nvwxyz"
    assert read(logged(b"abcdefghij", b"klmnopqrstuvwxyz")) == told


@given(st.lists(st.binary(max_size=20), max_size=8), st.integers(0, 200))
def test_what_fits_is_kept_and_what_does_not_is_counted(pieces: list[bytes], offset: int) -> None:
    written = b"".join(pieces)
    file = logged(*pieces)
    left_out = len(written) - BOUNDS.head - BOUNDS.tail
    if left_out <= 0:
        assert read(file, offset) == written[offset:]
        return
    mark = b"\n[caliban: %d bytes are left out here]\n" % left_out
    end = mark + written[-BOUNDS.tail :]
    assert read(file) == written[: BOUNDS.head] + end
    if offset >= len(written) - BOUNDS.tail:
        assert read(file, offset) == written[offset:]
    else:
        assert read(file, offset) == written[offset : BOUNDS.head] + end


@pytest.mark.parametrize("pieces", [[b"x" * 1000], [b"x"] * 1000])
def test_the_size_of_pieces_does_not_matter(pieces: list[bytes]) -> None:
    assert read(logged(*pieces)).count(b"x") == BOUNDS.head + BOUNDS.tail
