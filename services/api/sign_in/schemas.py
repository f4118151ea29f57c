"""Public JSON of signing in and of one's own account."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.api.access import Identity
from services.api.asked import Asked
from shared.credentials import Role
from shared.db.tables import LoginSession
from shared.passwords import MAX_PASSWORD, MIN_PASSWORD

Password = Annotated[str, Field(max_length=1000)]
# The sentence about passwords comes from shared.passwords; a schema says the same to programs.
NewPassword = Annotated[str, Field(max_length=MAX_PASSWORD, json_schema_extra={"minLength": MIN_PASSWORD})]
Code = Annotated[str, Field(max_length=32, description="of the second factor, or a recovery code")]


class SignIn(Asked):
    name: Annotated[str, Field(max_length=64)]
    password: Password
    code: Code = ""


class Me(BaseModel):
    """Who one is and what one may do. An API key has no role."""

    name: str
    role: Role | None
    scopes: list[str]
    cameras: list[UUID] | None = Field(description="the only cameras that one sees; null is all of them")
    site: str = Field(description="what people call the site; empty when nobody named it")

    @classmethod
    def of(cls, identity: Identity, site: str) -> Me:
        cameras = None if identity.cameras is None else sorted(identity.cameras)
        scopes = sorted(identity.scopes)
        return cls(name=identity.name, role=identity.role, scopes=scopes, cameras=cameras, site=site)


class Ways(BaseModel):
    """How one may sign in here."""

    password: bool = True
    provider: str | None = Field(description="title of the provider that one may sign in at")


class PasswordChange(Asked):
    old: Password
    new: NewPassword


class OwnPassword(Asked):
    password: Password


class ConfirmCode(Asked):
    code: Code


class EnrolmentOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    secret: str = Field(description="shown this once")
    address: str = Field(description="otpauth:// address for the phone's app")
    qr: str = Field(description="the same as a picture, a data URL")


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] = Field(description="shown this once; each opens the door once without the phone")


class SessionOut(BaseModel):
    id: UUID
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str = Field(description="where it was opened")
    agent: str = Field(description="what the browser called itself")
    current: bool = Field(description="whether it is the one of this request")

    @classmethod
    def of(cls, row: LoginSession, current: bytes | None) -> SessionOut:
        same = ("id", "created_at", "last_used_at", "expires_at", "address", "agent")
        own = {"current": row.token_hash == current}
        return cls.model_validate({name: getattr(row, name) for name in same} | own)


class Sessions(BaseModel):
    sessions: list[SessionOut]
