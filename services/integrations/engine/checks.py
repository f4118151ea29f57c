"""The "Test" button: tries a destination's connection in a background job and says in one sentence what came of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.integrations.engine.discover import load
from services.integrations.engine.stored import open_settings
from shared.db.session import connect, transaction
from shared.db.tables import Destination
from shared.errors import Missing, PlatewireError, Reject, Retry, Trouble, Unauthorised
from shared.integration import Integration
from shared.secrets import Vault
from shared.settings import Settings, from_environment


def check_destination(destination_id: str) -> dict[str, str | bool]:
    """Runs as an RQ job (see shared/jobs.py): {"ok": bool, "kind": str, "sentence": str, "trouble": str}.

    Never raises on purpose.
    """
    return check(from_environment(), UUID(destination_id))


def check(settings: Settings, destination_id: UUID) -> dict[str, str | bool]:
    """As check_destination, with given settings."""
    try:
        destination = _destination(settings, destination_id)
    except Missing as error:
        return {"ok": False, "kind": "", "sentence": str(error), "trouble": Trouble.OTHER}
    try:
        integration, opened = _opened(settings, destination)
        receipt = integration.check(opened)
    except Unauthorised as error:
        what = "are refused" if error.trouble is Trouble.CREDENTIALS else "do not have the right"
        return _answer(destination, f"The credentials {what}: {error.reason}", error.trouble)
    except (Retry, Reject) as error:
        return _answer(destination, error.reason, error.trouble)
    except PlatewireError as error:
        return _answer(destination, str(error), Trouble.OTHER)
    # The button must answer whatever an integration does.
    except Exception as error:
        return _answer(destination, f"Fault in the integration: {type(error).__name__}", Trouble.OTHER)
    return _answer(destination, receipt.answer or "The connection works", None)


def _answer(destination: Destination, sentence: str, trouble: Trouble | None) -> dict[str, str | bool]:
    return {"ok": trouble is None, "kind": destination.kind, "sentence": sentence, "trouble": trouble or ""}


def _destination(settings: Settings, destination_id: UUID) -> Destination:
    engine = connect(settings.sqlalchemy_url, pool=1)
    try:
        with transaction(engine) as session:
            found = session.get(Destination, destination_id)
    finally:
        engine.dispose()
    if found is None:
        raise Missing("destination", destination_id)
    return found


def _opened(settings: Settings, destination: Destination) -> tuple[Integration[Any], BaseModel]:
    integration = load(destination.kind)
    vault = Vault(settings.secret_key.get_secret_value())
    return integration, open_settings(vault, integration.settings, destination.settings)
