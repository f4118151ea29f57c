"""Public JSON of signing in."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from services.api.access import Identity
from shared.credentials import Role


class SignIn(BaseModel):
    name: Annotated[str, Field(max_length=64)]
    password: Annotated[str, Field(max_length=1000)]


class Me(BaseModel):
    """Who one is and what one may do. An API key has no role."""

    name: str
    role: Role | None
    scopes: list[str]

    @classmethod
    def of(cls, identity: Identity) -> Me:
        return cls(name=identity.name, role=identity.role, scopes=sorted(identity.scopes))
