"""What several looks at one plate, by two readers that know nothing of each other, become: one reading; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.recognizer.calibration import of_text
from services.recognizer.contracts import Place, RawText
from services.recognizer.grammar.settle import Settled

AGREEMENT = 0.5
"""Of the doubt that stays when both readers say the same."""
CONTRADICTION, STRAY_LOOK = 0.3, 0.1
"""Of the chance that it is right the winning reading loses so much to each that differs, times how sure that one is;
less where both readers agree on it and one look alone strays."""
FRAGMENT = 0.4
"""What speaks for a text that only one reader says and that is a part of what the other says: a letter at the plate's
edge is sooner overlooked than made up."""
NO_TEXT = RawText((), ())


@dataclass(frozen=True)
class Reading:
    """What a reader made of one place; `settled` is None where that is no plate's text."""

    place: Place
    raw: RawText = NO_TEXT
    settled: Settled | None = None
    two_rows: bool = False

    @property
    def text(self) -> str:
        return self.settled.text if self.settled else ""

    @property
    def confidence(self) -> float:
        return self.settled.confidence if self.settled else 0.0

    @property
    def chance(self) -> float:
        """That all letters are right, as the reader sees it."""
        return of_text(self.settled) if self.settled else 0.0

    @property
    def score(self) -> float:
        """To compare readings of one place; see Settled.score."""
        return self.settled.score if self.settled else float("-inf")


def first_opinion(looks: Sequence[Reading]) -> Reading:
    """The best of the quick reader's looks; one reader's agreement with itself proves nothing."""
    return max(looks, key=lambda look: look.score)


def in_agreement(looks: Sequence[Reading]) -> bool:
    return len({look.text for look in looks}) == 1


def second_opinion(looks: Sequence[Reading], thorough: Reading) -> Reading:
    """The text that most speaks for. Agreement of both readers raises its confidence, contradiction lowers it."""
    readings = [reading for reading in (*looks, thorough) if reading.settled]
    if not readings:
        return looks[0]
    agreed_texts = {look.text for look in looks} & {thorough.text}

    def support(text: str) -> float:
        said = sum(reading.chance for reading in readings if reading.text == text)
        is_part = any(text in other.text and text != other.text for other in readings)
        return said * (FRAGMENT if is_part and text not in agreed_texts else 1.0)

    text = max(sorted({reading.text for reading in readings}), key=support)
    winner = max((reading for reading in readings if reading.text == text), key=lambda reading: reading.confidence)
    agreed = text in agreed_texts
    chance = 1 - AGREEMENT * (1 - winner.chance) if agreed else winner.chance
    for other in readings:
        if other.text != text:
            chance *= 1 - (STRAY_LOOK if agreed else CONTRADICTION) * other.chance
    confidence = chance ** (1 / len(text))
    assert winner.settled is not None
    return replace(winner, settled=replace(winner.settled, confidence=round(confidence, 4)))
