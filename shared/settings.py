"""Where PostgreSQL, Redis, the pictures and the secret key are: all that the environment decides (ADR-0002).

Everything else is a setting in the database, edited in the pages or by the WebAPI.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from shared.errors import PlatewireError


class SettingsError(PlatewireError):
    """The environment lacks something or holds nonsense; the sentence names the variable."""


class Settings(BaseModel):
    """One frozen record, read once in `__main__` and passed on."""

    model_config = ConfigDict(frozen=True)

    database_url: Annotated[str, Field(description="postgresql://user:password@host/name")]
    redis_events_url: Annotated[str, Field(description="Redis that keeps reads and wake-ups (AOF, noeviction)")]
    redis_frames_url: Annotated[str, Field(description="Redis that holds frames for seconds (no persistence)")]
    data_dir: Annotated[Path, Field(description="pictures and uploads; shared by all services")] = Path("data")
    secret_key: Annotated[SecretStr, Field(description="Fernet keys, newest first, separated by commas")]
    instance: Annotated[str, Field(description="name of this copy of the service, unique among running copies")] = ""

    @property
    def media_dir(self) -> Path:
        return self.data_dir / "media"

    @property
    def uploads_dir(self) -> Path:
        return self.data_dir / "uploads"

    @property
    def sqlalchemy_url(self) -> str:
        """The URL with the driver that the project uses, whatever form of it was given."""
        for prefix in ("postgresql+psycopg://", "postgresql://", "postgres://"):
            if self.database_url.startswith(prefix):
                return "postgresql+psycopg://" + self.database_url.removeprefix(prefix)
        raise SettingsError("DATABASE_URL must begin with postgresql://")


_VARIABLES = {
    "database_url": "DATABASE_URL",
    "redis_events_url": "REDIS_EVENTS_URL",
    "redis_frames_url": "REDIS_FRAMES_URL",
    "data_dir": "PLATEWIRE_DATA_DIR",
    "secret_key": "PLATEWIRE_SECRET_KEY",
    "instance": "PLATEWIRE_INSTANCE",
}


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """Reads the variables above; `NAME_FILE` names a file that holds the value (Docker secrets).

    Raises:
        SettingsError: one sentence that names the variable to mend.
    """
    values = {field: value for field, name in _VARIABLES.items() if (value := value_of(environment, name))}
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        names = ", ".join(_VARIABLES[str(problem["loc"][0])] for problem in error.errors())
        raise SettingsError(f"Set these environment variables: {names}") from None


def value_of(environment: Mapping[str, str], name: str) -> str:
    """A variable's value, or what the file holds that `NAME_FILE` names; empty when neither is set."""
    if file := environment.get(f"{name}_FILE"):
        try:
            return Path(file).read_text().strip()
        except OSError as error:
            raise SettingsError(f"{name}_FILE cannot be read: {error.strerror}") from None
    return environment.get(name, "")
