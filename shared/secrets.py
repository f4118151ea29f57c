"""Secrets at rest: encrypted with rotating Fernet keys, shown only as a mask."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from shared.errors import PlatewireError

MASK = "********"


class SecretsError(PlatewireError):
    """The key is malformed, or it is not the one with which the data was written."""


class Vault:
    """Encrypts JSON documents; the first key writes, all keys read, so that keys can be rotated."""

    def __init__(self, keys: str) -> None:
        try:
            self._fernet = MultiFernet([Fernet(key.strip()) for key in keys.split(",") if key.strip()])
        except ValueError:
            raise SecretsError(
                "PLATEWIRE_SECRET_KEY must hold Fernet keys (32 bytes, URL-safe base64); `make env` writes one"
            ) from None

    def seal(self, document: Mapping[str, Any]) -> bytes:
        return self._fernet.encrypt(json.dumps(document).encode())

    def open(self, sealed: bytes) -> dict[str, Any]:
        """Raises SecretsError when none of the keys fits."""
        try:
            document: dict[str, Any] = json.loads(self._fernet.decrypt(sealed))
        except InvalidToken:
            raise SecretsError("Stored secrets do not open with PLATEWIRE_SECRET_KEY; was the key changed?") from None
        return document


def new_key() -> str:
    return Fernet.generate_key().decode()
