"""What the WebAPI remembers of those who use it: their last search, and what Digest needs of their password."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base, CreatedAt, Json, Time


class LastSearch(Base):
    """What a credential searched for last, and when: `export` gives what matched at that moment.

    `credential_id` is the id of an API key or of a user.
    """

    __tablename__ = "last_searches"

    credential_id: Mapped[UUID] = mapped_column(primary_key=True)
    asked: Mapped[Json]
    searched_at: Mapped[Time] = mapped_column(server_default=func.now())


class DeviceAccount(Base):
    """Marks a user as a device that may use HTTP Digest. `secrets` is sealed: it is worth as much as the password."""

    __tablename__ = "device_accounts"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secrets: Mapped[bytes]
    created_at: Mapped[CreatedAt]
