"""What an installer decides about one card."""

from __future__ import annotations

from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, field_validator


class Settings(BaseModel):
    """One volume."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str = Field(
        title="Folder",
        description="Where the card is mounted, such as /media/card; below /media, /mnt or /run/media",
        min_length=2,
        max_length=500,
    )
    most_gigabytes: float = Field(
        default=0.0, title="At most", description="Gigabytes for events; 0 = as much as the card has", ge=0, le=100_000
    )
    spare_megabytes: int = Field(
        default=200, title="Leave free", description="Megabytes of the card that stay free", ge=1, le=1_000_000
    )
    days: int = Field(
        default=30,
        title="Days",
        description="Older events go; 0 = only when there is no room",
        ge=0,
        le=3650,
    )
    frames: bool = Field(default=True, title="Whole pictures", description="Keep the frame beside the plate's picture")

    @field_validator("folder")
    @classmethod
    def _absolute(cls, folder: str) -> str:
        path = PurePosixPath(folder)
        if not path.is_absolute() or ".." in path.parts or not folder.isprintable():
            raise ValueError("the folder is a full path, such as /media/card")
        return str(path)
