"""The rules that say what must happen, and when each fired last for a plate."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func, text
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Name, RowId


class ReactionRule(Base):
    """When a vehicle of this kind passes, tell this destination. `settings` is shared.reactions.RuleSettings."""

    __tablename__ = "reactions"

    id: Mapped[RowId]
    name: Mapped[Name]
    rule: Mapped[str]
    settings: Mapped[Json]
    destination_id: Mapped[UUID] = mapped_column(ForeignKey("destinations.id", ondelete="CASCADE"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[CreatedAt]


class CoolDown(Base):
    """The passage for which a rule with a cool-down fired last; look-alike plates count as one.

    Files have times of their own, so each origin cools down for itself. Rows go when they are old, not with their rule:
    a foreign key would make each firing wait for whoever edits the rule.
    """

    __tablename__ = "cool_downs"

    reaction_id: Mapped[UUID] = mapped_column(primary_key=True)
    plate: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    fired_at: Mapped[datetime]
    event_id: Mapped[UUID]
    noted_at: Mapped[datetime] = mapped_column(server_default=func.now())
