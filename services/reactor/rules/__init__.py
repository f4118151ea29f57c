"""Kinds of rules, one file each: `fires(event, settings)` says whether a vehicle concerns a destination. Pure."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Protocol

from pydantic import BaseModel

from shared.messages import Event


class Fires(Protocol):
    """Whether the rule applies to this event; `settings` is the kind's model of shared.reactions.RULES."""

    def __call__(self, event: Event, settings: BaseModel) -> bool: ...


def discover() -> dict[str, Fires]:
    """Every file beside this one, by its name."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    return {name: importlib.import_module(f"{__name__}.{name}").fires for name in names}
