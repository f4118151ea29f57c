"""What somebody decides about one file server."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from shared.certificates import Fingerprint, OwnAuthority
from shared.wording import HELP, Wording

USUAL = {"ftp": 21, "ftps": 21, "sftp": 22}
_HOST_KEY = re.compile(r"SHA256:[A-Za-z0-9+/]{43}=?")


def _path(text: str) -> str:
    if ".." in text.split("/") or not text.isprintable():
        raise ValueError("a folder does not lead upwards")
    return text


Place = Annotated[Wording, AfterValidator(_path), Field(max_length=500)]


class Settings(BaseModel):
    """One file server and what is put where."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: Literal["sftp", "ftps", "ftp"] = Field(
        default="sftp", title="Protocol", description="FTP sends passwords and pictures readably"
    )
    host: str = Field(title="Server", description="Name or address", min_length=1, max_length=255)
    port: int = Field(default=0, title="Port", description="0 is the usual one: 22, or 21 for FTP", ge=0, le=65535)
    user: str = Field(title="User", description="Of the file server", min_length=1, max_length=200)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="Or, for SFTP, a private key")
    private_key: SecretStr = Field(
        default=SecretStr(""), title="Private key", description="For SFTP: OpenSSH or PEM text without passphrase"
    )
    host_key: str = Field(
        default="", title="Server's key", description="For SFTP: SHA256:… as ssh-keygen -l shows it; Test tells it"
    )
    folder: Place = Field(
        default="{camera}/{utc_day}",
        title="Folder",
        description=f"Below the folder of the sign-in; made where it is missing. Filled in: {HELP}",
    )
    name: Place = Field(
        default="{utc_time}_{plate_ascii}_{event_id}",
        title="File name",
        description="Without ending; _plate is added for the plate's picture. Filled in as the folder",
        min_length=1,
    )
    files: Literal["all", "frame", "crop", "frame_and_crop"] = Field(
        default="all",
        title="Files",
        description="Frame and plate's picture; all adds a JSON document",
    )
    ca: OwnAuthority = ""
    fingerprint: Fingerprint = ""
    timeout: float = Field(default=15.0, title="Timeout", description="Seconds for each step", ge=1, le=25)
    allow_private: bool = Field(
        default=True, title="Private addresses", description="Whether the server may be on a private network"
    )

    @property
    def used_port(self) -> int:
        return self.port or USUAL[self.protocol]

    @field_validator("host_key")
    @classmethod
    def _fingerprint(cls, key: str) -> str:
        if key and not _HOST_KEY.fullmatch(key):
            raise ValueError("the server's key looks like SHA256:uNiVztksCsDhcc0u9e8BrrJXQpXsB2uwy0yHtXwWqdQ")
        return key.rstrip("=")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.password.get_secret_value() and not (
            self.protocol == "sftp" and self.private_key.get_secret_value()
        ):
            raise ValueError("signing in needs a password or, for SFTP, a private key")
        return self
