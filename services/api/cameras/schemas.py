"""Public JSON of cameras; passwords leave as a mask."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from services.api.asked import Asked, Name
from shared.cameras import AnySource, CameraSettings
from shared.status import CameraStatus


class CameraIn(Asked):
    name: Name
    source: AnySource
    settings: CameraSettings = CameraSettings()
    enabled: bool = True


class CameraPatch(Asked):
    """What is given replaces what is stored; what is absent stays."""

    name: Name | None = None
    source: AnySource | None = None
    settings: CameraSettings | None = None
    enabled: bool | None = None


class CameraOut(BaseModel):
    id: UUID
    name: str
    source: AnySource
    settings: CameraSettings
    enabled: bool
    revision: int = Field(description="counts the changes from 1")
    created_at: datetime
    updated_at: datetime
    status: CameraStatus


class Cameras(BaseModel):
    cameras: list[CameraOut]


class Posted(BaseModel):
    name: str = Field(description="the picture's name in the camera's folder")
