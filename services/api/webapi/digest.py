"""HTTP Digest as a server sees it (RFC 7616), pure: challenges, nonces that age, and what the right answer is.

Only `qop=auth`: without it there is no nonce count, and an overheard request could be sent again.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import unquote

from shared.device_accounts import DIGEST_HASHES, REALM

NONCE_LIFE = 300
"""Seconds after which a client must take a new nonce; it is told so by `stale` and need not ask its user."""
MOST_USES = 100_000

_PARAMETER = re.compile(r'\s*([A-Za-z*]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)')
_COUNT = re.compile(r"[0-9a-fA-F]{8}")


@dataclass(frozen=True)
class Answer:
    """What a client sends after a challenge."""

    user: str
    realm: str
    nonce: str
    uri: str
    response: str
    algorithm: str
    cnonce: str
    nc: str
    qop: str

    @property
    def count(self) -> int:
        return int(self.nc, 16)


def parse(credentials: str) -> Answer | None:
    """The parameters behind the word Digest; None unless they are complete and of a kind that is offered."""
    given: dict[str, str] = {}
    place = 0
    while place < len(credentials):
        found = _PARAMETER.match(credentials, place)
        if found is None or found[1].lower() in given:
            return None
        quoted, bare = found[2], found[3]
        given[found[1].lower()] = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else bare
        place = found.end()
    return _answer(given)


def _answer(given: Mapping[str, str]) -> Answer | None:
    answer = Answer(
        user=_user(given),
        algorithm=given.get("algorithm", "MD5").upper(),
        **{name: given.get(name, "") for name in ("realm", "nonce", "uri", "response", "cnonce", "nc", "qop")},
    )
    usable = answer.user and answer.cnonce and _COUNT.fullmatch(answer.nc) and answer.qop == "auth"
    return answer if usable and answer.algorithm in DIGEST_HASHES and given.get("userhash", "false") != "true" else None


def _user(given: Mapping[str, str]) -> str:
    """The name; `username*` carries names that a header cannot hold (RFC 8187)."""
    charset, _, rest = given.get("username*", "").partition("'")
    if charset.upper() == "UTF-8":
        return unquote(rest.partition("'")[2])
    return given.get("username", "")


def right_response(answer: Answer, kept: str, method: str) -> str:
    """What the client must have answered, given the HA1 of its algorithm."""
    hashed = DIGEST_HASHES[answer.algorithm]
    ha2 = hashed(f"{method}:{answer.uri}".encode())
    return hashed(f"{kept}:{answer.nonce}:{answer.nc}:{answer.cnonce}:{answer.qop}:{ha2}".encode())


def fits(answer: Answer, kept: str, method: str) -> bool:
    """Compares in constant time."""
    return hmac.compare_digest(right_response(answer, kept, method).encode(), answer.response.lower().encode())


def challenges(nonce: str, *, stale: bool) -> list[str]:
    """One `WWW-Authenticate` for each algorithm."""
    mark = ", stale=true" if stale else ""
    return [
        f'Digest realm="{REALM}", qop="auth", algorithm={name}, nonce="{nonce}", charset=UTF-8{mark}'
        for name in DIGEST_HASHES
    ]


class Nonces:
    """Nonces that prove by themselves when we gave them, so that every copy of the API knows those of all."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def make(self, moment: datetime) -> str:
        told = int(moment.timestamp()).to_bytes(8, "big") + secrets.token_bytes(8)
        return base64.urlsafe_b64encode(told + self._proof(told)).decode()

    def age(self, nonce: str, moment: datetime) -> float | None:
        """Seconds since it was made; None when it is not ours."""
        try:
            raw = base64.b64decode(nonce.encode(), b"-_", validate=True)
        except (binascii.Error, ValueError):
            return None
        told, proof = raw[:16], raw[16:]
        if not hmac.compare_digest(proof, self._proof(told)):
            return None
        return moment.timestamp() - int.from_bytes(told[:8], "big")

    def _proof(self, told: bytes) -> bytes:
        return hmac.new(self._key, told, hashlib.sha256).digest()[:16]
