"""People who sign in; only who holds every scope may change who may do what."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from services.api import audit
from services.api.access import Who, admin_only
from services.api.asked import Body
from services.api.deps import Db
from services.api.people import queries
from services.api.people.schemas import NewPassword, UserIn, UserOut, UserPatch, Users
from services.api.repeats import OnceRoute, once
from services.api.sign_in import second_factor
from services.api.sign_in.queries import end_session, end_sessions, sessions_of
from services.api.sign_in.schemas import SessionOut, Sessions
from shared.clock import now

router = APIRouter(prefix="/users", tags=["users"], route_class=OnceRoute)


@router.get("")
@admin_only
def list_users(session: Db) -> Users:
    """All users."""
    return Users(users=[UserOut.of(user) for user in queries.all_users(session)])


@router.post("", status_code=201)
@admin_only
@once
def add_user(asked: Body[UserIn], session: Db, who: Who) -> UserOut:
    """Adds a user."""
    user = queries.add(session, asked)
    audit.record(session, who, "user.add", user.name, {"role": user.role, "cameras": user.cameras})
    return UserOut.of(user)


@router.get("/{user_id}")
@admin_only
def get_user(user_id: UUID, session: Db) -> UserOut:
    """One user."""
    return UserOut.of(queries.user(session, user_id))


@router.patch("/{user_id}")
@admin_only
def change_user(user_id: UUID, asked: Body[UserPatch], session: Db, who: Who) -> UserOut:
    """Changes what is given; it holds from the user's next request on. The last admin stays one."""
    before = queries.user(session, user_id).name
    user = queries.change(session, user_id, asked)
    audit.record(session, who, "user.change", before, asked.model_dump(mode="json", exclude_unset=True))
    return UserOut.of(user)


@router.delete("/{user_id}", status_code=204)
@admin_only
def delete_user(user_id: UUID, session: Db, who: Who) -> None:
    """Takes a user away, who is signed out at once; never the last admin."""
    audit.record(session, who, "user.delete", queries.remove(session, user_id))


@router.put("/{user_id}/password", status_code=204)
@admin_only
def reset_password(user_id: UUID, asked: Body[NewPassword], session: Db, who: Who) -> None:
    """Sets a new password, unlocks the user and ends all of their sessions."""
    name, ended = queries.reset_password(session, user_id, asked.password)
    audit.record(session, who, "user.password", name, {"sessions_ended": ended})


@router.delete("/{user_id}/second-factor", status_code=204)
@admin_only
def reset_second_factor(user_id: UUID, session: Db, who: Who) -> None:
    """Takes the second factor away, as for a lost phone, and ends the sessions."""
    user = queries.user(session, user_id, lock=True)
    second_factor.take_away(user)
    ended = end_sessions(session, user_id)
    audit.record(session, who, "user.second_factor", user.name, {"on": False, "sessions_ended": ended})


@router.get("/{user_id}/sessions")
@admin_only
def list_user_sessions(user_id: UUID, session: Db, who: Who) -> Sessions:
    """Where a user is signed in."""
    rows = sessions_of(session, queries.user(session, user_id).id, now())
    return Sessions(sessions=[SessionOut.of(row, who.session) for row in rows])


@router.delete("/{user_id}/sessions", status_code=204)
@admin_only
def end_user_sessions(user_id: UUID, session: Db, who: Who) -> None:
    """Signs a user out everywhere."""
    user = queries.user(session, user_id)
    audit.record(session, who, "session.end", user.name, {"sessions_ended": end_sessions(session, user_id)})


@router.delete("/{user_id}/sessions/{session_id}", status_code=204)
@admin_only
def end_user_session(user_id: UUID, session_id: UUID, session: Db, who: Who) -> None:
    """Signs a user out in one place."""
    user = queries.user(session, user_id)
    end_session(session, user_id, session_id)
    audit.record(session, who, "session.end", user.name)
