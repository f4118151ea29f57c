"""What the engine reads from the site's and the destinations' stored settings."""

from __future__ import annotations

from pydantic import BaseModel, ValidationError
from sqlalchemy import Engine

from shared.db.session import transaction
from shared.db.tables import SiteSetting
from shared.errors import Retry
from shared.secrets import SecretsError, Vault

PUBLIC_URL = "public_url"
DEFAULT_URL = "http://127.0.0.1:8080"


def open_settings(vault: Vault, model: type[BaseModel], sealed: bytes) -> BaseModel:
    """Opens and validates a destination's settings.

    Raises:
        Retry: they do not fit; deliveries wait until a person mended them. Names the fields, never their values.
    """
    try:
        document = vault.open(sealed)
    except SecretsError as error:
        raise Retry(str(error)) from None
    try:
        return model.model_validate(document)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise Retry(f"The destination's settings are not valid: {wrong}") from None


def public_url(engine: Engine) -> str:
    """Where receivers reach this site's API."""
    with transaction(engine) as session:
        row = session.get(SiteSetting, PUBLIC_URL)
        return str(row.value.get("value") or DEFAULT_URL) if row else DEFAULT_URL
