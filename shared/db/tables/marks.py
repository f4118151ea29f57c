"""What people leave at events: notes and tags; and searches that they keep."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, RowId

KEEP = "keep"
"""The tag that holds an event, with its pictures and notes, back from being deleted by age."""


class EventNote(Base):
    """A note at an event. Without a foreign key: a partition of events goes at once, and then the notes follow."""

    __tablename__ = "event_notes"

    id: Mapped[RowId]
    event_id: Mapped[UUID] = mapped_column(index=True)
    captured_at: Mapped[datetime] = mapped_column(index=True)
    text: Mapped[str]
    actor: Mapped[str]
    created_at: Mapped[CreatedAt]


class EventTag(Base):
    """A word at an event; `captured_at` and `camera_id` are the event's, so that counting needs no look at events."""

    __tablename__ = "event_tags"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    captured_at: Mapped[datetime]
    camera_id: Mapped[UUID]
    actor: Mapped[str]
    created_at: Mapped[CreatedAt]

    __table_args__ = (Index("ix_event_tags_tag", "tag", text("captured_at DESC")),)


class SavedSearch(Base):
    """A search that a user or a key keeps under a name; `query` is what follows the question mark."""

    __tablename__ = "saved_searches"

    id: Mapped[RowId]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        UniqueConstraint("user_id", "name"),
        UniqueConstraint("key_id", "name"),
        CheckConstraint("num_nonnulls(user_id, key_id) = 1", name="owner"),
    )
