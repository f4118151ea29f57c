"""Which parts of a picture a detector looks at, so that small plates of large pictures are found at a known cost; pure.

A network sees a picture at a few hundred pixels. Of a live camera's frames every second one is looked at as a whole
and the others only where something moves, which shows that part larger at the same cost. A still picture has time: it
is looked at as a whole and, when it is large, tile by tile.
"""

from __future__ import annotations

import math

from shared.geometry import Box, Quad

TILE, OVERLAP = 1024, 160
"""Pixels; a plate of 40 pixels in a tile is still 20 for a network that sees 512."""
MOST_TILES = 24
NEAR_BORDER = 3
"""Pixels."""
ROOM = 0.15
"""Of the moving part's sides, added on each: a plate can sit on a part of a vehicle that does not seem to move."""
LEAST_GAIN = 1.25
"""The moving part must come out so much larger, or the whole picture is looked at."""


def of_live(width: int, height: int, moving: Box | None, index: int) -> tuple[Box, ...]:
    """The view of a live frame, one always.

    Args:
        moving: where something moves; None when that is unknown.
        index: of the frame in its run.
    """
    if moving is None or index % 2 == 0:
        return (whole(width, height),)
    extra_x, extra_y = round(moving.width * ROOM), round(moving.height * ROOM)
    grown = Box(
        x=moving.x - extra_x,
        y=moving.y - extra_y,
        width=moving.width + 2 * extra_x,
        height=moving.height + 2 * extra_y,
    ).clamp(width, height)
    longest = max(grown.width, grown.height)
    return (grown,) if grown.area and longest * LEAST_GAIN <= max(width, height) else (whole(width, height),)


def whole(width: int, height: int) -> Box:
    return Box(x=0, y=0, width=width, height=height)


def of_still(width: int, height: int) -> tuple[Box, ...]:
    """The views of a picture that nobody waits long for: the whole, and tiles if it is larger than one."""
    if max(width, height) <= TILE + OVERLAP:
        return (whole(width, height),)
    side = TILE
    while _count(width, side) * _count(height, side) > MOST_TILES:
        side = math.ceil(side * 1.2)
    return (
        whole(width, height),
        *(
            Box(x=x, y=y, width=min(side, width), height=min(side, height))
            for y in _starts(height, side)
            for x in _starts(width, side)
        ),
    )


def is_cut(corners: Quad, view: Box, width: int, height: int) -> bool:
    """Whether the view's border may cut the plate, where the picture itself goes on."""
    xs, ys = [x for x, _ in corners.corners], [y for _, y in corners.corners]
    return (
        (view.x > 0 and min(xs) < view.x + NEAR_BORDER)
        or (view.y > 0 and min(ys) < view.y + NEAR_BORDER)
        or (view.x + view.width < width and max(xs) > view.x + view.width - NEAR_BORDER)
        or (view.y + view.height < height and max(ys) > view.y + view.height - NEAR_BORDER)
    )


def _count(length: int, side: int) -> int:
    return max(1, math.ceil((length - OVERLAP) / (side - OVERLAP)))


def _starts(length: int, side: int) -> list[int]:
    """Evenly spread, so that neighbours overlap by at least OVERLAP."""
    count = _count(length, side)
    room = max(0, length - side)
    return [round(room * i / max(1, count - 1)) for i in range(count)]
