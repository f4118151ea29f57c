"""What a person does with their own account: the password, the second factor, and where they are signed in."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import Identity, Who, allow
from services.api.asked import Body
from services.api.deps import Db, Site, State
from services.api.errors import NotAllowed
from services.api.sign_in import queries, second_factor
from services.api.sign_in.schemas import (
    ConfirmCode,
    EnrolmentOut,
    OwnPassword,
    PasswordChange,
    RecoveryCodes,
    SessionOut,
    Sessions,
)
from shared.clock import now
from shared.credentials import password_fits
from shared.db.session import transaction
from shared.db.tables import User
from shared.errors import Invalid
from shared.passwords import hash_password

router = APIRouter(prefix="/session", tags=["session"])


@router.put("/password", status_code=204)
@allow()
def change_own_password(asked: Body[PasswordChange], session: Db, site: Site, who: Who) -> None:
    """Sets a new password with the old one; every other session of yours ends."""
    _prove(site, who, asked.old, "old")
    user = _user(session, who)
    try:
        user.password_hash = hash_password(asked.new, user.name)
    except Invalid as error:
        raise Invalid(str(error), "new") from None
    ended = queries.end_sessions(session, user.id, but=who.session)
    audit.record(session, who, "user.password", user.name, {"sessions_ended": ended})


@router.get("/all")
@allow()
def list_own_sessions(session: Db, who: Who) -> Sessions:
    """Where you are signed in."""
    rows = queries.sessions_of(session, _user(session, who).id, now())
    return Sessions(sessions=[SessionOut.of(row, who.session) for row in rows])


@router.delete("/all/{session_id}", status_code=204)
@allow()
def end_own_session(session_id: UUID, session: Db, who: Who) -> None:
    """Signs you out somewhere else."""
    queries.end_session(session, _user(session, who).id, session_id)
    audit.record(session, who, "session.end", who.name)


@router.post("/second-factor")
@allow()
def begin_second_factor(asked: Body[OwnPassword], session: Db, site: Site, who: Who) -> EnrolmentOut:
    """Makes a secret for a phone's app; it counts once a code of it is confirmed."""
    _prove(site, who, asked.password, "password")
    return EnrolmentOut.model_validate(second_factor.begin(_user(session, who), site.vault))


@router.post("/second-factor/confirm")
@allow()
def confirm_second_factor(asked: Body[ConfirmCode], session: Db, site: Site, who: Who) -> RecoveryCodes:
    """Makes the second factor count and shows the recovery codes, this once."""
    user = _user(session, who)
    codes = second_factor.confirm(user, site.vault, asked.code, now())
    audit.record(session, who, "user.second_factor", user.name, {"on": True})
    return RecoveryCodes(recovery_codes=codes)


@router.post("/second-factor/remove", status_code=204)
@allow()
def remove_own_second_factor(asked: Body[OwnPassword], session: Db, site: Site, who: Who) -> None:
    """Takes the second factor away."""
    _prove(site, who, asked.password, "password")
    user = _user(session, who)
    second_factor.take_away(user)
    audit.record(session, who, "user.second_factor", user.name, {"on": False})


def _user(session: Session, who: Identity) -> User:
    user = session.get(User, who.user_id, with_for_update=True) if who.user_id else None
    if user is None:
        raise NotAllowed("This belongs to a person's account; an API key has none")
    return user


def _prove(site: State, who: Identity, password: str, field: str) -> None:
    """A session left open on a desk must not be enough. Raises Invalid; a failure counts as one of signing in."""
    # A transaction of its own: the count must stay when the request is refused.
    with transaction(site.engine) as session:
        user = _user(session, who)
        moment = now()
        proven = password_fits(user, password) and not queries.is_locked(user, moment)
        if not proven and not queries.is_locked(user, moment):
            queries.count_failure(session, user, moment, "an open session")
    if not proven:
        raise Invalid("The password does not fit, or the user is locked after too many tries", field)
