"""Exports of events: files that a job writes and somebody fetches within a day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, RowId, Time


class EventExport(Base):
    """`asked` is the search or selection, with the cameras that who asked is limited to. The file lies on disk."""

    __tablename__ = "event_exports"

    id: Mapped[RowId]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"))
    asked_by: Mapped[str]
    form: Mapped[str]
    asked: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="waiting")
    sentence: Mapped[str] = mapped_column(server_default="")
    total: Mapped[int] = mapped_column(server_default=text("0"))
    done: Mapped[int] = mapped_column(server_default=text("0"))
    size: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    sha256: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Time] = mapped_column(server_default=func.now(), onupdate=func.now())
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, key_id) = 1", name="owner"),
        CheckConstraint("form IN ('csv', 'xlsx', 'zip')", name="form"),
        CheckConstraint("state IN ('waiting', 'done', 'failed')", name="state"),
        Index("ix_event_exports_newest", text("created_at DESC"), text("id DESC")),
        Index("ix_event_exports_waiting", "changed_at", postgresql_where=text("state = 'waiting'")),
    )
