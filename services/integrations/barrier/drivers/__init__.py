"""Relays: one module for each kind, all with the same few methods; a missing library breaks only its own."""

from __future__ import annotations

import importlib
from typing import Protocol

from services.integrations.barrier.settings import Settings
from shared.errors import Reject
from shared.integration import Order


class Driver(Protocol):
    """One relay. Errors are those of shared.integration.Drive.

    Attributes:
        ends_by_itself: the device ends a pulse although we are gone; otherwise we switch off, whatever happens.
    """

    ends_by_itself: bool

    def pulse(self, order: Order) -> str:
        """Switches on for the pulse's seconds; returns what the device said to it."""

    def off(self) -> None:
        """Makes sure that it is off. Nothing is asked of a relay that ends its pulses by itself."""

    def state(self) -> bool:
        """Whether the relay is on, as the device tells it."""

    def check(self) -> str:
        """Tries the connection and switches nothing; returns a sentence."""


def driver(settings: Settings) -> Driver:
    """The driver that the settings name. Raises Reject when its library is not installed."""
    try:
        module = importlib.import_module(f"{__name__}.{settings.driver}")
    except ModuleNotFoundError as error:
        raise Reject(f"The library {error.name} is not installed: pip install {error.name}") from None
    found: Driver = module.Relay(settings)
    return found
