from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.capture.multipart import MAX_HEADERS, MAX_PART, MultipartParser, boundary_of
from shared.errors import SourceError

# The second picture holds what looks like the end of a JPEG and of a line, as real ones do.
PICTURES = [b"\xff\xd8 one \xff\xd9", b"\xff\xd8 \xff\xd9\r\n--x two \xff\xd9", b"\xff\xd8 three \xff\xd9"]


def with_lengths(boundary: bytes = b"--frame") -> bytes:
    parts = (
        boundary + b"\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(picture) + picture + b"\r\n"
        for picture in PICTURES
    )
    return b"".join(parts) + boundary + b"--\r\n"


def without_lengths(newline: bytes) -> bytes:
    parts = (newline.join([b"--frame", b"Content-Type: image/jpeg", b"", picture, b""]) for picture in PICTURES)
    return b"".join(parts) + b"--frame--"


STREAMS = [with_lengths(), without_lengths(b"\r\n"), without_lengths(b"\n"), b"preamble\r\n" + with_lengths()]


@pytest.mark.parametrize("stream", STREAMS)
def test_every_cut_into_two_gives_the_same_pictures(stream: bytes) -> None:
    for cut in range(len(stream) + 1):
        parser = MultipartParser(b"frame")
        assert [*parser.feed(stream[:cut]), *parser.feed(stream[cut:])] == PICTURES


@pytest.mark.parametrize("stream", STREAMS)
def test_byte_after_byte_gives_the_same_pictures(stream: bytes) -> None:
    parser = MultipartParser(b"frame")
    assert [part for byte in stream for part in parser.feed(bytes([byte]))] == PICTURES


@pytest.mark.parametrize("named", [b"frame", b"--frame", b"----frame"])
@pytest.mark.parametrize("written", [b"--frame", b"----frame"])
def test_dashes_of_the_boundary_may_be_named_or_not(named: bytes, written: bytes) -> None:
    assert list(MultipartParser(named).feed(with_lengths(written))) == PICTURES


@given(st.binary(max_size=2000), st.integers(1, 50))
def test_no_bytes_break_the_parser_and_cuts_change_nothing(data: bytes, step: int) -> None:
    stream = data + with_lengths()
    whole = list(MultipartParser(b"frame").feed(stream))
    parser = MultipartParser(b"frame")
    assert [p for at in range(0, len(stream), step) for p in parser.feed(stream[at : at + step])] == whole


def test_headers_without_end_are_refused() -> None:
    with pytest.raises(SourceError, match="without a picture"):
        list(MultipartParser(b"frame").feed(b"--frame\r\n" + b"x" * (MAX_HEADERS + 10)))


@pytest.mark.parametrize("headers", [b"\r\n\r\n", b"\r\nContent-Length: 999999999\r\n\r\n"])
def test_a_picture_without_end_is_refused(headers: bytes) -> None:
    with pytest.raises(SourceError, match="picture without end"):
        list(MultipartParser(b"frame").feed(b"--frame" + headers + bytes(MAX_PART + 1)))


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/x-mixed-replace; boundary=frame", b"frame"),
        ('multipart/x-mixed-replace;boundary="--my boundary"', b"--my"),
        ("Multipart/X-Mixed-Replace; Boundary=--a; charset=x", b"--a"),
        ("image/jpeg", b""),
        ("text/html; boundary=x", b""),
    ],
)
def test_the_boundary_is_what_the_header_names(content_type: str, boundary: bytes) -> None:
    assert boundary_of(content_type) == boundary
