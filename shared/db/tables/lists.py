"""Lists of plates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class PlateList(Base):
    """Black, white or any named list; black and white exist from the first migration.

    `match` is one of shared.matching.Match.
    """

    __tablename__ = "lists"

    id: Mapped[RowId]
    name: Mapped[Name]
    kind: Mapped[str]
    match: Mapped[str] = mapped_column(server_default="strict")
    colour: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        CheckConstraint("kind IN ('black', 'white', 'named')", name="kind"),
        CheckConstraint("match IN ('strict', 'look_alike', 'one_off')", name="match"),
    )


class ListEntry(Base):
    """A plate or pattern on a list; `plate` is the normal form, `typed` what somebody wrote.

    What may name a plate is found by the index of `list_key(plate)` (see shared.matching), so that nobody who writes
    entries needs to know of it. `schedule` is a shared.schedules.Schedule.
    """

    __tablename__ = "list_entries"

    id: Mapped[RowId]
    list_id: Mapped[UUID] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    plate: Mapped[str]
    typed: Mapped[str]
    pattern: Mapped[bool] = mapped_column(server_default=text("false"))
    note: Mapped[str] = mapped_column(server_default="")
    owner: Mapped[str] = mapped_column(server_default="")
    contact: Mapped[str] = mapped_column(server_default="")
    tag: Mapped[str] = mapped_column(server_default="")
    colour: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[datetime | None]
    valid_to: Mapped[datetime | None]
    schedule: Mapped[Json | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        UniqueConstraint("list_id", "plate"),
        Index("ix_list_entries_key", text("list_key(plate)")),
    )


class ListChange(Base):
    """Counts the transactions that changed lists or entries; triggers of both tables write it.

    A transaction adds one to any counter that no other holds at the time, so that writers never wait for each other,
    and the sum of all grows with each commit, in whatever order transactions began.
    """

    __tablename__ = "list_changes"

    counter: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    changes: Mapped[int] = mapped_column(BigInteger)
