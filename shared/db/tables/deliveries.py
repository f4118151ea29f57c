"""Destinations, the ledger of deliveries, barrier commands, and which integrations exist."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class IntegrationKind(Base):
    """What a worker says of itself at start; the API serves forms from it instead of importing integrations."""

    __tablename__ = "integration_kinds"

    name: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    version: Mapped[str]
    settings_schema: Mapped[Json]
    broken: Mapped[str] = mapped_column(server_default="")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


class Destination(Base):
    """One outside system. `settings` is sealed: it may hold passwords."""

    __tablename__ = "destinations"

    id: Mapped[RowId]
    name: Mapped[Name]
    kind: Mapped[str]
    settings: Mapped[bytes]
    send_on: Mapped[str] = mapped_column(server_default="detect")
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    failures_in_a_row: Mapped[int] = mapped_column(server_default=text("0"))
    open_until: Mapped[datetime | None]
    last_success_at: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(server_default="")
    last_error_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]

    __table_args__ = (CheckConstraint("send_on IN ('detect', 'lost', 'both')", name="send_on"),)


class DeliveryRow(Base):
    """One thing to tell one destination; the ledger survives everything that Redis may lose."""

    __tablename__ = "deliveries"

    id: Mapped[RowId]
    event_id: Mapped[UUID]
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id", ondelete="CASCADE"))
    moment: Mapped[str]
    reaction_id: Mapped[UUID | None]
    event: Mapped[Json]
    camera: Mapped[Json]
    state: Mapped[str] = mapped_column(server_default="due")
    due_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    lease_until: Mapped[datetime | None]
    packet_counter: Mapped[int | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "destination_id", "moment"),
        CheckConstraint("state IN ('due', 'delivered', 'dead', 'expired')", name="state"),
        Index("ix_deliveries_due", "destination_id", "due_at", postgresql_where=text("state = 'due'")),
        Index("ix_deliveries_newest", text("created_at DESC"), text("id DESC")),
    )


class Command(Base):
    """An order to a barrier: at most once, and never after its deadline. All its times are PostgreSQL's.

    Either an event is behind it, or a person with a reason. `interlock` and `holds_until` say for how long no other
    barrier of that group may open, `lease_until` from when on its worker is taken for dead.
    """

    __tablename__ = "commands"

    id: Mapped[RowId]
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id", ondelete="CASCADE"))
    action: Mapped[str] = mapped_column(server_default="open")
    event_id: Mapped[UUID | None]
    reaction_id: Mapped[UUID | None]
    event: Mapped[Json | None]
    camera: Mapped[Json | None]
    skeleton: Mapped[str] = mapped_column(server_default="")
    actor: Mapped[str] = mapped_column(server_default="")
    reason: Mapped[str] = mapped_column(server_default="")
    idempotency_key: Mapped[str | None]
    state: Mapped[str] = mapped_column(server_default="new")
    issued_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    worker: Mapped[UUID | None]
    sent_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    interlock: Mapped[str] = mapped_column(server_default="")
    holds_until: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    result: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        UniqueConstraint("event_id", "destination_id", "action"),
        UniqueConstraint("actor", "idempotency_key"),
        CheckConstraint(
            "state IN ('new', 'sent', 'done', 'confirmed', 'unknown', 'failed', 'expired', 'refused')", name="state"
        ),
        CheckConstraint("event_id IS NOT NULL OR reason <> ''", name="cause"),
        Index("ix_commands_new", "destination_id", "issued_at", postgresql_where=text("state = 'new'")),
        Index("ix_commands_sent", "destination_id", text("sent_at DESC")),
        Index("ix_commands_newest", text("issued_at DESC"), text("id DESC")),
    )
