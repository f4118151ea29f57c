"""Claims a request for whoever does it, and keeps what came of it."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from services.api.errors import StillDone
from shared.db.tables import KeptAnswer
from shared.errors import Invalid
from shared.secrets import Vault

KEPT = timedelta(hours=24)
LONGEST = timedelta(minutes=2)
"""After so long whoever does a request has died over it, and it may be done by another."""
HEADER = "Idempotency-Key"


@dataclass(frozen=True)
class Request:
    """What makes two requests the same; `digest` tells whether they ask for the same."""

    owner: UUID
    method: str
    path: str
    key: str
    digest: bytes


@dataclass(frozen=True)
class Answer:
    """An answer as it leaves again."""

    status: int
    media_type: str
    body: bytes


def begin(session: Session, vault: Vault, asked: Request, moment: datetime) -> Answer | None:
    """The answer that was given before, or None: then the request is claimed, and `finish` or `release` must follow.

    Raises Invalid when the key was used with another body, StillDone while another does the same.
    """
    # One statement, so that of two that come at the same moment one waits for the other and then finds its row.
    claim = insert(KeptAnswer).values(**vars(asked), begun_at=moment)
    dead = KeptAnswer.answer.is_(None) & (KeptAnswer.begun_at < moment - LONGEST)
    claim = claim.on_conflict_do_update(
        index_elements=["owner", "method", "path", "key"],
        set_={"digest": asked.digest, "begun_at": moment, "answer": None},
        where=or_(KeptAnswer.begun_at < moment - KEPT, dead),
    )
    if session.scalar(claim.returning(KeptAnswer.owner)) is not None:
        return None
    row = session.scalars(select(KeptAnswer).where(*_same(asked))).one()
    if row.digest != asked.digest:
        raise Invalid("This key was used with another request; take a new one for each thing to do", HEADER)
    if row.answer is None:
        raise StillDone("The same request is being done now, ask again in a moment", after=1)
    return _opened(vault, row.answer)


def finish(session: Session, vault: Vault, asked: Request, answer: Answer) -> None:
    """Keeps what came of it, sealed: it may be an API key, which is shown once."""
    body = base64.b64encode(answer.body).decode()
    sealed = vault.seal({"status": answer.status, "media_type": answer.media_type, "body": body})
    session.scalars(select(KeptAnswer).where(*_same(asked))).one().answer = sealed


def release(session: Session, asked: Request) -> None:
    """Lets the request be done again."""
    session.execute(delete(KeptAnswer).where(*_same(asked), KeptAnswer.answer.is_(None)))


def forget_old(session: Session, moment: datetime) -> None:
    session.execute(delete(KeptAnswer).where(KeptAnswer.begun_at < moment - KEPT))


def _same(asked: Request) -> tuple[ColumnElement[bool], ...]:
    names = ("owner", "method", "path", "key")
    return tuple(getattr(KeptAnswer, name) == getattr(asked, name) for name in names)


def _opened(vault: Vault, sealed: bytes) -> Answer:
    kept = vault.open(sealed)
    return Answer(kept["status"], kept["media_type"], base64.b64decode(kept["body"]))
