"""An order as the engine gives it to a driver, for tests that need no database."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

from services.integrations.barrier.drivers import driver
from services.integrations.barrier.settings import Settings
from shared.integration import Order


def an_order(stopping: threading.Event | None = None, acted: list[bool] | None = None) -> Order:
    seen: list[bool] = acted if acted is not None else []
    return Order(uuid4(), uuid4(), lambda: 4.2, lambda: seen.append(True), stopping or threading.Event())


def settings(**values: Any) -> Settings:
    return Settings.model_validate({"host": "127.0.0.1", "timeout": 5, "pulse": 1} | values)


def pulse(**values: Any) -> str:
    return driver(settings(**values)).pulse(an_order())
