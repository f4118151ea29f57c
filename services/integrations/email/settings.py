"""What somebody decides about messages by one mail server."""

from __future__ import annotations

from email.errors import HeaderParseError
from email.headerregistry import Address
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from shared.certificates import Fingerprint, OwnAuthority
from shared.wording import HELP, Wording


def _address(text: str) -> str:
    try:
        address = Address(addr_spec=text)
    except (HeaderParseError, ValueError, IndexError):
        address = None
    if address is None or not address.domain or not text.isascii():
        raise ValueError("an address looks like gate@site.example")
    return text


MailAddress = Annotated[str, Field(max_length=254), AfterValidator(_address)]


class Settings(BaseModel):
    """One mail server, who writes and who is written to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Mail server", description="Name or address", min_length=1, max_length=255)
    port: int = Field(default=587, title="Port", description="587 STARTTLS, 465 TLS, 25 without", ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls", title="Encryption", description="Without it, passwords and pictures can be read on the way"
    )
    user: str = Field(default="", title="User", description="Empty where the server wants none", max_length=254)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="Often one made for this program")
    sender: MailAddress = Field(title="From", description="Address of the sender, such as gate@site.example")
    recipients: list[MailAddress] = Field(title="To", description="Addresses", min_length=1, max_length=50)
    subject: Wording = Field(
        default="{plate} at {camera} ({list})", title="Subject", description=f"Filled in: {HELP}", max_length=300
    )
    text: Wording = Field(
        default="{plate} {country}\n{camera}, {time}, {direction}\nLists: {list}\nConfidence {confidence}\n",
        title="Text",
        description=f"Filled in: {HELP}",
        max_length=5000,
    )
    pictures: Literal["crop", "frame", "both", "none"] = Field(
        default="both", title="Pictures", description="The plate, the whole frame, or both, as attachments"
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    timeout: float = Field(default=20.0, title="Timeout", description="Seconds for each step", ge=1, le=30)
    allow_private: bool = Field(
        default=True, title="Private addresses", description="Whether the server may be on a private network"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.password.get_secret_value() and not self.user:
            raise ValueError("a password needs a user")
        if self.user and self.security == "none":
            raise ValueError("a password is only sent encrypted: choose starttls or tls")
        return self
