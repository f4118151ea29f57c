"""Answers to requests that may be sent again, so that a repeat does not do its work twice."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared.db.tables.base import Base


class KeptAnswer(Base):
    """What came of a request with an `Idempotency-Key`; without `answer` it is still being done.

    `owner` is the id of a user or of an API key. `digest` is keyed, because a body may hold a password; `answer` is
    sealed, because it may hold an API key.
    """

    __tablename__ = "kept_answers"

    owner: Mapped[UUID] = mapped_column(primary_key=True)
    method: Mapped[str] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    digest: Mapped[bytes]
    begun_at: Mapped[datetime] = mapped_column(index=True)
    answer: Mapped[bytes | None]
