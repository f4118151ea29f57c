"""What cameras and services say of themselves; kept in Redis for seconds, so that silence shows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import redis
from pydantic import BaseModel, ConfigDict, Field

KEPT_SECONDS = 30


class CameraState(StrEnum):
    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"
    """It cannot be read now and is tried again; `message` says why."""
    FINISHED = "finished"
    PAUSED = "paused"
    SILENT = "silent"
    """Nobody reports about it: capture does not run."""


class CameraStatus(BaseModel):
    """Never holds a URL or a password."""

    model_config = ConfigDict(frozen=True)

    state: CameraState
    message: str = Field(default="", description="one sentence for the installer: what is wrong and what to do")
    since: datetime | None = None
    last_frame_at: datetime | None = None
    width: int = 0
    height: int = 0
    fps: float = Field(default=0.0, description="frames a second that the source delivers")
    frames: int = Field(default=0, description="published since the source was opened")
    stale: int = Field(default=0, description="dropped because they were too old")
    still: int = Field(default=0, description="skipped because nothing moved")
    reconnects: int = 0


def report_camera(client: redis.Redis, camera_id: UUID, status: CameraStatus) -> None:
    client.set(f"status:camera:{camera_id}", status.model_dump_json(), ex=KEPT_SECONDS)


def camera_status(client: redis.Redis, camera_id: UUID) -> CameraStatus:
    found: Any = client.get(f"status:camera:{camera_id}")
    return CameraStatus.model_validate_json(found) if found else CameraStatus(state=CameraState.SILENT)


class ServiceStatus(BaseModel):
    """A running copy of a service with its counters and gauges, for health and metrics."""

    model_config = ConfigDict(frozen=True)

    service: str
    instance: str
    at: datetime
    values: dict[str, float] = {}


def report_service(client: redis.Redis, status: ServiceStatus) -> None:
    client.set(f"status:service:{status.service}:{status.instance}", status.model_dump_json(), ex=KEPT_SECONDS)


def service_statuses(client: redis.Redis) -> list[ServiceStatus]:
    keys = sorted(client.scan_iter("status:service:*", count=500))
    found: Any = client.mget(keys) if keys else []
    return [ServiceStatus.model_validate_json(value) for value in found if value]
