"""What guards the pages' sign-in against guessing guards the WebAPI's too: the same counters, the same lock."""

from __future__ import annotations

from sqlalchemy import select

from services.api import audit
from services.api.deps import State
from services.api.sign_in.queries import count_failure, is_locked
from services.api.sign_in.rate import slow_down
from shared.clock import now
from shared.credentials import password_fits
from shared.db.session import transaction
from shared.db.tables import User


def check_password(state: State, name: str, password: str, origin: str) -> User | None:
    """The user whose name and password these are. Raises TooMany."""
    slow_down(state.events, name, origin)
    with transaction(state.engine) as session:
        user = session.scalar(select(User).where(User.name == name).with_for_update())
        if password_fits(user, password) and user and not is_locked(user, now()):
            user.failed_logins, user.locked_until = 0, None
            return user
    _count(state, name, origin)
    return None


def wrong_answer(state: State, name: str, origin: str) -> None:
    """Counts an answer to a challenge that did not fit. Raises TooMany."""
    slow_down(state.events, name, origin)
    _count(state, name, origin)


def _count(state: State, name: str, origin: str) -> None:
    moment = now()
    with transaction(state.engine) as session:
        user = session.scalar(select(User).where(User.name == name).with_for_update())
        if user and not is_locked(user, moment):
            count_failure(user, moment)
        audit.record(session, f"user:{name}", "sign_in.failed", name, {"from": origin})
