"""Public JSON of health: words only, no names or addresses of the site."""

from __future__ import annotations

from enum import StrEnum

from pydantic import BaseModel


class Condition(StrEnum):
    OK = "ok"
    DEGRADED = "degraded"
    """Something is missing; what is there goes on."""
    FAILING = "failing"
    """Nothing works without this."""


class Check(BaseModel):
    status: Condition
    sentence: str = ""


class Health(BaseModel):
    status: Condition
    checks: dict[str, Check]
