"""What an admin decides about the provider; stored as one setting of the site, the secret sealed."""

from __future__ import annotations

from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from services.api.asked import Name
from shared.credentials import Role
from shared.secrets import MASK

Claim = Annotated[str, Field(max_length=200, pattern=r"^[\w.:/-]*$")]
_OPENID: dict[str, JsonValue] = {"contains": {"const": "openid"}}
_WEB = "^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?"
CALLBACK = "/api/v1/session/provider/callback"


class OidcSettings(BaseModel):
    """One provider."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: Name = Field(default="Company account", description="what the button for signing in says")
    issuer: Annotated[
        str,
        Field(
            max_length=500,
            description="the provider's address; its discovery document names it",
            json_schema_extra={"pattern": rf"{_WEB}(/[!\"$->@-~]*)?$"},
        ),
    ]
    client_id: Annotated[str, Field(min_length=1, max_length=200)]
    client_secret: Annotated[str, Field(max_length=500, description=f"{MASK} keeps the stored one")] = ""
    redirect_uri: Annotated[
        str,
        Field(
            max_length=500,
            description=f"our address as registered there, …{CALLBACK}",
            json_schema_extra={"pattern": f"{_WEB}{CALLBACK}$"},
        ),
    ]
    scopes: Annotated[
        list[Annotated[str, Field(pattern=r"^[!#-\[\]-~]{1,100}$")]],
        Field(max_length=20, json_schema_extra=_OPENID),
    ] = [
        "openid",
        "profile",
    ]
    name_claim: Claim = "preferred_username"
    role_claim: Annotated[Claim, Field(description="dots lead into it, such as realm_access.roles")] = "roles"
    roles: Annotated[dict[str, Role], Field(max_length=100, description="what a value of the claim makes of one")] = {}
    default_role: Role | None = Field(default=None, description="of those without such a value; null keeps them out")
    cameras_claim: Annotated[Claim, Field(description="names or ids of the cameras that one is limited to")] = ""
    allow_private: bool = Field(default=True, description="whether the provider may be on a private network")

    @field_validator("issuer", "redirect_uri")
    @classmethod
    def _web_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not url.isascii() or not url.isprintable():
            raise ValueError("this looks like https://login.example/realm")
        if parts.username is not None or parts.fragment or parts.query:
            raise ValueError("this has no user, query or fragment")
        return url

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if "openid" not in self.scopes:
            raise ValueError("the scopes must hold openid")
        if urlsplit(self.redirect_uri).path != CALLBACK:
            raise ValueError(f"redirect_uri ends with {CALLBACK}")
        return self


class OidcCheck(BaseModel):
    ok: bool
    sentence: str
