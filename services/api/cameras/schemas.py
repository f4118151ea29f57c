"""Public JSON of cameras; passwords leave as a mask."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from services.api.deps import Name
from shared.cameras import AnySource, CameraSettings
from shared.status import CameraStatus


class CameraIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    source: AnySource
    settings: CameraSettings = CameraSettings()
    enabled: bool = True


class CameraPatch(BaseModel):
    """What is given replaces what is stored; what is absent stays."""

    model_config = ConfigDict(extra="forbid")

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
