"""Cameras, how far files were played, and what the reactor is tracking at each camera."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId, Time


class Camera(Base):
    """A source of frames. `source` is sealed: its URL may hold a password."""

    __tablename__ = "cameras"

    id: Mapped[RowId]
    name: Mapped[Name]
    kind: Mapped[str]
    source: Mapped[bytes]
    settings: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[Time] = mapped_column(server_default=func.now(), onupdate=func.now())


class CameraProgress(Base):
    """How far a file was played: frames before `position` are done; a restart goes on there with the same times."""

    __tablename__ = "camera_progress"

    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int]
    run: Mapped[str]
    started_at: Mapped[Time]
    position: Mapped[int]
    finished: Mapped[bool] = mapped_column(server_default=text("false"))


class Track(Base):
    """Open passages of one camera, written in the same transaction as their events.

    `state` is the reactor's own; others may read of it only `unread`, the number of unread passages by reason.
    """

    __tablename__ = "tracks"

    camera_id: Mapped[UUID] = mapped_column(ForeignKey("cameras.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[Json]
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())
