"""HTTP Digest against the examples of RFC 7616, and everything that must not pass."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.api.webapi.digest import Nonces, challenges, fits, parse, right_response
from shared.device_accounts import ha1

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
# RFC 7616, 3.9.1: user Mufasa, password "Circle of Life", GET /dir/index.html.
REALM = "http-auth@example.org"
EXAMPLE = (
    'username="Mufasa", realm="http-auth@example.org", uri="/dir/index.html", algorithm={algorithm}, '
    'nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", nc=00000001, '
    'cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", qop=auth, response="{response}", '
    'opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
)
RESPONSES = {
    "MD5": "8ca523f5e9506fed4657c9700eebdbec",
    "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
}


@pytest.mark.parametrize("algorithm", RESPONSES)
def test_the_examples_of_the_rfc_are_right(algorithm: str) -> None:
    answer = parse(EXAMPLE.format(algorithm=algorithm, response=RESPONSES[algorithm]))
    assert answer is not None
    kept = ha1(algorithm, "Mufasa", "Circle of Life", REALM)

    assert right_response(answer, kept, "GET") == RESPONSES[algorithm]
    assert fits(answer, kept, "GET")


@pytest.mark.parametrize(
    "change", [{"uri": "/other"}, {"nc": "00000002"}, {"cnonce": "x"}, {"nonce": "y"}, {"response": "0" * 64}]
)
def test_a_response_fits_nothing_but_what_it_was_made_for(change: dict[str, str]) -> None:
    answer = parse(EXAMPLE.format(algorithm="SHA-256", response=RESPONSES["SHA-256"]))
    assert answer is not None
    kept = ha1("SHA-256", "Mufasa", "Circle of Life", REALM)

    assert not fits(replace(answer, **change), kept, "GET")
    assert not fits(answer, kept, "POST")
    assert not fits(answer, ha1("SHA-256", "Mufasa", "circle of life", REALM), "GET")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("qop=auth", "qop=auth-int"),
        ("qop=auth, ", ""),
        ("nc=00000001", "nc=1"),
        ("nc=00000001", "nc=zzzzzzzz"),
        ('cnonce="f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ", ', ""),
        ("algorithm=MD5", "algorithm=MD5-sess"),
        ('username="Mufasa"', 'username=""'),
        ('username="Mufasa"', 'username="Mufasa", username="Scar"'),
        ('username="Mufasa"', 'username="Mufasa", userhash=true'),
        ('uri="/dir/index.html"', 'uri="/dir'),
    ],
)
def test_what_is_incomplete_or_not_offered_is_no_answer(before: str, after: str) -> None:
    header = EXAMPLE.format(algorithm="MD5", response=RESPONSES["MD5"])
    assert before in header
    assert parse(header.replace(before, after)) is None


def test_names_may_hold_quotes_and_letters_of_any_script() -> None:
    header = EXAMPLE.format(algorithm="MD5", response="0")
    quoted = parse(header.replace('"Mufasa"', r'"Mu\"fa\\sa"'))
    extended = parse(header.replace('username="Mufasa"', "username*=UTF-8''%D0%9C%D1%83"))
    assert quoted is not None
    assert quoted.user == 'Mu"fa\\sa'
    assert extended is not None
    assert extended.user == "Му"


@given(st.text(max_size=300))
def test_no_text_breaks_the_parser(header: str) -> None:
    answer = parse(header)
    assert answer is None or answer.user


def test_a_nonce_tells_its_age_and_cannot_be_made_up() -> None:
    nonces = Nonces(b"key")
    nonce = nonces.make(NOON)

    assert nonces.age(nonce, NOON + timedelta(seconds=30)) == 30
    assert Nonces(b"other").age(nonce, NOON) is None
    assert nonces.age(nonce[:-4] + "AAAA", NOON) is None
    assert nonces.age("ünsinn", NOON) is None
    assert nonces.age("", NOON) is None
    assert nonces.make(NOON) != nonce


def test_the_stronger_algorithm_is_offered_first() -> None:
    first, second = challenges("n", stale=True)

    assert first == 'Digest realm="Platewire", qop="auth", algorithm=SHA-256, nonce="n", charset=UTF-8, stale=true'
    assert "algorithm=MD5," in second
    assert "stale" not in challenges("n", stale=False)[0]
