"""A line of this machine's own GPIO chip, by the kernel's character device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import gpiod
from gpiod.line import Direction, Value

from services.integrations.barrier.drivers.pulses import on_wait_off
from services.integrations.barrier.settings import Settings
from shared.errors import NotSent, Retry, Trouble
from shared.integration import Order


class Relay:
    ends_by_itself = False

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def pulse(self, order: Order) -> str:
        with self._line() as line:

            def switch(value: Value) -> None:
                try:
                    line.set_value(self._settings.line, value)
                except OSError as error:
                    raise Retry(f"the line cannot be set: {error.strerror or error}") from None

            on, off = lambda: switch(Value.ACTIVE), lambda: switch(Value.INACTIVE)
            return on_wait_off(order, self._settings.pulse, on, off)

    def off(self) -> None:
        with self._line():
            pass  # whoever requests it begins with an inactive line

    def state(self) -> bool:
        with requested(self._settings, self._settings.line, Direction.AS_IS) as line:
            return bool(line.get_value(self._settings.line) is Value.ACTIVE)

    def check(self) -> str:
        on = self.state()
        return f"Line {self._settings.line} of {self._settings.chip} is {'active' if on else 'inactive'}"

    @contextmanager
    def _line(self) -> Iterator[gpiod.LineRequest]:
        with requested(self._settings, self._settings.line, Direction.OUTPUT) as line:
            yield line


@contextmanager
def requested(settings: Settings, offset: int, direction: Direction) -> Iterator[gpiod.LineRequest]:
    """The line, ours alone meanwhile. Raises NotSent: nothing was switched."""
    inverted = settings.active_low if direction is not Direction.INPUT else False
    wanted = gpiod.LineSettings(direction=direction, active_low=inverted, output_value=Value.INACTIVE)
    try:
        line = gpiod.request_lines(settings.chip, consumer="platewire", config={offset: wanted})
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        sentence = f"Line {offset} of {settings.chip} cannot be used: {why}"
        raise NotSent(sentence, trouble=Trouble.CANNOT_CONNECT) from None
    try:
        yield line
    finally:
        line.release()
