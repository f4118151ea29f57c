"""Checks a name and password against the users, counts failures, and keeps sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import ABSOLUTE, IDLE, Identity, user_identity
from services.api.sign_in import second_factor
from shared.credentials import new_token, password_fits, token_hash
from shared.db.tables import LoginSession, User
from shared.errors import Missing
from shared.secrets import Vault

MAX_FAILURES = 10
LOCK = timedelta(minutes=15)
AGENT_KEPT = 200


class Refusal(StrEnum):
    """Why nobody came in. The first says nothing of which part was wrong."""

    WRONG = "Name or password do not fit, or the user is locked after too many tries"
    CODE_NEEDED = "Type the code of the second factor"
    WRONG_CODE = "The code does not fit or was used before"


@dataclass(frozen=True)
class Attempt:
    """Who wants in, from where."""

    name: str
    password: str
    code: str
    origin: str
    agent: str


def sign_in(session: Session, vault: Vault, asked: Attempt, moment: datetime) -> tuple[str, Identity] | Refusal:
    """A new session's token and whose it is; one refusal for a wrong name, a wrong password and a locked user."""
    known = select(User).where(User.name == asked.name).with_for_update()
    user = session.scalar(known)
    if not password_fits(user, asked.password) or user is None or is_locked(user, moment):
        if user and not is_locked(user, moment):
            count_failure(session, user, moment, asked.origin)
        audit.record(session, f"user:{asked.name}", "sign_in.failed", asked.name, {"from": asked.origin})
        return Refusal.WRONG
    if user.totp_confirmed_at:
        if not asked.code:
            return Refusal.CODE_NEEDED
        if not second_factor.takes(user, vault, asked.code, moment):
            count_failure(session, user, moment, asked.origin)
            found = {"from": asked.origin, "wrong": "code"}
            audit.record(session, f"user:{user.name}", "sign_in.failed", user.name, found)
            return Refusal.WRONG_CODE
    return let_in(session, user, asked.origin, asked.agent, moment)


def let_in(session: Session, user: User, origin: str, agent: str, moment: datetime) -> tuple[str, Identity]:
    """Opens a session for a user who proved who they are."""
    user.failed_logins, user.locked_until = 0, None
    token = _open_session(session, user, origin, agent, moment)
    audit.record(session, f"user:{user.name}", "sign_in", user.name, {"from": origin})
    return token, user_identity(user, token_hash(token))


def sign_out(session: Session, who: Identity) -> None:
    session.execute(delete(LoginSession).where(LoginSession.token_hash == who.session))
    audit.record(session, who, "sign_out", who.name)


def is_locked(user: User, moment: datetime) -> bool:
    return bool(user.locked_until and user.locked_until > moment)


def count_failure(session: Session, user: User, moment: datetime, origin: str) -> None:
    user.failed_logins += 1
    if user.failed_logins >= MAX_FAILURES:
        user.failed_logins, user.locked_until = 0, moment + LOCK
        audit.record(session, f"user:{user.name}", "sign_in.locked", user.name, {"from": origin})


def sessions_of(session: Session, user_id: UUID, moment: datetime) -> list[LoginSession]:
    """Those that are open, the one used last first."""
    is_open = (LoginSession.expires_at > moment) & (LoginSession.last_used_at >= moment - IDLE)
    query = select(LoginSession).where(LoginSession.user_id == user_id, is_open)
    return list(session.scalars(query.order_by(LoginSession.last_used_at.desc())))


def end_session(session: Session, user_id: UUID, session_id: UUID) -> None:
    """Raises Missing."""
    query = delete(LoginSession).where(LoginSession.id == session_id, LoginSession.user_id == user_id)
    if session.scalar(query.returning(LoginSession.id)) is None:
        raise Missing("session", session_id)


def end_sessions(session: Session, user_id: UUID, *, but: bytes | None = None) -> int:
    """Ends all of a user's sessions, but not that of this token; returns how many ended."""
    query = delete(LoginSession).where(LoginSession.user_id == user_id)
    if but is not None:
        query = query.where(LoginSession.token_hash != but)
    return len(session.scalars(query.returning(LoginSession.id)).all())


def _open_session(session: Session, user: User, origin: str, agent: str, moment: datetime) -> str:
    session.execute(
        delete(LoginSession).where((LoginSession.expires_at <= moment) | (LoginSession.last_used_at < moment - IDLE))
    )
    token = new_token()
    row = LoginSession(token_hash=token_hash(token), user_id=user.id, last_used_at=moment, expires_at=moment + ABSOLUTE)
    row.address, row.agent = origin, "".join(letter for letter in agent if letter.isprintable())[:AGENT_KEPT]
    session.add(row)
    return token
