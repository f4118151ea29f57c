"""What devices pushed that read plates themselves, and which vehicles that tells of."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Json


class PushRow(Base):
    """One message of a device. A handled one is kept without what it said, so that a repetition is recognised."""

    __tablename__ = "pushes"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"))
    key: Mapped[str]
    push: Mapped[Json | None]
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    handled_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("camera_id", "key"),
        Index("ix_pushes_due", "camera_id", "id", postgresql_where=text("handled_at IS NULL")),
        Index("ix_pushes_received_at", "received_at"),
    )


class PushedPassage(Base):
    """A vehicle that pushes tell of: its event as it is now, and when it was last heard of."""

    __tablename__ = "pushed_passages"

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"))
    car: Mapped[str]
    event: Mapped[Json]
    heard_at: Mapped[datetime] = mapped_column(server_default=func.now())
    lost: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        Index("ix_pushed_passages_car", "camera_id", "car", "heard_at"),
        Index("ix_pushed_passages_open", "camera_id", "heard_at", postgresql_where=text("NOT lost")),
    )


class PushContact(Base):
    """When a device was last heard of, and by how many seconds its clock is ahead."""

    __tablename__ = "push_contacts"

    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    heard_at: Mapped[datetime]
    clock_skew: Mapped[float | None]
