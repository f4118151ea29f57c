"""The second factor: codes of a phone's app (RFC 6238: SHA-1, 30 s, 6 digits), and codes for when the phone is lost."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from datetime import datetime
from urllib.parse import quote, urlencode

STEP, DIGITS = 30, 6
DRIFT = 1
"""Steps that a phone's clock may be off either way."""
RECOVERY_CODES = 10


def new_secret() -> str:
    """160 random bits in base32, the length that RFC 4226 recommends."""
    return base64.b32encode(secrets.token_bytes(20)).decode()


def code_at(secret: str, step: int) -> str:
    """The code of one step (RFC 4226, 5.3)."""
    mac = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = mac[-1] & 15
    number = int.from_bytes(mac[start : start + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_of(secret: str, code: str, moment: datetime, used: int) -> int | None:
    """The step that a code belongs to, if it is near this moment and later than `used`, so that no code works twice."""
    current = int(moment.timestamp()) // STEP
    given = code.replace(" ", "").encode()
    fitting = [
        step
        for step in range(current - DRIFT, current + DRIFT + 1)
        if hmac.compare_digest(code_at(secret, step).encode(), given)
    ]
    return max((step for step in fitting if step > used), default=None)


def address(secret: str, name: str, issuer: str = "Platewire") -> str:
    """What a phone's app takes in, usually as a QR code (Key Uri Format)."""
    query = urlencode({"secret": secret, "issuer": issuer, "digits": DIGITS, "period": STEP}, quote_via=quote)
    return f"otpauth://totp/{quote(f'{issuer}:{name}')}?{query}"


def recovery_codes() -> list[str]:
    """Each works once; 50 random bits, typed without mistaking letters."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    drawn = ["".join(secrets.choice(letters) for _ in range(10)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:5]}-{code[5:]}" for code in drawn]


def recovery_hash(code: str) -> str:
    """A fast hash is enough: the codes are random."""
    return hashlib.sha256(code.strip().lower().replace("-", "").replace(" ", "").encode()).hexdigest()
