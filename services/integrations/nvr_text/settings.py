"""What an installer decides about one recorder's text devices."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from shared.certificates import Fingerprint
from shared.wording import HELP, Wording

CODECS = {
    "US-ASCII": "ascii", "UTF-8": "utf-8", "UTF-16": "utf-16-le", "EUC-KR": "euc_kr", "ISO-2022-KR": "iso2022_kr",
    "EUC-JP": "euc_jp", "SHIFT-JIS": "shift_jis", "ISO-2022-JP": "iso2022_jp", "EUC-CN": "gb2312", "BIG5": "big5",
    "GB2312": "gb2312", "ISO-8859-1": "iso8859-1", "ISO-8859-2": "iso8859-2", "ISO-8859-3": "iso8859-3",
    "WINDOWS-1250": "cp1250", "WINDOWS-1251": "cp1251", "WINDOWS-1252": "cp1252", "WINDOWS-1253": "cp1253",
    "WINDOWS-1254": "cp1254", "CP850": "cp850", "CP866": "cp866", "CP932": "cp932", "CP949": "cp949",
    "CP950": "cp950", "CP1257": "cp1257",
}  # fmt: skip
"""The recorder's names of encodings (SUNAPI 2.6, recording, posconf) and Python's; it has no codec for ISO-2022-CN."""
Port = Annotated[int, Field(ge=1, le=65535)]
Marker = Annotated[str, Field(min_length=1, max_length=64)]
Address = tuple[str, int]
_HOST = re.compile(r"[A-Za-z0-9._:-]+")
_PLACE = re.compile(r"(?:(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):)?(?P<port>[0-9]{1,5})")
Place = Annotated[str, Field(pattern=f"^{_PLACE.pattern.replace('?P<host>', '?:').replace('?P<port>', '?:')}$")]
"""`7002`, a port of the recorder, or `10.0.3.99:7002`, a port of another one."""


class Settings(BaseModel):
    """One recorder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Address", description="IP address or name of the recorder", min_length=1, max_length=255)
    port: Port = Field(default=7001, title="Port", description="Of the text device: 7001 is CH1, 7002 is CH2")
    ports: dict[str, Port | Place] = Field(
        default={},
        title="Text device by camera",
        description="Camera name, and the port of its channel (7002) or another recorder's address (10.0.3.99:7002)",
    )
    start: Marker = Field(default="<LPR>", title="Start string", description="As in the recorder's text device")
    end: Marker = Field(default="</LPR>", title="End string", description="As in the recorder's text device")
    template: Wording = Field(
        default="{plate}", title="Text", description=f"Lines to show, filled in: {HELP}", min_length=1, max_length=500
    )
    terminator: Literal["crlf", "lf", "none"] = Field(
        default="crlf", title="Line ends", description="What ends each line of a message"
    )
    encoding: str = Field(
        default="US-ASCII",
        title="Encoding",
        description="As in the recorder's text device; letters that it lacks are transliterated",
        json_schema_extra={"enum": list(CODECS)},
    )
    connection: Literal["per_message", "persistent"] = Field(
        default="per_message", title="Connection", description="A new one for each message, or one that stays open"
    )
    connect_timeout: float = Field(default=3.0, title="Connect timeout", description="Seconds", ge=0.1, le=30)
    send_timeout: float = Field(default=3.0, title="Send timeout", description="Seconds", ge=0.1, le=30)
    device: Literal["leave", "compare", "set"] = Field(
        default="leave",
        title="Recorder's text device",
        description="What Test does with it by SUNAPI: nothing, compare it with what is entered here, or set it so",
    )
    verify: bool = Field(
        default=False, title="Verify", description="Wait until the recorder tells by SUNAPI that it has the text"
    )
    verify_seconds: float = Field(default=3.0, title="Verify within", description="Seconds", ge=0.5, le=30)
    web: Literal["http", "https"] = Field(default="http", title="Web protocol", description="Of the recorder's SUNAPI")
    web_port: int = Field(default=0, title="Web port", description="0 is the usual one", ge=0, le=65535)
    user: str = Field(default="", title="User", description="Of the recorder, for SUNAPI", max_length=64)
    password: SecretStr = Field(default=SecretStr(""), title="Password", description="Of the recorder, for SUNAPI")
    fingerprint: Fingerprint = ""

    @field_validator("host")
    @classmethod
    def _plain_host(cls, host: str) -> str:
        if not _HOST.fullmatch(host):
            raise ValueError("the address is an IP address or a host name, without scheme and port")
        return host

    @field_validator("ports")
    @classmethod
    def _places(cls, ports: dict[str, int | str]) -> dict[str, int | str]:
        for camera, place in ports.items():
            if not 1 <= int(_parts(place)[1]) <= 65535:
                raise ValueError(f"the port of {camera} is 1 to 65535")
        return ports

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        if encoding not in CODECS:
            raise ValueError(f"unknown encoding; there are {', '.join(CODECS)}")
        return encoding

    @field_validator("start", "end")
    @classmethod
    def _printable(cls, marker: str) -> str:
        if not marker.isascii() or not marker.isprintable():
            raise ValueError("the start and end strings have printable ASCII characters only")
        return marker

    @model_validator(mode="after")
    def _can_sign_in(self) -> Self:
        if (self.verify or self.device != "leave") and not self.user:
            raise ValueError("SUNAPI needs the recorder's user and password")
        return self

    def address_of(self, camera: str) -> Address:
        """Host and port of the text device that shows a camera's plates."""
        host, port = _parts(self.ports.get(camera, self.port))
        return host or self.host, int(port)

    def addresses(self) -> list[Address]:
        """All text devices, each once."""
        return sorted({(self.host, self.port), *(self.address_of(camera) for camera in self.ports)})


def _parts(place: int | str) -> tuple[str, str]:
    found = _PLACE.fullmatch(str(place))
    return ((found["host"] or "").strip("[]"), found["port"]) if found else ("", "0")
