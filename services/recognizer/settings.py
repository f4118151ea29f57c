"""How this copy of the recognizer works; machine matters, so the environment decides."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_ENGINE = "own"


class RecognizerSettings(BaseModel):
    """Read once at the start of the process."""

    model_config = ConfigDict(frozen=True)

    engine: Annotated[str, Field(description="what locates and reads plates")] = DEFAULT_ENGINE
    device: Annotated[Literal["cpu", "cuda", "auto"], Field(description="where it runs")] = "auto"
    threads: Annotated[int, Field(ge=1, le=64, description="inference threads of this process; scale by copies")] = 1
    stale_after: Annotated[float, Field(gt=0, description="seconds until a live frame is not worth reading")] = 1.0

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> RecognizerSettings:
        """RECOGNIZER_ENGINE, RECOGNIZER_DEVICE, RECOGNIZER_THREADS, RECOGNIZER_STALE_AFTER."""
        names = {name: f"RECOGNIZER_{name.upper()}" for name in cls.model_fields}
        return cls.model_validate({name: environment[key] for name, key in names.items() if key in environment})
