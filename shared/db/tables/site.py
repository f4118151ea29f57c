"""Settings of the whole site, such as its public address and time zone."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, Json


class SiteSetting(Base):
    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Json]
