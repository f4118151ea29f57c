"""The form of a backup: a readable header, encrypted chunks, a signature; pure but for the files it is given.

    PLATEWIRE-BACKUP 1\\n
    {"kdf": "argon2id", "memory_kib", "passes", "lanes", "salt", "chunk", "signed_by"}\\n
    chunks: 4 bytes length (big endian), then ChaCha20-Poly1305 over that many bytes less 16 (RFC 8439)
    64 bytes Ed25519 signature of the SHA-512 of all before (RFC 8032)

Nonces follow STREAM (Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption, CRYPTO 2015): 7 zero bytes,
a counter of 4 bytes, and 1 for the last chunk, else 0. The key is of this file alone, as its salt is. The header is
authenticated with every chunk. So what is cut off, put elsewhere or changed is noticed where it is.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from shared.errors import Invalid, PlatewireError

MAGIC = b"PLATEWIRE-BACKUP 1\n"
LEAST_PASSPHRASE = 12
MEMORY_KIB, PASSES, LANES = 64 * 1024, 3, 1
"""Argon2id well above OWASP's least (19 MiB, 2 passes): once a backup, it may take a part of a second."""
MOST_MEMORY_KIB, MOST_PASSES = 256 * 1024, 10
"""A file from elsewhere must not make us spend more."""
CHUNK = 64 * 1024
TAG, SIGNATURE, LONGEST_HEADER = 16, 64, 1024


class Damaged(PlatewireError):
    """The file is no backup, was cut short or changed; the sentence says where that shows."""


class WrongPassphrase(Invalid):
    """The first chunk does not open."""

    def __init__(self) -> None:
        super().__init__("The passphrase does not open this backup, or its beginning was changed", "passphrase")


@dataclass(frozen=True)
class Seal:
    """Who made a backup: the public key of the site that signed it."""

    public_key: bytes

    @property
    def fingerprint(self) -> str:
        """For people to compare."""
        digest = hashlib.sha256(self.public_key).hexdigest()[:32]
        return ":".join(re.findall("....", digest))


def check_passphrase(passphrase: str) -> None:
    """Raises Invalid for one that could be guessed offline in no time."""
    if len(passphrase) < LEAST_PASSPHRASE:
        raise Invalid(f"A passphrase has at least {LEAST_PASSPHRASE} characters", "passphrase")


def write(content: Iterable[bytes], passphrase: str, key: Ed25519PrivateKey) -> Iterator[bytes]:
    """The file, piece by piece, of content of any length. Raises Invalid for a short passphrase."""
    check_passphrase(passphrase)
    salt, digest = os.urandom(16), hashlib.sha512()
    header = _header(salt, key.public_key().public_bytes_raw())
    cipher = ChaCha20Poly1305(_derive(passphrase, salt, MEMORY_KIB, PASSES, LANES))
    for piece in (header, *_sealed(_chunks(content), cipher, header)):
        digest.update(piece)
        yield piece
    yield key.sign(digest.digest())


def read(file: BinaryIO, passphrase: str) -> tuple[Seal, Iterator[bytes]]:
    """Who made it, and its content, piece by piece; what was read is true only when the iterator has ended.

    Raises:
        Damaged: from both, and from the iterator when something is wrong further on.
        WrongPassphrase: from the first piece of the iterator.
    """
    header = _read_header(file)
    told = _parse(header)
    salt, public = (_bytes_of(told, name) for name in ("salt", "signed_by"))
    key = _derive(passphrase, salt, _number(told, "memory_kib"), _number(told, "passes"), _number(told, "lanes"))
    return Seal(public), _opened(_Signed(file, header), ChaCha20Poly1305(key), header, public)


def _header(salt: bytes, public: bytes) -> bytes:
    told = {
        "kdf": "argon2id",
        "memory_kib": MEMORY_KIB,
        "passes": PASSES,
        "lanes": LANES,
        "salt": base64.b64encode(salt).decode(),
        "chunk": CHUNK,
        "signed_by": base64.b64encode(public).decode(),
    }
    return MAGIC + json.dumps(told).encode() + b"\n"


def _derive(passphrase: str, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    return hash_secret_raw(passphrase.encode(), salt, passes, memory_kib, lanes, 32, Type.ID)


def _chunks(content: Iterable[bytes]) -> Iterator[bytes]:
    """Content in pieces of CHUNK bytes but for the last, which may be empty."""
    buffer = b""
    for piece in content:
        buffer += piece
        while len(buffer) > CHUNK:
            yield buffer[:CHUNK]
            buffer = buffer[CHUNK:]
    yield buffer


def _sealed(chunks: Iterator[bytes], cipher: ChaCha20Poly1305, header: bytes) -> Iterator[bytes]:
    number, chunk = 0, next(chunks)
    while True:
        following = next(chunks, None)
        sealed = cipher.encrypt(_nonce(number, last=following is None), chunk, header)
        yield len(sealed).to_bytes(4) + sealed
        if following is None:
            return
        number, chunk = number + 1, following


def _nonce(number: int, *, last: bool) -> bytes:
    return bytes(7) + number.to_bytes(4) + bytes([last])


class _Signed:
    """Reads a file whose last bytes are its signature, and takes the digest of all before them."""

    def __init__(self, file: BinaryIO, header: bytes) -> None:
        self._file = file
        self._ahead = file.read(SIGNATURE)
        self.digest = hashlib.sha512(header)

    def take(self, count: int) -> bytes:
        """So many bytes, or fewer where the signature begins."""
        data = self._ahead + self._file.read(count)
        data, self._ahead = data[:-SIGNATURE], data[-SIGNATURE:]
        self.digest.update(data)
        return data

    @property
    def signature(self) -> bytes:
        return self._ahead


def _opened(signed: _Signed, cipher: ChaCha20Poly1305, header: bytes, public: bytes) -> Iterator[bytes]:
    number, ended = 0, False
    while length := signed.take(4):
        size = int.from_bytes(length)
        if ended or len(length) < 4 or not TAG <= size <= CHUNK + TAG:
            raise Damaged(f"The backup was changed in or after part {number}")
        sealed = signed.take(size)
        if len(sealed) < size:
            raise Damaged(f"The backup was cut short in part {number}")
        piece, ended = _chunk(cipher, number, sealed, header)
        yield piece
        number += 1
    if not ended:
        raise Damaged(f"The backup was cut short after part {number}")
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signed.signature, signed.digest.digest())
    except InvalidSignature:
        raise Damaged("The backup's signature does not hold") from None


def _chunk(cipher: ChaCha20Poly1305, number: int, sealed: bytes, header: bytes) -> tuple[bytes, bool]:
    """The content of a chunk, and whether it is the last."""
    for last in (False, True):
        try:
            return cipher.decrypt(_nonce(number, last=last), sealed, header), last
        except InvalidTag:
            continue
    if number == 0:
        raise WrongPassphrase
    raise Damaged(f"The backup was changed in part {number}")


def _read_header(file: BinaryIO) -> bytes:
    if file.read(len(MAGIC)) != MAGIC:
        file.seek(0)
        known = file.read(17) == MAGIC[:17]
        raise Damaged("The backup is of a newer form than this version knows" if known else "This is no backup")
    line = io.BytesIO(file.read(LONGEST_HEADER)).readline()
    if not line.endswith(b"\n"):
        raise Damaged("The backup was cut short in its header")
    file.seek(len(MAGIC) + len(line))
    return MAGIC + line


def _parse(header: bytes) -> dict[str, object]:
    try:
        told = json.loads(header[len(MAGIC) :])
    except ValueError:
        told = None
    if not isinstance(told, dict) or told.get("kdf") != "argon2id":
        raise Damaged("The backup's header cannot be understood")
    return told


def _bytes_of(told: dict[str, object], name: str) -> bytes:
    try:
        data = base64.b64decode(str(told.get(name)), validate=True)
    except ValueError:
        data = b""
    if not 16 <= len(data) <= 32:
        raise Damaged(f"The backup's header holds no {name}")
    return data


def _number(told: dict[str, object], name: str) -> int:
    most = {"memory_kib": MOST_MEMORY_KIB, "passes": MOST_PASSES, "lanes": 4}[name]
    value = told.get(name)
    if not isinstance(value, int) or not 1 <= value <= most or (name == "memory_kib" and value < 8 * 4):
        raise Damaged(f"The backup's header asks for an impossible {name}")
    return value
