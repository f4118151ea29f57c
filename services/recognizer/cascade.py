"""What two readers that know nothing of each other say of one plate becomes one reading; pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from services.recognizer.contracts import Place, RawText
from services.recognizer.grammar.settle import Settled

AGREEMENT = 0.5
"""Of the doubt that stays when both say the same."""
CONTRADICTION = 0.3
"""Of the other's confidence that the surer one loses when they differ."""


NO_TEXT = RawText((), ())


@dataclass(frozen=True)
class Reading:
    """What a reader made of one place; `settled` is None where that is no plate's text."""

    place: Place
    raw: RawText = NO_TEXT
    settled: Settled | None = None
    two_rows: bool = False

    @property
    def confidence(self) -> float:
        return self.settled.confidence if self.settled else 0.0


def weighed(quick: Reading, thorough: Reading) -> Reading:
    """Agreement raises confidence; contradiction leaves the surer one, less sure than it was."""
    if quick.settled is None or thorough.settled is None:
        return thorough if quick.settled is None else quick
    ahead, behind = (quick, thorough) if quick.confidence >= thorough.confidence else (thorough, quick)
    if quick.settled.text == thorough.settled.text:
        return _with_confidence(ahead, 1 - AGREEMENT * (1 - ahead.confidence))
    return _with_confidence(ahead, ahead.confidence * (1 - CONTRADICTION * behind.confidence))


def _with_confidence(reading: Reading, confidence: float) -> Reading:
    assert reading.settled is not None
    return replace(reading, settled=replace(reading.settled, confidence=round(confidence, 4)))
