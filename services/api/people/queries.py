"""Reads and writes users; there is always an admin who can sign in."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.api.people.schemas import UserIn, UserPatch
from services.api.sign_in.queries import end_sessions
from shared.credentials import Role, check_user_name, create_user, keep_an_admin
from shared.db.tables import Camera, User
from shared.errors import Conflict, Invalid, Missing
from shared.passwords import hash_password


def all_users(session: Session) -> list[User]:
    return list(session.scalars(select(User).order_by(User.name)))


def user(session: Session, user_id: UUID, *, lock: bool = False) -> User:
    """Raises Missing."""
    found = session.get(User, user_id, with_for_update=lock)
    if found is None:
        raise Missing("user", user_id)
    return found


def add(session: Session, asked: UserIn) -> User:
    """Raises Conflict, Invalid."""
    cameras = known_cameras(session, asked.cameras)
    _check_limit(asked.role, cameras)
    row = create_user(session, asked.name, asked.role, asked.password)
    row.enabled, row.cameras = asked.enabled, cameras
    session.flush()
    return row


def change(session: Session, user_id: UUID, asked: UserPatch) -> User:
    """Raises Missing, Conflict, Invalid."""
    row = user(session, user_id)
    goes = asked.enabled is False or asked.role not in (None, Role.ADMIN)
    if goes and row.role == Role.ADMIN and row.enabled:
        # Before the row itself is locked: admins are always locked in one order.
        keep_an_admin(session, row)
    session.refresh(row, with_for_update=True)
    if asked.name and asked.name != row.name:
        check_user_name(session, asked.name)
        row.name = asked.name
    row.role = asked.role or row.role
    if "cameras" in asked.model_fields_set:
        row.cameras = known_cameras(session, asked.cameras)
    _check_limit(Role(row.role), row.cameras)
    row.enabled = row.enabled if asked.enabled is None else asked.enabled
    if not row.enabled:
        end_sessions(session, row.id)
    session.flush()
    return row


def remove(session: Session, user_id: UUID) -> str:
    """Returns the name of the user who is gone, with all sessions. Raises Missing, Conflict."""
    row = user(session, user_id)
    if row.role == Role.ADMIN and row.enabled:
        keep_an_admin(session, row)
    session.delete(row)
    session.flush()
    return row.name


def reset_password(session: Session, user_id: UUID, password: str) -> tuple[str, int]:
    """Sets a password, unlocks the user and ends all sessions; returns the name and how many ended.

    Raises Missing, Invalid, and Conflict for who signs in at a provider.
    """
    row = user(session, user_id, lock=True)
    if row.oidc_subject:
        raise Conflict(f"{row.name} signs in at the provider and has no password here")
    row.password_hash = hash_password(password, row.name)
    row.failed_logins, row.locked_until = 0, None
    return row.name, end_sessions(session, row.id)


def known_cameras(session: Session, asked: Sequence[UUID] | None) -> list[UUID] | None:
    """Raises Invalid for a camera that there is not."""
    if asked is None:
        return None
    known = set(session.scalars(select(Camera.id).where(Camera.id.in_(asked))))
    if unknown := sorted(str(one) for one in set(asked) - known):
        raise Invalid(f"There is no camera {unknown[0]}", "cameras")
    return sorted(known)


def _check_limit(role: Role, cameras: Sequence[UUID] | None) -> None:
    if role is Role.ADMIN and cameras is not None:
        raise Invalid("An admin cannot be limited to cameras: an admin could take the limit away", "cameras")
