"""Digest by published vectors, and what a doorkeeper refuses."""

from __future__ import annotations

import pytest

from services.integrations.ssm import digest
from services.integrations.ssm.digest import Doorkeeper, User, Verdict, response

TARGET = "/stw-cgi/eventstatus.cgi?msubmenu=eventstatus&action=monitordiff&Channel.0.EventType=OpenSDK&SchemaBased=True"
TOKEN = {
    "Username": "admin",
    "Password": "+69GsjpfZ0BT1GHIGVx92kOI+IU=",
    "Nonce": "AAECAwQFBgcICQoLDA0ODw==",
    "Created": "2024-01-02T03:04:05Z",
}


class Clock:
    def __init__(self) -> None:
        self.at = 1_700_000_000.0

    def __call__(self) -> float:
        return self.at


def door(clock: Clock | None = None) -> Doorkeeper:
    users = [User("admin", "s3cret!", admin=True), User("viewer", "viewer!", admin=False)]
    return Doorkeeper(users, "iPolis", ("SHA-256", "MD5"), clock=clock or Clock())


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "f2e082331b7b52b922612fa2c6cc46fc"),
        ("SHA-256", "ca9d9e08b88a6191af149ad42a02dad64b714a45acd50df49acc9e08be58cfcb"),
    ],
)
def test_responses_are_those_that_other_implementations_gave(algorithm: str, expected: str) -> None:
    said = {"uri": TARGET, "nonce": "0123456789abcdef" * 2, "nc": "00000001", "cnonce": "f00dcafe"}
    secret = ("admin", "iPolis_00-09-18-52-39-00", "s3cret!")

    assert response(algorithm, secret, "GET", said) == expected


def test_rfc_7616_has_the_same_example() -> None:
    said = {
        "uri": "/dir/index.html",
        "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
        "nc": "00000001",
        "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    }
    secret = ("Mufasa", "http-auth@example.org", "Circle of Life")

    assert response("MD5", secret, "GET", said) == "8ca523f5e9506fed4657c9700eebdbec"
    assert response("SHA-256", secret, "GET", said).startswith("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8")


def test_a_token_of_the_past_is_right_and_too_old_and_a_nonsense_one_is_wrong() -> None:
    keeper = door()

    assert keeper.judge_token(TOKEN, "c")[0] is Verdict.STALE
    for wrong in ({"Nonce": "no base64!", "Password": ""}, {"Created": "never"}, {"Username": "x"}, {"Password": ""}):
        assert keeper.judge_token(TOKEN | wrong, "other")[0] in (Verdict.WRONG, Verdict.BLOCKED)


@pytest.mark.parametrize(
    "header",
    ["", "Basic YTpi", 'Digest username="admin"', 'Digest username="admin", nonce="ж", uri="/", response=""',
     'Digest username="admin", realm="iPolis", nonce="zzzz", uri="/x", qop=auth, nc=1, cnonce="", response=""',
     "Digest " + "a=b," * 5000],
)  # fmt: skip
def test_nonsense_lets_nobody_in(header: str) -> None:
    verdict, user = door().judge("GET", "/x", header, "c")

    assert user is None
    assert verdict in (Verdict.MISSING, Verdict.WRONG)


def test_a_lock_is_for_one_user_from_one_address_and_ends_by_itself() -> None:
    clock = Clock()
    keeper = door(clock)
    verdicts = [keeper.judge("GET", "/", 'Digest username="admin"', "thief")[0] for _ in range(6)]
    assert verdicts == [Verdict.WRONG] * 4 + [Verdict.BLOCKED] * 2
    assert keeper.judge("GET", "/", 'Digest username="admin"', "ssm")[0] is Verdict.WRONG

    clock.at += digest.LOCKED_FOR + 1
    assert keeper.judge("GET", "/", 'Digest username="admin"', "thief")[0] is Verdict.WRONG


def test_what_strangers_leave_is_bounded() -> None:
    keeper = door()
    for number in range(digest.MOST_KEPT + 50):
        keeper.judge("GET", "/", f'Digest username="u{number}"', "c")

    assert len(keeper._tries) == digest.MOST_KEPT
    assert keeper._counts == {}
