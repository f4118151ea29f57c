"""Draws accuracy against time as an SVG by hand: a scatter of a few points needs no plotting library."""

from __future__ import annotations

import math
from collections.abc import Mapping
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 760, 420
LEFT, RIGHT, TOP, BOTTOM = 70, 210, 50, 60
AXES = "Rightwards: processor time a picture, logarithmic. Upwards: share read exactly."
COLOURS = ("#0b6e99", "#c2410c", "#15803d", "#7e22ce", "#a16207", "#be123c")


def scatter(title: str, points: Mapping[str, tuple[float, float]]) -> str:
    """An SVG picture: milliseconds on a logarithmic axis to the right, the share read exactly upwards.

    Args:
        points: by engine (milliseconds, share from 0 to 1).
    """
    fastest = min((ms for ms, _ in points.values()), default=1.0)
    slowest = max((ms for ms, _ in points.values()), default=100.0)
    low, high = 10 ** math.floor(math.log10(max(fastest, 0.1))), 10 ** math.ceil(math.log10(max(slowest, 0.2)))
    least = math.floor(min((share for _, share in points.values()), default=0.0) * 10) / 10
    least = min(least, 0.9)

    def place(ms: float, share: float) -> tuple[float, float]:
        along = math.log(max(ms, low) / low) / math.log(max(high, low * 10) / low)
        up = (share - least) / (1 - least)
        return LEFT + along * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - up * (HEIGHT - TOP - BOTTOM)

    marks = [_grid(*place(low * 10**i, least), f"{low * 10**i:g} ms") for i in range(_decades(low, high) + 1)]
    marks += [_line(place(low, share)[1], f"{share:.2f}") for share in _shares(least)]
    for i, (engine, (ms, share)) in enumerate(points.items()):
        colour, words = COLOURS[i % len(COLOURS)], escape(f"{engine}: {share:.3f}, {ms:.0f} ms")
        # Names stand at the side, because engines that are alike lie on each other.
        marks += [_point(*place(ms, share), words, colour), _legend(TOP + 8 + 24 * i, words, colour)]
    caption = f'<text x="{LEFT}" y="26" font-size="16" font-weight="bold">{escape(title)}</text>'
    axis = f'<text x="{LEFT}" y="{HEIGHT - 14}">{AXES}</text>'
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size}>',
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            caption,
            *marks,
            axis,
            "</svg>\n",
        ]
    )


def _decades(low: float, high: float) -> int:
    return max(1, round(math.log10(high / low)))


def _shares(least: float) -> list[float]:
    return [least + (1 - least) * i / 5 for i in range(6)]


def _grid(x: float, _: float, label: str) -> str:
    line = f'<line x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{HEIGHT - BOTTOM}" stroke="#ddd"/>'
    return f'{line}<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{label}</text>'


def _line(y: float, label: str) -> str:
    line = f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ddd"/>'
    return f'{line}<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _point(x: float, y: float, words: str, colour: str) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="{colour}" fill-opacity="0.75"><title>{words}</title></circle>'
    )


def _legend(y: float, words: str, colour: str) -> str:
    x = WIDTH - RIGHT + 24
    square = f'<rect x="{x}" y="{y - 8}" width="12" height="12" fill="{colour}"/>'
    return f'{square}<text x="{x + 20}" y="{y + 2}">{words}</text>'
