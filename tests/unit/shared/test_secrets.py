from __future__ import annotations

import pytest

from shared.secrets import SecretsError, Vault, new_key


def test_a_sealed_document_opens_with_its_key_and_shows_nothing() -> None:
    vault = Vault(new_key())
    sealed = vault.seal({"password": "s3cret"})
    assert b"s3cret" not in sealed
    assert vault.open(sealed) == {"password": "s3cret"}


def test_after_rotation_the_old_key_still_opens_and_the_new_one_seals() -> None:
    old, new = new_key(), new_key()
    sealed = Vault(old).seal({"a": 1})
    rotated = Vault(f"{new},{old}")
    assert rotated.open(sealed) == {"a": 1}
    assert Vault(new).open(rotated.seal({"b": 2})) == {"b": 2}


def test_a_wrong_key_says_what_may_have_happened() -> None:
    with pytest.raises(SecretsError, match="was the key changed"):
        Vault(new_key()).open(Vault(new_key()).seal({}))


def test_a_malformed_key_says_how_to_make_one() -> None:
    with pytest.raises(SecretsError, match="make env"):
        Vault("hunter2")
