"""Lists of plates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class PlateList(Base):
    """Black, white or any named list; black and white exist from the first migration."""

    __tablename__ = "lists"

    id: Mapped[RowId]
    name: Mapped[Name]
    kind: Mapped[str]
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("kind IN ('black', 'white', 'named')", name="kind"),)


class ListEntry(Base):
    """A plate or pattern on a list; `plate` is the normal form, `typed` what somebody wrote."""

    __tablename__ = "list_entries"

    id: Mapped[RowId]
    list_id: Mapped[UUID] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    plate: Mapped[str] = mapped_column(index=True)
    typed: Mapped[str]
    pattern: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str] = mapped_column(server_default="")
    owner: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    schedule: Mapped[Json | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (UniqueConstraint("list_id", "plate"),)
