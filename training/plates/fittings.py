"""What stands on plates beside the text: bands, state names, stickers, foreign script; it takes room from the text."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from services.recognizer.grammar.formats import LETTERS, countries
from training.plates.foreign import block_left, script_side, script_top
from training.plates.sheet import Sheet, name_like, print_words
from training.plates.styles import BLUE, GREEN, RED, WHITE, YELLOW, Colour

_BANDS = [country.band for country in countries() if country.band] + ["EU", "CH", "AL", "TR", "MK", "MNE", "BIH", "KS"]
_STATES = (
    "ALABAMA", "ALASKA", "ARIZONA", "ARKANSAS", "CALIFORNIA", "COLORADO", "CONNECTICUT", "DELAWARE", "FLORIDA",
    "GEORGIA", "HAWAII", "IDAHO", "ILLINOIS", "INDIANA", "IOWA", "KANSAS", "KENTUCKY", "LOUISIANA", "MAINE",
    "MARYLAND", "MASSACHUSETTS", "MICHIGAN", "MINNESOTA", "MISSISSIPPI", "MISSOURI", "MONTANA", "NEBRASKA", "NEVADA",
    "OHIO", "OKLAHOMA", "OREGON", "TENNESSEE", "TEXAS", "UTAH", "VERMONT", "VIRGINIA", "WASHINGTON", "WISCONSIN",
    "WYOMING", "ONTARIO", "QUEBEC", "ALBERTA", "MANITOBA", "JALISCO", "SONORA", "QUEENSLAND", "VICTORIA", "BRASIL",
    "ARGENTINA", "URUGUAY", "PARAGUAY",
)  # fmt: skip
SKY_FLAG: Colour = (200, 150, 0)
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


def band_left(sheet: Sheet, rng: np.random.Generator) -> None:
    _band(sheet, rng, left=True)


def band_right(sheet: Sheet, rng: np.random.Generator) -> None:
    _band(sheet, rng, left=False)


def _band(sheet: Sheet, rng: np.random.Generator, *, left: bool) -> None:
    wide = float(rng.uniform(0.3, 0.46)) * sheet.height
    x = 0.0 if left else sheet.width - wide
    colour = BLUE if rng.random() < 0.93 else (RED, GREEN, (200, 90, 20))[rng.integers(3)]
    cv2.rectangle(sheet.paper, (round(x), 0), (round(x + wide), sheet.height), colour, -1)
    if left or rng.random() < 0.3:
        _stars(sheet, (x + wide / 2, sheet.height * 0.32), wide * 0.3, rng)
    elif rng.random() < 0.5:
        cv2.circle(sheet.paper, (round(x + wide / 2), round(sheet.height * 0.3)), round(wide * 0.25), YELLOW, 1)
    if rng.random() < 0.9:
        text = _BANDS[rng.integers(len(_BANDS))] if left else str(rng.integers(10, 99))
        high = sheet.height * float(rng.uniform(0.2, 0.3))
        print_words(sheet, text, (x + wide * 0.1, sheet.height * 0.95 - high * 1.2, wide * 0.8, high), WHITE)
    sheet.room[0 if left else 2] = x + wide if left else x


def _stars(sheet: Sheet, centre: tuple[float, float], radius: float, rng: np.random.Generator) -> None:
    kind = rng.random()
    if kind < 0.12:
        x, y, r = round(centre[0]), round(centre[1]), round(radius)
        cv2.rectangle(sheet.paper, (x - r, y - r // 2), (x + r, y), WHITE, -1)
        cv2.rectangle(sheet.paper, (x - r, y), (x + r, y + r // 2), RED, -1)
        return
    colour = YELLOW if rng.random() < 0.7 else WHITE
    for angle in np.linspace(0, 2 * np.pi, 12, endpoint=False):
        at = (round(centre[0] + radius * np.cos(angle)), round(centre[1] + radius * np.sin(angle)))
        cv2.circle(sheet.paper, at, max(1, round(radius * 0.14)), colour, -1, cv2.LINE_AA)


def british_side(sheet: Sheet, rng: np.random.Generator) -> None:
    if rng.random() < 0.4:
        band_left(sheet, rng)


def maker_line(sheet: Sheet, rng: np.random.Generator) -> None:
    if rng.random() < 0.6:
        high = sheet.height * 0.07
        wide = sheet.width * float(rng.uniform(0.15, 0.4))
        print_words(
            sheet, name_like(rng), ((sheet.width - wide) / 2, sheet.height - 1.6 * high, wide, high), (60, 60, 60)
        )


def flag_left(sheet: Sheet, rng: np.random.Generator) -> None:
    """A flag and letters one above the other on the plate's own paper, or a blue band."""
    if rng.random() < 0.5:
        return
    wide = 0.3 * sheet.height
    stripes = ((WHITE, BLUE, RED), (BLUE, YELLOW), (SKY_FLAG, YELLOW))[rng.integers(3)]
    for index, colour in enumerate(stripes):
        top = sheet.height * (0.2 + 0.25 * index / len(stripes))
        end = (round(0.05 * sheet.height + wide), round(top + sheet.height * 0.25 / len(stripes)))
        cv2.rectangle(sheet.paper, (round(0.05 * sheet.height), round(top)), end, colour, -1)
    high = sheet.height * 0.16
    print_words(
        sheet,
        "UA" if len(stripes) == 2 else "KZ",
        (0.05 * sheet.height, sheet.height * 0.6, wide, high),
        sheet.ink_colour,
    )
    sheet.room[0] = wide + 0.1 * sheet.height


def stacked_letters(sheet: Sheet, rng: np.random.Generator) -> None:
    """Two or three small letters one above the other beside the text, as of states and kinds of vehicles."""
    if rng.random() < 0.35:
        count = int(rng.integers(2, 4))
        high = sheet.height * float(rng.uniform(0.12, 0.2))
        left = rng.random() < 0.5
        x = high * 0.3 if left else sheet.width - 1.1 * high
        top = (sheet.height - count * high * 1.25) / 2
        for index in range(count):
            letter = LETTERS[rng.integers(26)]
            print_words(sheet, letter, (x, top + index * high * 1.25, high * 0.8, high), sheet.ink_colour)
        sheet.room[0 if left else 2] = x + high if left else x - 0.1 * high


def tint(sheet: Sheet, rng: np.random.Generator) -> None:
    """Colour runs from the top, the bottom or a horizon, as on pictures of mountains and sunsets."""
    if rng.random() < 0.35:
        return
    colour = np.array([int(rng.integers(90, 255)) for _ in range(3)], np.float32)
    ramp = np.linspace(0, 1, sheet.height, dtype=np.float32)
    shape = (ramp, 1 - ramp, np.abs(ramp - 0.5) * 2, (ramp > rng.uniform(0.5, 0.8)).astype(np.float32))[rng.integers(4)]
    alpha = (shape * float(rng.uniform(0.2, 0.75)))[:, None, None]
    sheet.paper[:] = (sheet.paper * (1 - alpha) + colour * alpha).astype(np.uint8)


def state_name(sheet: Sheet, rng: np.random.Generator) -> None:
    high = sheet.height * float(rng.uniform(0.11, 0.19))
    wide = sheet.width * float(rng.uniform(0.35, 0.75))
    text = _STATES[rng.integers(len(_STATES))] if rng.random() < 0.7 else name_like(rng)
    top = sheet.height * float(rng.uniform(0.03, 0.08))
    print_words(sheet, text, ((sheet.width - wide) / 2, top, wide, high), _second_colour(sheet, rng))
    sheet.room[1] = top + high + 0.04 * sheet.height


def slogan(sheet: Sheet, rng: np.random.Generator) -> None:
    if rng.random() < 0.25:
        return
    high = sheet.height * float(rng.uniform(0.07, 0.13))
    wide = sheet.width * float(rng.uniform(0.3, 0.7))
    text = " ".join(name_like(rng) for _ in range(rng.integers(1, 4)))
    top = sheet.height - high * float(rng.uniform(1.2, 1.8))
    print_words(sheet, text, ((sheet.width - wide) / 2, top, wide, high), _second_colour(sheet, rng))
    sheet.room[3] = top - 0.03 * sheet.height


def _second_colour(sheet: Sheet, rng: np.random.Generator) -> Colour:
    other: tuple[Colour, ...] = (sheet.ink_colour, sheet.ink_colour, RED, BLUE, GREEN)
    return other[rng.integers(len(other))]


def corner_stickers(sheet: Sheet, rng: np.random.Generator) -> None:
    """Months and years in the corners that a registration is paid for."""
    wide, high = sheet.width * 0.13, sheet.height * 0.2
    for x in (sheet.width * 0.03, sheet.width * 0.84):
        for y in (sheet.height * 0.04, sheet.height * 0.76):
            if rng.random() < 0.35:
                colour = tuple(int(c) for c in rng.integers(40, 255, 3))
                box = (round(x), round(y)), (round(x + wide), round(y + high))
                cv2.rectangle(sheet.paper, *box, colour, -1)
                text = _MONTHS[rng.integers(12)] if rng.random() < 0.5 else f"{rng.integers(100):02d}"
                dark = (20, 20, 20) if sum(colour) > 380 else WHITE
                print_words(sheet, text, (x + wide * 0.1, y + high * 0.2, wide * 0.8, high * 0.6), dark)


def city_line(sheet: Sheet, rng: np.random.Generator) -> None:
    high = sheet.height * float(rng.uniform(0.1, 0.16))
    wide = sheet.width * float(rng.uniform(0.4, 0.65))
    state = LETTERS[rng.integers(26)] + LETTERS[rng.integers(26)]
    text = " ".join([state, *(name_like(rng) for _ in range(int(rng.choice([1, 2], p=[0.6, 0.4]))))])
    print_words(sheet, text, ((sheet.width - wide) / 2, sheet.height * 0.07, wide, high), sheet.ink_colour)
    sheet.room[1] = sheet.height * 0.1 + high


def top_band(sheet: Sheet, rng: np.random.Generator) -> None:
    high = sheet.height * float(rng.uniform(0.18, 0.26))
    cv2.rectangle(sheet.paper, (0, 0), (sheet.width, round(high)), BLUE, -1)
    text = _STATES[rng.integers(len(_STATES))] if rng.random() < 0.7 else name_like(rng)
    wide = sheet.width * float(rng.uniform(0.25, 0.45))
    print_words(sheet, text, ((sheet.width - wide) / 2, high * 0.25, wide, high * 0.5), WHITE)
    if rng.random() < 0.6:
        cv2.rectangle(
            sheet.paper,
            (round(sheet.width * 0.9), round(high * 0.25)),
            (round(sheet.width * 0.97), round(high * 0.75)),
            GREEN,
            -1,
        )
    if rng.random() < 0.5:
        edge = sheet.height * 0.12
        print_words(sheet, "BR", (edge * 0.3, sheet.height * 0.78, edge * 1.2, edge), sheet.ink_colour)
        sheet.room[0] = edge * 1.5
    sheet.room[1] = high


def hologram(sheet: Sheet, rng: np.random.Generator) -> None:
    """A small emblem with letters below at the left edge."""
    if rng.random() < 0.6:
        side = 0.2 * sheet.height
        cv2.circle(
            sheet.paper, (round(side), round(sheet.height * 0.35)), round(side * 0.5), (180, 130, 60), -1, cv2.LINE_AA
        )
        print_words(sheet, "IND", (side * 0.4, sheet.height * 0.6, side * 1.2, side * 0.6), (160, 60, 20))
        sheet.room[0] = 2 * side


def corner_band(sheet: Sheet, rng: np.random.Generator) -> None:
    """The blue field of two-row plates: in a corner, down the side, or none."""
    kind = rng.random()
    if kind < 0.35:
        wide, high = sheet.width * 0.2, sheet.height * 0.46
        cv2.rectangle(sheet.paper, (0, 0), (round(wide), round(high)), BLUE, -1)
        _stars(sheet, (wide / 2, high * 0.35), wide * 0.25, rng)
        text = _BANDS[rng.integers(len(_BANDS))]
        print_words(sheet, text, (wide * 0.15, high * 0.68, wide * 0.7, high * 0.24), WHITE)
        sheet.corner = wide
    elif kind < 0.6:
        _band(sheet, rng, left=True)


Fitting = Callable[[Sheet, np.random.Generator], None]
FITTINGS: dict[str, Fitting] = {
    function.__name__: function
    for function in (
        band_left, band_right, british_side, maker_line, flag_left, stacked_letters, tint, state_name, slogan,
        corner_stickers, city_line, top_band, hologram, block_left, script_side, script_top, corner_band,
    )
}  # fmt: skip
