"""Writes into the database which integrations exist, so that the API serves their forms without importing them."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine, func, update
from sqlalchemy.dialects.postgresql import insert

from services.integrations.engine.discover import Found
from shared.db.session import transaction
from shared.db.tables import IntegrationKind


def publish(engine: Engine, found: Sequence[Found]) -> None:
    """Upserts what was found; a broken one keeps the form it had and says what is wrong."""
    with transaction(engine) as session:
        for one in found:
            values = _values(one)
            new = {"title": one.name, "version": "", "settings_schema": {}} | values
            upsert = insert(IntegrationKind).values(name=one.name, **new)
            session.execute(
                upsert.on_conflict_do_update(index_elements=["name"], set_=values | {"updated_at": func.now()})
            )


def forget_missing(engine: Engine, present: Sequence[str]) -> None:
    """Marks kinds whose folder is gone, so that nobody waits for a worker that cannot exist."""
    with transaction(engine) as session:
        gone = IntegrationKind.name.not_in(present)
        session.execute(update(IntegrationKind).where(gone).values(broken="This integration is not installed"))


def _values(found: Found) -> dict[str, object]:
    if found.integration is None:
        return {"broken": found.broken}
    integration = found.integration
    return {
        "title": integration.title,
        "version": integration.version,
        "settings_schema": integration.settings.model_json_schema(),
        "broken": "",
    }
