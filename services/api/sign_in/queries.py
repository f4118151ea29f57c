"""Checks a name and password against the users, counts failures, and keeps sessions."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import ABSOLUTE, IDLE, Identity
from shared.credentials import ROLE_SCOPES, Role, new_token, password_fits, token_hash
from shared.db.tables import LoginSession, User

MAX_FAILURES = 10
LOCK = timedelta(minutes=15)


def sign_in(session: Session, name: str, password: str, origin: str, moment: datetime) -> tuple[str, Identity] | None:
    """A new session's token and whose it is; None for a wrong name or password and for a locked user alike."""
    user = session.scalar(select(User).where(User.name == name).with_for_update())
    if not password_fits(user, password) or user is None or is_locked(user, moment):
        if user and not is_locked(user, moment):
            count_failure(user, moment)
        audit.record(session, f"user:{name}", "sign_in.failed", name, {"from": origin})
        return None
    user.failed_logins, user.locked_until = 0, None
    token = _open_session(session, user, moment)
    audit.record(session, f"user:{name}", "sign_in", name, {"from": origin})
    role = Role(user.role)
    return token, Identity(f"user:{name}", name, role, ROLE_SCOPES[role], token_hash(token))


def sign_out(session: Session, who: Identity) -> None:
    session.execute(delete(LoginSession).where(LoginSession.token_hash == who.session))
    audit.record(session, who, "sign_out", who.name)


def is_locked(user: User, moment: datetime) -> bool:
    return bool(user.locked_until and user.locked_until > moment)


def count_failure(user: User, moment: datetime) -> None:
    user.failed_logins += 1
    if user.failed_logins >= MAX_FAILURES:
        user.failed_logins, user.locked_until = 0, moment + LOCK


def _open_session(session: Session, user: User, moment: datetime) -> str:
    session.execute(
        delete(LoginSession).where((LoginSession.expires_at <= moment) | (LoginSession.last_used_at < moment - IDLE))
    )
    token = new_token()
    session.add(
        LoginSession(token_hash=token_hash(token), user_id=user.id, last_used_at=moment, expires_at=moment + ABSOLUTE)
    )
    return token
