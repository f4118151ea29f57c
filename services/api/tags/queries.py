"""Tags of events, and how often each is used."""

from __future__ import annotations

import re
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api.access import Identity, visible
from services.api.events.queries import event
from services.api.tags.schemas import Tags
from shared.db.tables import EventTag
from shared.errors import Conflict, Invalid

MOST, SHOWN = 20, 500
_WORD = re.compile(r"\w[\w-]{0,31}")


def all_tags(session: Session, who: Identity) -> Tags:
    """Those of events that `who` may see."""
    uses = func.count()
    query = select(EventTag.tag, uses.label("events"), func.max(EventTag.captured_at).label("newest"))
    query = query.where(*visible(who, EventTag.camera_id)).group_by(EventTag.tag).order_by(uses.desc(), EventTag.tag)
    return Tags.model_validate({"tags": [dict(row._mapping) for row in session.execute(query.limit(SHOWN))]})


def word_of(tag: str) -> str:
    """The one form of a tag. Raises Invalid."""
    word = tag.strip().casefold()
    if not _WORD.fullmatch(word):
        raise Invalid("A tag has 1 to 32 letters, digits, - and _, and begins with none of these signs", "tag")
    return word


def of_event(session: Session, event_id: UUID) -> list[str]:
    return list(session.scalars(select(EventTag.tag).where(EventTag.event_id == event_id).order_by(EventTag.tag)))


def add(session: Session, event_id: UUID, tag: str, who: Identity) -> bool:
    """Whether it was not there. Raises Missing, Conflict."""
    row = event(session, event_id, who)
    # Until this ends the event is not deleted by its age, which the tag may forbid.
    session.refresh(row, with_for_update={"key_share": True, "read": True})
    values = {"event_id": event_id, "tag": tag, "captured_at": row.captured_at, "camera_id": row.camera_id}
    # Two may add the same tag at once: one of them has.
    statement = insert(EventTag).values(values | {"actor": who.actor}).on_conflict_do_nothing()
    added = session.scalar(statement.returning(EventTag.tag)) is not None
    if added and len(of_event(session, event_id)) > MOST:
        raise Conflict(f"An event has at most {MOST} tags")
    return added


def remove(session: Session, event_id: UUID, tag: str, who: Identity) -> bool:
    """Whether it was there. Raises Missing for the event."""
    event(session, event_id, who)
    gone = delete(EventTag).where(EventTag.event_id == event_id, EventTag.tag == tag).returning(EventTag.tag)
    return session.scalar(gone) is not None
