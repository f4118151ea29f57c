"""Decides which plate a raw text is: letters and digits by position, the country, or that it is no plate at all; pure.

A text is compared with every shape of formats.toml. A shape may read a character as its look-alike (O as 0), may lose
what stands before or behind the plate (a country band read as a letter) and a badge at a gap between two groups; each
of these costs, so that the text as it was read wins where it fits. Among countries that admit the winning text the
more telling format wins; expected countries weigh more and force nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product

from services.recognizer.contracts import RawText
from services.recognizer.grammar.formats import DIGITS, LETTERS, MAX_LENGTH, MIN_LENGTH, Shape, User, shapes, signs
from services.recognizer.grammar.look_alikes import LOOK_ALIKES
from shared.messages import Character

# Costs and gains are logarithms of probabilities, set by judgement: a certain character is dear to cut or to swap, a
# rare format loses against a common one, and a gap that was seen where the format has it decides between equals.
FLOOR = 1e-4
CUT_BEFORE, CUT_BEHIND = 3, 2
MAX_REPLACED = 2
COST_CUT, COST_UNEXPECTED, COST_FORMLESS = 1.2, 1.0, 3.5
WORST_SCORE = -6.0
HOPELESS = 8.0
"""What is cut for more than this cannot be made good by anything."""
TELLING = 0.4
"""How far a district code that exists speaks for a reading."""
BAND_ROOM = 1.7
"""In characters: a blue band and the crop's margin."""
GAIN_GAP = 0.3
GAIN_CHARACTER = 1.5
LEAST_CONFIDENCE = 0.65
FORMLESS_MEAN, FORMLESS_LEAST, FORMLESS_FACTOR = 0.88, 0.6, 0.7
GAIN_EXPECTED, COUNTRY_SHARE = 4.0, 0.5


@dataclass(frozen=True)
class Settled:
    """A plate after the grammar.

    Attributes:
        kept: indices into the raw characters that are the plate's own.
        score: logarithmic, to compare two readings of the same place.
    """

    text: str
    country: str
    confidence: float
    characters: tuple[Character, ...]
    kept: tuple[int, ...]
    score: float


@dataclass(frozen=True)
class _Fit:
    score: float
    text: str
    kept: tuple[int, ...]
    shape: Shape | None


class _Position:
    """What one character may be, with look-alikes; remembers the best symbol per class."""

    def __init__(self, character: Character) -> None:
        self.character = character
        self.chances = dict(character.options)
        for symbol, probability in character.options:
            for other, rate in LOOK_ALIKES.get(symbol, ()):
                self.chances[other] = min(1.0, self.chances.get(other, 0.0) + probability * rate)
        self._best: dict[str, tuple[str, float]] = {}

    def best(self, allowed: str) -> tuple[str, float]:
        """The most probable allowed symbol and its logarithmic probability; an empty symbol when none is likely."""
        if allowed not in self._best:
            fitting = [(probability, symbol) for symbol, probability in self.chances.items() if symbol in allowed]
            probability, symbol = max(fitting, default=(0.0, ""))
            self._best[allowed] = symbol, math.log(max(FLOOR, probability))
        return self._best[allowed]

    @property
    def cut_cost(self) -> float:
        """Leaving out a doubtful character is cheap, a certain one dear."""
        return COST_CUT - math.log(max(0.001, 1.0 - self.character.probability))


def settle(raw: RawText, expected: tuple[str, ...] = ()) -> Settled | None:
    """The plate that a raw text is, or None when it is no plate.

    Args:
        raw: one line, or two lines joined.
        expected: countries of this camera, ISO alpha-3; they weigh more, others stay possible.
    """
    if signs().fullmatch(raw.text) or not (_mixed(raw.text) or raw.breaks or expected):
        return None
    positions = [_Position(character) for character in raw.characters]
    fits = (fit for fit in _fits(raw, positions, expected) if fit.score > WORST_SCORE)
    believable = [fit for fit in fits if _plausible(fit, raw, expected)]
    best = max([*_literal_first(believable, raw), *_formless(raw)], key=lambda fit: fit.score, default=None)
    if best is None:
        return None
    settled = _settled(best, raw, positions, _country(best, raw, expected))
    return settled if settled.confidence >= LEAST_CONFIDENCE else None


def unread(raw: RawText) -> float:
    """How many characters would fit between the text and the ends of the crop, beyond a country band's room."""
    if len(raw.centers) < MIN_LENGTH - 1:
        return 0.0
    steps = sorted(b - a for a, b in pairwise(raw.centers))
    pitch = max(0.02, steps[len(steps) // 2])
    ends = raw.centers[0], 1.0 - raw.centers[-1]
    return sum(max(0.0, end / pitch - 0.5 - BAND_ROOM) for end in ends)


def _fits(raw: RawText, positions: list[_Position], expected: tuple[str, ...]) -> Iterator[_Fit]:
    """Every shape on every part of the text, also without a badge where the shape has a gap."""
    count = len(positions)
    for before in range(min(CUT_BEFORE, count) + 1):
        for behind in range(min(CUT_BEHIND, count - before) + 1):
            span = tuple(range(before, count - behind))
            lost = sum(positions[i].cut_cost for i in (*range(before), *range(count - behind, count)))
            banded = sum(positions[i].cut_cost for i in range(count - behind, count)) + COST_CUT
            if min(lost, banded) > HOPELESS:
                continue
            # One letter alone is a band only if something parts it from the plate.
            band = raw.text[:before] if before > 1 or before in raw.breaks else None
            for shape in shapes().get(len(span), ()):
                if (weight := _weight(shape, expected, band, lost - banded)) is not None:
                    yield from _fit(raw, positions, span, shape, weight - lost)
            for shape in shapes().get(len(span) - 1, ()):
                if (weight := _weight(shape, expected, band, lost - banded)) is not None:
                    yield from _without_badge(raw, positions, span, shape, weight - lost)


def _weight(shape: Shape, expected: tuple[str, ...], cut: str | None, saved: float) -> float | None:
    """What speaks for the shape before a character is looked at: its best user, and that user's band cut off."""
    return max(
        (
            _user_weight(user, expected) + TELLING * user.code_telling + (max(0.0, saved) if cut == user.band else 0.0)
            for user in shape.users
            if _welcome(user, shape, expected)
        ),
        default=None,
    )


def _welcome(user: User, shape: Shape, expected: tuple[str, ...]) -> bool:
    return user.country in expected or not (user.local or len(shape.classes) == MIN_LENGTH)


def _user_weight(user: User, expected: tuple[str, ...]) -> float:
    return user.likely - COST_UNEXPECTED * bool(expected and user.country not in expected)


def _without_badge(
    raw: RawText, positions: list[_Position], span: tuple[int, ...], shape: Shape, weight: float
) -> Iterator[_Fit]:
    for gap in shape.gaps:
        if 0 < gap < len(span) - 1:
            yield from _fit(raw, positions, span[:gap] + span[gap + 1 :], shape, weight - positions[span[gap]].cut_cost)


def _fit(raw: RawText, positions: list[_Position], kept: tuple[int, ...], shape: Shape, score: float) -> Iterator[_Fit]:
    symbols = []
    head = shape.code_length
    if shape.codes:
        code, chance = _best_code([positions[i] for i in kept[:head]], shape.codes)
        if not code:
            return
        symbols.append(code)
        score += chance
    for i, allowed in zip(kept[head:], shape.classes[head:], strict=True):
        symbol, chance = positions[i].best(allowed)
        if not symbol:
            return
        symbols.append(symbol)
        score += chance
    yield _Fit(score + GAIN_GAP * _gaps_seen(raw, kept, shape), "".join(symbols), kept, shape)


def _gaps_seen(raw: RawText, kept: tuple[int, ...], shape: Shape) -> int:
    """Gaps that were seen where the shape has them, less those seen elsewhere."""
    seen = {place for place, i in enumerate(kept) if place and i in raw.breaks}
    return len(seen & shape.gaps) - len(seen - shape.gaps)


def _best_code(head: list[_Position], codes: frozenset[str]) -> tuple[str, float]:
    spelled = (("".join(symbols), symbols) for symbols in product(*(position.chances for position in head)))
    scored = (
        (sum(math.log(max(FLOOR, p.chances[c])) for p, c in zip(head, symbols, strict=True)), code)
        for code, symbols in spelled
        if code in codes
    )
    chance, code = max(scored, default=(0.0, ""))
    return code, chance


def _literal_first(fits: list[_Fit], raw: RawText) -> Iterator[_Fit]:
    """A country that knows the text as it was read has no say in changing it."""
    content = {user.country for fit in fits if fit.shape and not _replaced(fit, raw) for user in fit.shape.users}
    for fit in fits:
        if fit.shape and (not _replaced(fit, raw) or any(user.country not in content for user in fit.shape.users)):
            yield fit


def _replaced(fit: _Fit, raw: RawText) -> int:
    """How many characters are not the ones that were read."""
    return sum(raw.characters[i].best != symbol for i, symbol in zip(fit.kept, fit.text, strict=True))


def _plausible(fit: _Fit, raw: RawText, expected: tuple[str, ...]) -> bool:
    """Words and numbers are not turned into plates by swapping look-alikes."""
    read = "".join(raw.characters[i].best for i in fit.kept)
    replaced = _replaced(fit, raw)
    if replaced > MAX_REPLACED:
        return False
    if _mixed(read):
        return _mixed(fit.text)
    if replaced or fit.shape is None:
        return False
    at_home = any(user.country in expected for user in fit.shape.users)
    return at_home or (bool(fit.shape.gaps) and all(fit.kept[gap] in raw.breaks for gap in fit.shape.gaps))


def _mixed(text: str) -> bool:
    return any(c in DIGITS for c in text) and any(c in LETTERS for c in text)


def _formless(raw: RawText) -> Iterator[_Fit]:
    """Personal plates and unknown countries: clearly read letters and digits together."""
    if not MIN_LENGTH + 1 <= len(raw.characters) <= MAX_LENGTH - 1 or not _mixed(raw.text):
        return
    logs = [math.log(max(FLOOR, character.probability)) for character in raw.characters]
    if math.exp(sum(logs) / len(logs)) < FORMLESS_MEAN or min(logs) < math.log(FORMLESS_LEAST):
        return
    yield _Fit(sum(logs) - COST_FORMLESS, raw.text, tuple(range(len(raw.characters))), None)


def _country(fit: _Fit, raw: RawText, expected: tuple[str, ...]) -> str:
    """The country that the text speaks for, if it stands out; empty otherwise."""
    if fit.shape is None:
        return ""
    weights: dict[str, float] = {}
    for shape in shapes()[len(fit.text)]:
        if not _admits(shape, fit.text):
            continue
        seen = GAIN_GAP * _gaps_seen(raw, fit.kept, shape)
        for user in shape.users:
            if _welcome(user, shape, expected):
                known = GAIN_EXPECTED * (user.country in expected)
                weight = math.exp(_user_weight(user, expected) + user.telling + seen + known)
                weights[user.country] = max(weights.get(user.country, 0.0), weight)
    best = max(weights, key=weights.__getitem__)
    return best if weights[best] > COUNTRY_SHARE * sum(weights.values()) else ""


def _admits(shape: Shape, text: str) -> bool:
    if shape.codes and text[: shape.code_length] not in shape.codes:
        return False
    return all(c in allowed for c, allowed in zip(text, shape.classes, strict=True))


def _settled(fit: _Fit, raw: RawText, positions: list[_Position], country: str) -> Settled:
    classes = fit.shape.classes if fit.shape else (LETTERS + DIGITS,) * len(fit.text)
    characters = tuple(
        _decided(positions[i], symbol, allowed) for i, symbol, allowed in zip(fit.kept, fit.text, classes, strict=True)
    )
    mean = math.exp(sum(math.log(max(FLOOR, c.probability)) for c in characters) / len(characters))
    lost = len(raw.characters) - len(fit.kept)
    confidence = mean * 0.97**lost * (1.0 if fit.shape else FORMLESS_FACTOR)
    score = fit.score + GAIN_CHARACTER * len(fit.text) - unread(raw)
    return Settled(fit.text, country, round(confidence, 4), characters, fit.kept, score)


def _decided(position: _Position, symbol: str, allowed: str) -> Character:
    """The character with only what its position allows, the chosen symbol first; doubt stays doubt.

    A look-alike takes over the probability of what was read, because at this place the two cannot be told apart.
    """
    read = position.character.best
    likely = dict(position.character.options)
    if symbol != read and symbol in dict(LOOK_ALIKES.get(read, ())):
        likely[symbol] = max(likely.get(symbol, 0.0), position.character.probability * 0.9)
    elif symbol not in likely:
        likely[symbol] = position.chances[symbol]
    others = sorted(((s, p) for s, p in likely.items() if s != symbol and s in allowed), key=lambda option: -option[1])
    chosen = round(min(1.0, likely[symbol]), 4)
    return Character(options=((symbol, chosen), *((s, min(p, chosen)) for s, p in others[:3])))
