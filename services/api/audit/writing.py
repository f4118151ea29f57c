"""Who changed what, in the transaction of the change."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from services.api.access import Identity
from shared import audit


def record(
    session: Session, who: Identity | str, action: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """Adds a row; `action` reads like `camera.change`, `detail` never holds a secret."""
    audit.record(session, who if isinstance(who, str) else who.actor, action, subject, detail)
