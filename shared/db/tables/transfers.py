"""Imports of lists on their way from file to entries, and mirrors, which start imports by the clock."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, RowId, Time


class ListImport(Base):
    """A file for a list: planned, looked at by somebody, applied.

    `wish` says how the file is read, `report` what the plan found, `fingerprint` what the list was like then.
    """

    __tablename__ = "list_imports"

    id: Mapped[RowId]
    list_id: Mapped[UUID] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"))
    mirrored: Mapped[bool] = mapped_column(server_default=text("false"))
    file_name: Mapped[str] = mapped_column(server_default="")
    mode: Mapped[str]
    strict: Mapped[bool] = mapped_column(server_default=text("false"))
    wish: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    state: Mapped[str] = mapped_column(server_default="planning")
    sentence: Mapped[str] = mapped_column(server_default="")
    report: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    fingerprint: Mapped[str] = mapped_column(server_default="")
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    asked_by: Mapped[str]
    confirmed_by: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    changed_at: Mapped[Time] = mapped_column(server_default=func.now(), onupdate=func.now())

    __table_args__ = (
        CheckConstraint("mode IN ('append', 'replace')", name="mode"),
        CheckConstraint(
            "state IN ('planning', 'planned', 'applying', 'applied', 'stale', 'failed', 'discarded')", name="state"
        ),
        Index("ix_list_imports_newest", "list_id", text("created_at DESC"), text("id DESC")),
        Index("ix_list_imports_at_work", "changed_at", postgresql_where=text("state IN ('planning', 'applying')")),
    )


class ListMirror(Base):
    """Where a list is copied from by the clock. `source` is sealed: it may hold a password.

    `fingerprint` is what the list was like when the mirror last wrote it or found it to be the same. A list that a Meta
    server sends down is `managed_by` that destination, and copied from its `meta_list_id`.
    """

    __tablename__ = "list_mirrors"

    list_id: Mapped[UUID] = mapped_column(ForeignKey("lists.id", ondelete="CASCADE"), primary_key=True)
    source: Mapped[bytes]
    settings: Mapped[Json]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    next_run_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    last_run_at: Mapped[datetime | None]
    last_ok: Mapped[bool | None]
    last_sentence: Mapped[str] = mapped_column(server_default="")
    last_import_id: Mapped[UUID | None]
    set_by: Mapped[str]
    managed_by: Mapped[str] = mapped_column(server_default="")
    fingerprint: Mapped[str] = mapped_column(server_default="")
    meta_list_id: Mapped[UUID | None] = mapped_column(ForeignKey("meta_lists.id", ondelete="SET NULL"), unique=True)
    created_at: Mapped[CreatedAt]
