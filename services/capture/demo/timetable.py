"""Who drives past when: the traffic of one loop, how each vehicle moves, and what its plate says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from services.capture.demo.bodies import HATCH, SEDAN, SUV, VAN, Look, Shape
from services.capture.demo.ground import LANE
from services.capture.demo.paint import Colour
from services.capture.demo.plates import invent
from shared.plates import normalise

PERIOD = 84.0
"""Seconds after which the traffic begins again."""
WAITS = 6.0
"""Seconds for which one vehicle of each loop stands at the stop line."""
DEMO_WHITE: tuple[str, str] = ("KAPW4711", "AA4827KC")
"""Plates of the demo, in normal form, that belong on its white list."""
DEMO_BLACK: tuple[str, str] = ("LK69PWR", "GD4096W")
"""Plates of the demo, in normal form, that belong on its black list."""

Direction = Literal["in", "out"]
_GATE = 14.0  # metres from the camera; a drive's second is when it is here
_STAND = 13.6  # metres from the camera
_FAR, _NEAR = 240.0, 2.2  # metres between which a vehicle is drawn
_TICK = 0.01  # seconds
_SILVER: Colour = (196, 194, 190)
_WHITE: Colour = (232, 232, 230)
_BLACK: Colour = (44, 42, 41)
_GREY: Colour = (104, 100, 97)
_BLUE: Colour = (152, 76, 30)
_RED: Colour = (40, 34, 184)
_GREEN: Colour = (72, 96, 40)
_AMBER: Colour = (40, 132, 208)
_TEAL: Colour = (140, 118, 46)


@dataclass(frozen=True)
class Drive:
    """One vehicle of the loop."""

    country: str
    written: str
    """The plate as it is written on the metal."""
    direction: Direction
    gate: float
    """Second of the loop at which it passes the gate (or would, had it not stopped)."""
    look: Look
    stops: bool = False

    @property
    def plate(self) -> str:
        """The plate in the form in which plates are compared."""
        return normalise(self.written.replace(":", ""))

    @property
    def incoming(self) -> bool:
        return self.direction == "in"


@dataclass(frozen=True)
class _Slot:
    country: str
    direction: Direction
    gate: float
    shape: Shape
    colour: Colour
    written: str = ""
    stops: bool = False


_SLOTS = (
    _Slot("DEU", "in", 2.5, HATCH, _BLUE, "KA:PW 4711"),
    _Slot("GBR", "out", 7.0, SEDAN, _GREEN, "LK69 PWR"),
    _Slot("POL", "in", 11.5, VAN, _WHITE),
    _Slot("ITA", "out", 16.0, HATCH, _RED),
    _Slot("FRA", "in", 21.0, SUV, _GREY, stops=True),
    _Slot("NLD", "out", 35.0, SUV, _AMBER),
    _Slot("UKR", "in", 36.0, SEDAN, _SILVER, "AA 4827 KC"),
    _Slot("DEU", "out", 42.0, VAN, _TEAL),
    _Slot("NLD", "in", 48.5, HATCH, _WHITE),
    _Slot("POL", "out", 54.5, SEDAN, _BLACK, "GD 4096W"),
    _Slot("ITA", "in", 61.5, SUV, _RED),
    _Slot("FRA", "out", 62.5, HATCH, _SILVER),
    _Slot("SVK", "in", 70.0, SEDAN, _BLUE),
    _Slot("GBR", "out", 78.5, SUV, _WHITE),
)

DEMO_COUNTRIES: tuple[str, ...] = tuple(sorted({slot.country for slot in _SLOTS}))
"""What an installer would tell this camera to expect; some plates are valid in several countries."""


def traffic(seed: int) -> tuple[Drive, ...]:
    """The loop's vehicles in order; the seed decides the plates that are not fixed."""
    rng = np.random.default_rng(seed)
    return tuple(
        Drive(
            slot.country,
            slot.written or invent(slot.country, rng),
            slot.direction,
            slot.gate,
            Look(slot.shape, slot.colour, -LANE if slot.direction == "in" else LANE),
            slot.stops,
        )
        for slot in _SLOTS
    )


def darkness(second: float) -> float:
    """0 by day to 1 by night at this second of the loop; a smooth dusk and a smooth dawn."""
    dusk, dawn = np.clip((second - 42) / 9, 0, 1), np.clip((second - 75) / 8, 0, 1)
    share = float(dusk - dawn)
    return share * share * (3 - 2 * share)


@dataclass(frozen=True)
class Course:
    """How a vehicle moves: metres from the camera against seconds from the gate."""

    seconds: NDArray[np.float64]
    depths: NDArray[np.float64]

    def depth(self, second: float) -> float | None:
        """None while the vehicle is out of sight."""
        if not self.seconds[0] <= second <= self.seconds[-1]:
            return None
        return float(np.interp(second, self.seconds, self.depths))

    def speed(self, second: float) -> float:
        """Metres a second, as an amount."""
        before, after = np.interp((second - 0.02, second + 0.02), self.seconds, self.depths)
        return float(abs(after - before) / 0.04)

    def reversed(self) -> Course:
        return Course(-self.seconds[::-1], self.depths[::-1])


def _passing_speed(depth: float) -> float:
    """Slow where plates are read, fast where nobody looks."""
    if depth < 10:
        return 3.2 + 1.6 * (10 - depth)
    return min(15.0, 3.2 + 0.16 * max(depth - 12, 0))


def _stopping_speed(depth: float) -> float:
    brake = 1.1 if depth > _STAND else 1.6
    return min(_passing_speed(depth), float(np.sqrt(2 * brake * abs(depth - _STAND))) + 0.06)


def _course(speed: Callable[[float], float], hold: float) -> Course:
    depths = [_FAR]
    while depths[-1] > _NEAR:
        depths.append(depths[-1] - speed(depths[-1]) * _TICK)
    track = np.array(depths)
    seconds: NDArray[np.float64] = np.arange(len(track), dtype=np.float64) * _TICK
    seconds -= np.interp(-_GATE, -track, seconds)
    standing = int(np.searchsorted(-track, -_STAND))
    seconds[standing:] += hold
    return Course(seconds, track)


PASSING_IN = _course(_passing_speed, 0.0)
PASSING_OUT = PASSING_IN.reversed()
STOPPING_IN = _course(_stopping_speed, WAITS)


def course_of(drive: Drive) -> Course:
    if drive.stops:
        return STOPPING_IN
    return PASSING_IN if drive.incoming else PASSING_OUT
