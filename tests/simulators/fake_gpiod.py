"""Stands where gpiod stands on a board: gpiod needs a kernel with GPIO chips, which no test machine has.

It has the part of gpiod 2's interface that is documented for line requests, and keeps chips in memory. Put it into
`sys.modules` as `gpiod` and `gpiod.line`.
"""

from __future__ import annotations

import enum
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType

from simulators.contact import Contact


class Direction(enum.Enum):
    AS_IS = 1
    INPUT = 2
    OUTPUT = 3


class Value(enum.Enum):
    INACTIVE = 0
    ACTIVE = 1


@dataclass
class LineSettings:
    direction: Direction = Direction.AS_IS
    active_low: bool = False
    output_value: Value = Value.INACTIVE


@dataclass
class Board:
    """One chip: its lines by offset; `levels` is what inputs see, `busy` lines are somebody else's."""

    path: str = "/dev/gpiochip0"
    relays: dict[int, Contact] = field(default_factory=dict)
    levels: dict[int, bool] = field(default_factory=dict)
    busy: set[int] = field(default_factory=set)
    fails: list[str] = field(default_factory=list)
    """The next calls of set_value raise OSError."""

    def relay(self, offset: int) -> Contact:
        return self.relays.setdefault(offset, Contact())

    def modules(self) -> dict[str, ModuleType]:
        gpiod, line = ModuleType("gpiod"), ModuleType("gpiod.line")
        gpiod.__dict__.update(
            LineSettings=LineSettings, LineRequest=Request, request_lines=self.request_lines, line=line
        )
        line.__dict__.update(Direction=Direction, Value=Value)
        return {"gpiod": gpiod, "gpiod.line": line}

    def request_lines(self, path: str, consumer: str, config: Mapping[int, LineSettings]) -> Request:
        if path != self.path:
            raise FileNotFoundError(2, "No such file or directory", path)
        (offset, settings), *_ = config.items()
        if offset in self.busy:
            raise OSError(16, "Device or resource busy")
        self.busy.add(offset)
        if settings.direction is Direction.OUTPUT:
            self._drive(offset, settings, settings.output_value)
        return Request(self, offset, settings)

    def _drive(self, offset: int, settings: LineSettings, value: Value) -> None:
        self.levels[offset] = (value is Value.ACTIVE) != settings.active_low
        self.relay(offset).switch(value is Value.ACTIVE)


@dataclass
class Request:
    board: Board
    offset: int
    settings: LineSettings

    def set_value(self, offset: int, value: Value) -> None:
        if self.board.fails:
            raise OSError(5, self.board.fails.pop(0))
        self.board._drive(offset, self.settings, value)

    def get_value(self, offset: int) -> Value:
        active = self.board.levels.get(offset, False) != self.settings.active_low
        return Value.ACTIVE if active else Value.INACTIVE

    def release(self) -> None:
        self.board.busy.discard(self.offset)


def forget_driver() -> None:
    """So that the driver is imported with the module that stands there now."""
    sys.modules.pop("services.integrations.barrier.drivers.gpio", None)
