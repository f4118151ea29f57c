"""Keeps the provider's settings, and turns what it says of a person into a user of ours."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.api.oidc.schemas import OidcSettings
from shared import audit
from shared.credentials import ROLE_SCOPES, Role, check_user_name, keep_an_admin
from shared.db.tables import Camera, LoginSession, SiteSetting, User
from shared.errors import Conflict, Invalid, Missing
from shared.secrets import MASK, Vault

SETTING = "oidc"


def stored(session: Session) -> tuple[OidcSettings, str]:
    """The settings without the secret, and the secret as it is sealed. Raises Missing."""
    row = session.get(SiteSetting, SETTING)
    if row is None:
        raise Missing("provider to sign in at", "yet")
    return OidcSettings.model_validate(row.value["settings"]), row.value["sealed"]


def provider_title(session: Session) -> str | None:
    row = session.get(SiteSetting, SETTING)
    return row.value["settings"]["title"] if row else None


def secret_of(vault: Vault, sealed: str) -> str:
    if not sealed:
        return ""
    secret: str = vault.open(base64.b64decode(sealed))["client_secret"]
    return secret


def masked(settings: OidcSettings, sealed: str) -> OidcSettings:
    return settings.model_copy(update={"client_secret": MASK if sealed else ""})


def store(session: Session, vault: Vault, asked: OidcSettings) -> OidcSettings:
    """Returns it as it is shown. Raises Invalid for a mask in place of a secret that another issuer was given."""
    row = session.get(SiteSetting, SETTING, with_for_update=True)
    sealed = ""
    if asked.client_secret == MASK:
        if row is None or row.value["settings"]["issuer"] != asked.issuer:
            raise Invalid("Type the secret again: the mask is kept only for the same issuer", "client_secret")
        sealed = row.value["sealed"]
    elif asked.client_secret:
        sealed = base64.b64encode(vault.seal({"client_secret": asked.client_secret})).decode()
    settings = asked.model_copy(update={"client_secret": ""})
    value = {"settings": settings.model_dump(mode="json"), "sealed": sealed}
    session.merge(SiteSetting(name=SETTING, value=value))
    return masked(settings, sealed)


def remove(session: Session) -> None:
    """Raises Missing."""
    row = session.get(SiteSetting, SETTING)
    if row is None:
        raise Missing("provider to sign in at", "yet")
    session.delete(row)


def user_of(session: Session, settings: OidcSettings, claims: Mapping[str, Any]) -> User | None:
    """The user behind a proven token, made at the first sign-in and brought up to date at each.

    Users are known by issuer and subject, never by name: a name can be given to somebody else. None for who has no
    role here or is disabled; what they had open ends. Raises Conflict for a name that a user of ours has.
    """
    subject = f"{settings.issuer}|{claims['sub']}"
    user = session.scalar(select(User).where(User.oidc_subject == subject).with_for_update())
    role = _role(settings, claims)
    if role is None or (user and not user.enabled):
        if user:
            session.execute(delete(LoginSession).where(LoginSession.user_id == user.id))
        return None
    if user is None:
        name = str(_claim(claims, settings.name_claim) or claims["sub"])
        check_user_name(session, name)
        user = User(name=name, password_hash="", oidc_subject=subject)
        session.add(user)
    role = _kept_role(session, user, role)
    user.role = role.value
    user.cameras = None if role is Role.ADMIN else _cameras(session, settings, claims)
    session.flush()
    return user


def _kept_role(session: Session, user: User, told: Role) -> Role:
    """What the provider tells, unless that left the site without an admin."""
    if user.role != Role.ADMIN.value or told is Role.ADMIN:
        return told
    try:
        keep_an_admin(session, user)
    except Conflict:
        audit.record(session, "provider", "user.keep_admin", user.name, {"told": told.value})
        return Role.ADMIN
    return told


def _role(settings: OidcSettings, claims: Mapping[str, Any]) -> Role | None:
    """The one with the most rights of those that the claim's values stand for."""
    found = _values(_claim(claims, settings.role_claim))
    roles = [settings.roles[value] for value in found if value in settings.roles]
    return max(roles, key=lambda role: len(ROLE_SCOPES[role]), default=settings.default_role)


def _cameras(session: Session, settings: OidcSettings, claims: Mapping[str, Any]) -> list[UUID] | None:
    """None without such a claim in the settings; none at all when the provider does not send it."""
    if not settings.cameras_claim:
        return None
    wanted = set(_values(_claim(claims, settings.cameras_claim)))
    cameras = session.execute(select(Camera.id, Camera.name)).all()
    return sorted(found for found, name in cameras if name in wanted or str(found) in wanted)


def _claim(claims: Mapping[str, Any], path: str) -> object:
    """A claim by its name or, where no claim has that name, by the path that its dots are."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _values(claim: object) -> list[str]:
    if isinstance(claim, list):
        return [str(value) for value in claim]
    return [claim] if isinstance(claim, str) else []
