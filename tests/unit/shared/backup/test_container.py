"""A backup's form: what is written is read again, and nothing that was done to it goes unnoticed."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.backup import container
from shared.backup.container import CHUNK, MAGIC, Damaged, WrongPassphrase, read, write
from shared.errors import Invalid

PHRASE = "correct horse battery"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


@pytest.fixture(autouse=True, scope="module")
def _quick() -> Iterator[None]:
    """Deriving a key costs as little as it may."""
    usual = container.MEMORY_KIB, container.PASSES
    container.MEMORY_KIB, container.PASSES = 32, 1
    yield
    container.MEMORY_KIB, container.PASSES = usual


def written(content: bytes) -> bytes:
    return b"".join(write([content], PHRASE, KEY))


def content_of(data: bytes, passphrase: str = PHRASE) -> bytes:
    return b"".join(read(io.BytesIO(data), passphrase)[1])


@settings(deadline=None, max_examples=25)
@given(st.binary(max_size=300), st.sampled_from([0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK]))
def test_what_is_written_is_read_again(beginning: bytes, length: int) -> None:
    content = beginning + bytes(length)
    pieces = [content[i : i + 1000] for i in range(0, len(content), 1000)]
    assert content_of(b"".join(write(pieces, PHRASE, KEY))) == content


def test_two_backups_of_the_same_have_nothing_in_common() -> None:
    one, other = written(b"same"), written(b"same")
    assert one[-100:] != other[-100:]
    assert b"same" not in one


def test_the_maker_is_known_by_a_fingerprint() -> None:
    seal, _ = read(io.BytesIO(written(b"x")), PHRASE)
    assert seal.public_key == KEY.public_key().public_bytes_raw()
    assert len(seal.fingerprint) == 39


def test_every_changed_byte_is_noticed() -> None:
    data = written(b"a" * 40)
    for place in range(len(data)):
        changed = bytearray(data)
        changed[place] ^= 1
        with pytest.raises((Damaged, WrongPassphrase)):
            content_of(bytes(changed))


def test_every_cut_is_noticed() -> None:
    data = written(b"a" * (CHUNK + 40))
    for length in (*range(0, 400, 7), CHUNK, *range(len(data) - 200, len(data))):
        with pytest.raises((Damaged, WrongPassphrase)):
            content_of(data[:length])


def test_chunks_that_were_moved_left_out_or_added_are_noticed() -> None:
    data = written(b"".join(bytes([n]) * CHUNK for n in range(4)))
    start = data.index(b"\n", len(MAGIC)) + 1
    size = 4 + CHUNK + 16
    header, body, rest = data[:start], data[start : start + 3 * size], data[start + 3 * size :]
    chunks = [body[i : i + size] for i in range(0, len(body), size)]
    for order in itertools.permutations(chunks, 3):
        if list(order) != chunks:
            with pytest.raises((Damaged, WrongPassphrase)):
                content_of(header + b"".join(order) + rest)
    for other in (chunks[:2], [*chunks, chunks[2]]):
        with pytest.raises(Damaged):
            content_of(header + b"".join(other) + rest)


def test_a_signature_of_somebody_else_does_not_hold() -> None:
    data = written(b"content")
    forged = data[:-64] + Ed25519PrivateKey.generate().sign(data[:-64])
    with pytest.raises(Damaged, match="signature"):
        content_of(forged)


def test_a_wrong_passphrase_and_a_short_one_are_told() -> None:
    with pytest.raises(WrongPassphrase) as caught:
        content_of(written(b"x"), "wrong horse battery")
    assert caught.value.field == "passphrase"
    with pytest.raises(Invalid, match="at least 12"):
        list(write([b"x"], "short", KEY))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no backup"),
        (b"PK\x03\x04 a zip", "no backup"),
        (MAGIC.replace(b"1", b"2") + b"{}\n", "newer form"),
        (MAGIC + b"{}", "cut short in its header"),
        (MAGIC + b"[1]\n", "cannot be understood"),
        (MAGIC + b'{"kdf": "argon2id", "memory_kib": 99999999, "passes": 1, "lanes": 1, "salt": "%s"}\n', "salt"),
    ],
)
def test_what_is_no_backup_is_said_so(data: bytes, said: str) -> None:
    with pytest.raises(Damaged, match=said):
        content_of(data)


def test_a_file_cannot_make_us_spend_memory() -> None:
    data = written(b"x").replace(b'"memory_kib": 32', b'"memory_kib": 99999999')
    with pytest.raises(Damaged, match="impossible memory_kib"):
        content_of(data)
