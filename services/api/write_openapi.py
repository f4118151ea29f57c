"""Prints the OpenAPI document without a server, so that the pages are compiled against this very API."""

from __future__ import annotations

import json
import sys

from pydantic import SecretStr

from services.api.app import create_app
from shared.settings import Settings

# Only the routes are read: no server is asked and nothing is kept.
_NOWHERE = Settings(
    database_url="postgresql://nobody@localhost/none",
    redis_events_url="redis://localhost",
    redis_frames_url="redis://localhost",
    secret_key=SecretStr("A" * 43 + "="),
)

if __name__ == "__main__":
    json.dump(create_app(_NOWHERE).openapi(), sys.stdout, indent=1)
