from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared import totp

RFC_SECRET = base64.b32encode(b"12345678901234567890").decode()
NOW = datetime(2026, 3, 14, 12, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_the_codes_are_those_of_rfc_6238(seconds: int, code: str) -> None:
    assert totp.code_at(RFC_SECRET, seconds // totp.STEP) == code


@pytest.mark.parametrize(("seconds", "taken"), [(0, True), (-30, True), (30, True), (-61, False), (61, False)])
def test_a_clock_may_be_off_by_one_step(seconds: int, taken: bool) -> None:
    code = totp.code_at(RFC_SECRET, int((NOW + timedelta(seconds=seconds)).timestamp()) // totp.STEP)
    assert (totp.step_of(RFC_SECRET, code, NOW, used=0) is not None) is taken


def test_a_code_that_was_used_does_not_fit_again_nor_does_an_older_one() -> None:
    step = int(NOW.timestamp()) // totp.STEP
    assert totp.step_of(RFC_SECRET, totp.code_at(RFC_SECRET, step), NOW, used=step - 1) == step
    assert totp.step_of(RFC_SECRET, totp.code_at(RFC_SECRET, step), NOW, used=step) is None
    assert totp.step_of(RFC_SECRET, totp.code_at(RFC_SECRET, step - 1), NOW, used=step) is None


@pytest.mark.parametrize("code", ["", "abc", "١٢٣٤٥٦", "0" * 40])
def test_what_is_no_code_does_not_fit(code: str) -> None:
    assert totp.step_of(RFC_SECRET, code, NOW, used=0) is None


def test_the_address_for_the_phone_holds_what_it_needs() -> None:
    secret = totp.new_secret()
    parts = urlsplit(totp.address(secret, "olena & co"))
    assert (parts.scheme, parts.netloc, parts.path) == ("otpauth", "totp", "/Platewire%3Aolena%20%26%20co")
    assert parse_qs(parts.query) == {"secret": [secret], "issuer": ["Platewire"], "digits": ["6"], "period": ["30"]}
    assert len(base64.b32decode(secret)) == 20


def test_recovery_codes_differ_and_are_known_however_they_are_typed() -> None:
    codes = totp.recovery_codes()
    assert len(set(codes)) == totp.RECOVERY_CODES
    assert totp.recovery_hash(codes[0]) == totp.recovery_hash(f" {codes[0].upper().replace('-', ' ')} ")
    assert codes[0] not in totp.recovery_hash(codes[0])
