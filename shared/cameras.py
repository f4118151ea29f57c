"""What a camera is: where its frames come from and how they are read. The API validates it, capture obeys it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import parse_qsl, quote, unquote_plus, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from shared.geometry import Polygon
from shared.messages import Origin
from shared.schedules import ZoneName
from shared.secrets import MASK


class Source(BaseModel):
    """Common part of all kinds of source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    @property
    def origin(self) -> Origin:
        return Origin.LIVE


class _UrlSource(Source):
    url: str

    def masked(self) -> Self:
        """The source with every password in its URL replaced by the mask."""
        return self.model_copy(update={"url": _with_secrets(self.url, lambda _name, _value: MASK)})

    def unmasked(self, stored: Source | None) -> Self:
        """Masks become the stored passwords again, provided that the URL is for the same host."""
        if not isinstance(stored, _UrlSource) or urlsplit(self.url).hostname != urlsplit(stored.url).hostname:
            return self
        known = _secrets(stored.url)
        url = _with_secrets(self.url, lambda name, value: known.get(name, value) if value == MASK else value)
        return self.model_copy(update={"url": url})

    @property
    def holds_mask(self) -> bool:
        """Whether a mask stands where a password must be."""
        return MASK in _secrets(self.url).values()

    @model_validator(mode="after")
    def _has_host(self) -> Self:
        if not urlsplit(self.url).hostname:
            raise ValueError("the URL needs a host, as in rtsp://user:password@10.0.0.5:554/stream1")
        return self


def _url_of(schemes: str) -> Any:
    """Validators say it in a sentence, a schema by a pattern."""
    return Field(
        max_length=2000,
        description="with user and password where the camera asks for them",
        json_schema_extra={"pattern": rf"^({schemes})://([^/?#@\s]*@)?[A-Za-z0-9.-]+(:[0-9]{{1,5}})?([/?#]\S*)?$"},
    )


class RtspSource(_UrlSource):
    url: Annotated[str, _url_of("rtsps?")]
    kind: Literal["rtsp"] = "rtsp"
    transport: Literal["tcp", "udp"] = "tcp"

    @field_validator("url")
    @classmethod
    def _scheme(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("rtsp", "rtsps"):
            raise ValueError("the URL must begin with rtsp:// or rtsps://")
        return url


class _HttpSource(_UrlSource):
    url: Annotated[str, _url_of("https?")]

    @field_validator("url")
    @classmethod
    def _scheme(cls, url: str) -> str:
        if urlsplit(url).scheme not in ("http", "https"):
            raise ValueError("the URL must begin with http:// or https://")
        return url


class MjpegSource(_HttpSource):
    kind: Literal["mjpeg"] = "mjpeg"


class SnapshotSource(_HttpSource):
    kind: Literal["snapshot"] = "snapshot"


class FileSource(Source):
    """A video file, played once (or for ever); none of its frames is dropped."""

    kind: Literal["file"] = "file"
    path: Path
    loop: bool = False
    realtime: bool = Field(default=False, description="at the file's own pace instead of as fast as it can be read")

    @property
    def origin(self) -> Origin:
        return Origin.FILE


class FolderSource(Source):
    """A folder of pictures, in the order of their names; with `watch` also those that arrive later."""

    kind: Literal["folder"] = "folder"
    path: Path
    watch: bool = False

    @property
    def origin(self) -> Origin:
        return Origin.FILE


class UploadSource(Source):
    """Pictures that are posted to the API."""

    kind: Literal["upload"] = "upload"

    @property
    def origin(self) -> Origin:
        return Origin.UPLOAD


class PushSource(Source):
    """A device that reads plates itself and tells them to the API."""

    kind: Literal["push"] = "push"
    device: Annotated[
        str,
        Field(max_length=64, description="by what name it calls itself: sensorProviderID, serial number or address"),
    ] = ""


class DemoSource(Source):
    """The road scene that Platewire draws itself."""

    kind: Literal["demo"] = "demo"
    seed: int = 7


AnySource = Annotated[
    RtspSource | MjpegSource | SnapshotSource | FileSource | FolderSource | UploadSource | PushSource | DemoSource,
    Field(discriminator="kind"),
]


def host_of(source: Source) -> str:
    """Where a camera stands in the network; empty for files and uploads."""
    return urlsplit(source.url).hostname or "" if isinstance(source, _UrlSource) else ""


class CameraSettings(BaseModel):
    """How a camera's frames are chosen and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rate: Annotated[
        float, Field(gt=0, le=60, description="frames a second that are read; a file's own rate at most")
    ] = 5.0
    motion: Annotated[bool, Field(description="skip live frames in which nothing moves")] = True
    regions: Annotated[
        tuple[Polygon, ...], Field(max_length=16, description="where plates are looked for, shares of the picture")
    ] = ()
    countries: Annotated[
        tuple[Annotated[str, Field(json_schema_extra={"pattern": "^[A-Za-z]{3}$"})], ...],
        Field(max_length=80, description="expected countries, ISO alpha-3"),
    ] = ()
    towards: Annotated[
        Literal["in", "out", "unknown"], Field(description="what a vehicle that comes towards the camera does")
    ] = "in"
    lost_after: Annotated[float, Field(ge=1, le=120, description="seconds unseen until a vehicle has left")] = 5.0
    sensor_id: Annotated[str, Field(max_length=64, description="the camera's name for receivers")] = ""
    zone: Annotated[ZoneName, Field(description="IANA time zone of the camera")] = "UTC"

    @field_validator("countries")
    @classmethod
    def _alpha3(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        if any(len(code) != 3 or not code.isalpha() for code in countries):
            raise ValueError("countries are ISO 3166-1 alpha-3 codes such as SVK")
        return tuple(code.upper() for code in countries)


_SECRET_NAMES = frozenset({"auth", "key", "pass", "passwd", "password", "pw", "pwd", "secret", "token"})
"""Query parameters in which cameras take a password."""


def _secrets(url: str) -> dict[str, str]:
    """Every password in a URL; the one before the host has no name."""
    parts = urlsplit(url)
    found = {name: value for name, value in parse_qsl(parts.query) if name.lower() in _SECRET_NAMES}
    return found | ({"": parts.password} if parts.password is not None else {})


def _with_secrets(url: str, change: Callable[[str, str], str]) -> str:
    """The URL with `change(name, password)` in place of each password; all else stays as it was written."""
    parts = urlsplit(url)
    if parts.password is not None:
        host = parts.netloc.rpartition("@")[2]
        parts = parts._replace(netloc=f"{parts.username}:{change('', parts.password)}@{host}")

    def replaced(found: re.Match[str]) -> str:
        name, value = found["name"], unquote_plus(found["value"])
        if name.lower() not in _SECRET_NAMES:
            return found[0]
        return f"{name}={quote(change(name, value), safe='*')}"

    query = re.sub(r"(?P<name>[^&=]+)=(?P<value>[^&]*)", replaced, parts.query)
    return urlunsplit(parts._replace(query=query))
