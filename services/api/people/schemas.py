"""Public JSON of users."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name
from services.api.sign_in.schemas import NewPassword as PasswordText
from shared.credentials import Role
from shared.db.tables import User

CameraIds = Annotated[list[UUID], Field(max_length=1000)]


class UserIn(Asked):
    name: Name
    role: Role = Role.VIEWER
    password: PasswordText
    enabled: bool = True
    cameras: CameraIds | None = Field(default=None, description="the only cameras that they see; null is all of them")


class UserPatch(Asked):
    """What is given replaces what is stored; what is absent stays."""

    name: Name | None = None
    role: Role | None = None
    enabled: bool | None = None
    cameras: CameraIds | None = Field(default=None, description="null takes the limit away")


class NewPassword(Asked):
    password: PasswordText


class UserOut(BaseModel):
    id: UUID
    name: str
    role: Role
    enabled: bool
    cameras: list[UUID] | None
    second_factor: bool
    provider: bool = Field(description="whether they sign in at the provider, without a password here")
    locked_until: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> UserOut:
        same = ("id", "name", "role", "enabled", "cameras", "locked_until", "created_at")
        own = {"second_factor": user.totp_confirmed_at is not None, "provider": user.oidc_subject is not None}
        return cls.model_validate({name: getattr(user, name) for name in same} | own)


class Users(BaseModel):
    users: list[UserOut]
