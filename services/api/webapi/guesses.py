"""What guards the pages' sign-in against guessing guards the WebAPI's too: the same counters, the same lock."""

from __future__ import annotations

from sqlalchemy import select

from services.api import audit
from services.api.deps import State
from services.api.sign_in import rate
from services.api.sign_in.queries import count_failure, is_locked
from shared.clock import now
from shared.credentials import password_fits
from shared.db.session import transaction
from shared.db.tables import User


def check_password(state: State, name: str, password: str, origin: str) -> User | None:
    """The user whose name and password these are. Raises TooMany."""
    counted = rate.count(state.events, origin)
    with transaction(state.engine) as session:
        user = session.scalar(select(User).where(User.name == name).with_for_update())
        fits = password_fits(user, password) and user is not None and not is_locked(user, now())
        # With a second factor it takes that too: else the password alone would allow endless guesses of codes.
        if user and fits and not user.totp_confirmed_at:
            user.failed_logins, user.locked_until = 0, None
    if fits:
        rate.forgive(state.events, counted)
        return user
    _count(state, name, origin)
    return None


def wrong_answer(state: State, name: str, origin: str) -> None:
    """Counts an answer to a challenge that did not fit, for the account in any case. Raises TooMany."""
    _count(state, name, origin)
    rate.count(state.events, origin)


def _count(state: State, name: str, origin: str) -> None:
    moment = now()
    with transaction(state.engine) as session:
        user = session.scalar(select(User).where(User.name == name).with_for_update())
        if user and not is_locked(user, moment):
            count_failure(session, user, moment, origin)
        audit.record(session, f"user:{name}", "sign_in.failed", name, {"from": origin})
