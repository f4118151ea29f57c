from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from shared.errors import Invalid
from shared.passwords import fits, hash_password, is_common, stronger_hash


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "P@ssw0rd2026!",
        "passwordpassword",
        "Welcome2026!!",
        "qwertyuiop12",
        "1234567890123",
        "aaaaaaaaaaaaaa",
        "abababababab",
        "platewire2026",
        "adminadmin123",
        "letmein-letmein",
        "gate1234gategate",
        "iloveyou20202020",
        "йцукенгшщзхъ",
        "changeme!2345",
        "zyxwvutsrqponm",
    ],
)
def test_what_everybody_tries_first_is_refused(password: str) -> None:
    assert is_common(password)


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery",
        "a long enough password",
        "another long password",
        "tr7-Quokka-Velvet",
        "Кобила їсть сіно о пів на шосту",
        "xK9#mQ2$vL5nR8",
        "9f2b7c1e4d8a",
        "839274650183",
    ],
)
def test_words_of_ones_own_are_taken(password: str) -> None:
    assert not is_common(password)


def test_ones_own_name_does_not_make_a_password() -> None:
    assert is_common("olenkaolenka1985", "Olenka")
    assert not is_common("tarastaras-velvet-quokka", "olenka")


@pytest.mark.parametrize(
    ("password", "words"),
    [("short", "at least 12"), ("x1y2z3" * 200, "at most 1000"), ("password1234", "tried first")],
)
def test_a_password_that_breaks_a_rule_says_which(password: str, words: str) -> None:
    with pytest.raises(Invalid, match=words) as error:
        hash_password(password)
    assert error.value.field == "password"
    assert password not in str(error.value)


def test_a_hash_fits_its_password_alone() -> None:
    stored = hash_password("tr7-Quokka-Velvet")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert fits(stored, "tr7-Quokka-Velvet")
    assert not fits(stored, "tr7-Quokka-velvet")
    assert not fits("", "tr7-Quokka-Velvet")
    assert not fits(None, "")


def test_a_hash_of_weaker_parameters_is_renewed_and_one_of_todays_is_kept() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash("tr7-Quokka-Velvet")
    renewed = stronger_hash(weak, "tr7-Quokka-Velvet")
    assert renewed
    assert fits(renewed, "tr7-Quokka-Velvet")
    assert stronger_hash(renewed, "tr7-Quokka-Velvet") is None
