"""Public JSON of cameras that are looked for, and of what one of them has to give."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query
from pydantic import BaseModel, Field, SecretStr

from services.api.asked import Asked
from shared.errors import Trouble

SHORTEST, LONGEST = 0.2, 10.0
Seconds = Annotated[float, Query(ge=SHORTEST, le=LONGEST, description="how long answers are waited for")]


class OnvifDeviceFound(BaseModel):
    host: str
    port: int
    path: str = Field(description="of its device service")
    name: str
    model: str
    camera: str | None = Field(description="the camera here that has this address; null when none has")


class OnvifDevices(BaseModel):
    devices: list[OnvifDeviceFound]


class CameraAsked(Asked):
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,255}$", description="address or name, without http://")]
    port: Annotated[int, Field(ge=1, le=65535)] = 80
    path: Annotated[str, Field(pattern=r"^/[!-~]{0,254}$")] = "/onvif/device_service"
    user: Annotated[str, Field(max_length=100)] = ""
    password: Annotated[SecretStr, Field(max_length=200)] = SecretStr("")


class OnvifStream(BaseModel):
    name: str
    url: str = Field(description="RTSP, without user and password")
    encoding: str
    width: int = Field(description="pixels; 0 when it is not told")
    height: int
    rate: int = Field(description="frames a second at most; 0 when it is not told")
    best: bool = Field(description="the one that suits plates best, by its size")


class OnvifStreams(BaseModel):
    ok: bool
    trouble: Trouble | Literal[""] = Field(description="what is wrong, in one word; empty when nothing is")
    sentence: str = Field(description="what the device is, or what is wrong, for a person")
    streams: list[OnvifStream]
