"""Events, partitioned by month, and the dictionary of distinct plates that searches go through."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Json

READ = ("plate", "country", "region", "unread", "lists", "hits")
"""Columns in which a person's correction stands in place of the reading."""


class EventRow(Base):
    """One vehicle passed once. The partition key is the time of its first frame, which never changes.

    Either it has a plate, or `unread` says why not. `decision` says which rules were tried and why each fired or did
    not; it is read only where it is asked for.
    """

    __tablename__ = "events"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    captured_at: Mapped[datetime] = mapped_column(primary_key=True)
    camera_id: Mapped[UUID]
    camera_name: Mapped[str]
    car_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    origin: Mapped[str]
    plate: Mapped[str]
    country: Mapped[str] = mapped_column(server_default="")
    region: Mapped[str] = mapped_column(server_default="")
    alternatives: Mapped[list[Json]] = mapped_column(server_default=text("'[]'"))
    unread: Mapped[str] = mapped_column(server_default="")
    confidence: Mapped[float]
    read_at: Mapped[datetime]
    last_seen: Mapped[datetime]
    reads: Mapped[int]
    direction: Mapped[str]
    vertical: Mapped[str]
    zone: Mapped[int] = mapped_column(server_default=text("1"))
    box: Mapped[list[int]]
    frame_width: Mapped[int]
    frame_height: Mapped[int]
    frame_key: Mapped[str] = mapped_column(server_default="")
    crop_key: Mapped[str] = mapped_column(server_default="")
    processing_ms: Mapped[float] = mapped_column(server_default=text("0"))
    lists: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    hits: Mapped[list[Json]] = mapped_column(server_default=text("'[]'"))
    characters: Mapped[list[Json]] = mapped_column(server_default=text("'[]'"))
    readings: Mapped[list[Json]] = mapped_column(server_default=text("'[]'"))
    decision: Mapped[Json | None] = mapped_column(deferred=True)
    stored_at: Mapped[datetime] = mapped_column(server_default=func.now())
    as_read: Mapped[Json | None]
    """What cameras read, while a person's correction stands in its place; later reads change only this."""

    __table_args__ = (
        CheckConstraint("plate <> '' OR unread <> ''", name="plate_or_unread"),
        Index(
            "ix_events_unread", text("captured_at DESC"), text("event_id DESC"), postgresql_where=text("unread <> ''")
        ),
        Index(
            "ix_events_corrected",
            text("captured_at DESC"),
            text("event_id DESC"),
            postgresql_where=text("as_read IS NOT NULL"),
        ),
        Index("ix_events_newest", text("captured_at DESC"), text("event_id DESC")),
        Index("ix_events_plate", "plate", text("captured_at DESC")),
        Index("ix_events_camera", "camera_id", text("captured_at DESC")),
        {"postgresql_partition_by": "RANGE (captured_at)"},
    )


class Plate(Base):
    """A distinct plate; searches by parts and look-alikes probe this small table, then the events by plate."""

    __tablename__ = "plates"

    plate: Mapped[str] = mapped_column(primary_key=True)
    skeleton: Mapped[str] = mapped_column(index=True)
    grams: Mapped[list[str]]
    first_seen: Mapped[datetime]
    last_seen: Mapped[datetime]
    events: Mapped[int]

    __table_args__ = (Index("ix_plates_grams", "grams", postgresql_using="gin"),)
