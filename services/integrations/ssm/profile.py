"""Every name that a consumer may look for, as data: the shipped profile and what an installer corrects in it."""

from __future__ import annotations

import json
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

SHIPPED = Path(__file__).with_name("profile.toml")
Generation = Literal["gen1", "gen2", "both"]
Value = Literal["plate", "country", "confidence", "camera", "list", "direction", "event_id", "delivery_id", "time"]
SourceItem = Literal[
    "Channel", "AppName", "AppID", "AppEvent", "Type", "RuleIndex", "VideoSourceToken", "RuleName"
]  # fmt: skip
Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]
"""Stands between dots in text answers and as an element in XML."""
Line = Annotated[str, Field(pattern=r"^[ -~]{0,200}$")]
Header = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class App(_Table):
    name: Name
    id: Name
    event: Name
    version: Line


class Source(_Table):
    rule_index: int
    rule_name: str
    video_source_token: Line
    gen1_token: Line


class WireForm(_Table):
    boundary: Annotated[str, Field(pattern=r"^[0-9A-Za-z'()+_,./:=?-]{1,70}$")]
    json_type: Line
    text_type: Line
    line_end: Literal["\r\n", "\n"]
    realm: Annotated[str, Field(pattern=r'^[^"\\\x00-\x1f\x7f-\uffff]{1,100}$')]
    digests: Annotated[tuple[Literal["SHA-256", "MD5"], ...], Field(min_length=1)]
    charset: bool
    stream_headers: dict[Header, Line]


class Device(_Table):
    manufacturer: Line
    model: Line
    serial: Line
    firmware: Line
    type: Line
    mac: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$")]
    cgi_version: Line
    opensdk_version: Line


class Onvif(_Table):
    topic_root: Name
    source: tuple[SourceItem, ...]


class Profile(_Table):
    """See profile.toml, where each name is explained."""

    generation: Generation
    app: App
    source: Source
    data: Annotated[dict[Name, Value], Field(min_length=1)]
    wire: WireForm
    device: Device
    onvif: Onvif

    @property
    def event_name(self) -> str:
        """As Gen2 and the schemas name the event."""
        return f"OpenSDK.{self.app.name}.{self.app.event}"

    @property
    def topic(self) -> str:
        return f"tns1:{self.onvif.topic_root}/{self.app.name}/{self.app.event}"

    @property
    def realm(self) -> str:
        return self.wire.realm.replace("{mac}", self.device.mac.replace(":", "-"))

    @property
    def generations(self) -> tuple[str, ...]:
        return ("gen1", "gen2") if self.generation == "both" else (self.generation,)


@lru_cache(maxsize=64)
def read_profile(overriding: str = "") -> Profile:
    """The shipped profile with an overriding document laid over it.

    Args:
        overriding: TOML, or JSON when it begins with a brace; empty for the shipped profile as it is.

    Raises:
        ValueError: one sentence that says what to mend.
    """
    shipped = tomllib.loads(SHIPPED.read_text(encoding="utf-8"))
    try:
        return Profile.model_validate(_laid_over(shipped, _parsed(overriding)))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"the profile's {where} does not fit: {first['msg']}") from None


def _parsed(text: str) -> dict[str, Any]:
    if not text.strip():
        return {}
    try:
        document = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except (json.JSONDecodeError, tomllib.TOMLDecodeError) as error:
        raise ValueError(f"the profile is neither TOML nor JSON: {error}") from None
    return dict(document)


def _laid_over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """[data] and stream_headers are replaced whole: their keys are names themselves."""
    merged = dict(below)
    for key, value in above.items():
        old = below.get(key)
        both = isinstance(value, dict) and isinstance(old, dict)
        merged[key] = _laid_over(old, value) if both and key not in ("data", "stream_headers") else value  # type: ignore[arg-type]
    return merged
