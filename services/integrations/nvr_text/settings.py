"""What an installer decides about one recorder's text devices."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

FIELDS = ("plate", "camera", "time", "list", "country", "confidence")
FIELD = re.compile(r"\{([^{}]*)\}")
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


class Settings(BaseModel):
    """One recorder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(title="Address", description="IP address or name of the recorder", min_length=1, max_length=255)
    port: Port = Field(default=7001, title="Port", description="Of the text device: 7001 is CH1, 7002 is CH2")
    ports: dict[str, Port] = Field(
        default={}, title="Ports by camera", description="Camera name and port, for cameras on other channels"
    )
    start: Marker = Field(default="<LPR>", title="Start string", description="As in the recorder's text device")
    end: Marker = Field(default="</LPR>", title="End string", description="As in the recorder's text device")
    template: str = Field(
        default="{plate}",
        title="Text",
        description="Lines to show; {plate} {camera} {time} {list} {country} {confidence} are filled in",
        min_length=1,
        max_length=500,
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

    @field_validator("host")
    @classmethod
    def _plain_host(cls, host: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9._:-]+", host):
            raise ValueError("the address is an IP address or a host name, without scheme and port")
        return host

    @field_validator("template")
    @classmethod
    def _known_fields(cls, template: str) -> str:
        if unknown := [name for name in FIELD.findall(template) if name not in FIELDS]:
            raise ValueError(f"unknown field {{{unknown[0]}}}; there are {', '.join(FIELDS)}")
        return template

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
