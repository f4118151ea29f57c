"""How much must be read before a passage counts as a vehicle: the one place for all these thresholds."""

from __future__ import annotations

from services.reactor.passages import Passage
from services.reactor.vote import Verdict

AGREEING_READS = 2
SURE, SURE_ON_A_PICTURE = 0.85, 0.5
SUSPECT_AGREEING_READS = 3


def has_evidence(passage: Passage, verdict: Verdict, due: bool) -> bool:
    """Whether the passage is a vehicle and no noise. A sure single read must wait: its track may prove it a misread."""
    if passage.suspect_of:
        return False
    if verdict.agreeing >= AGREEING_READS:
        return True
    return (due and verdict.surest >= SURE) or (passage.picture and verdict.surest >= SURE_ON_A_PICTURE)


def convinces(verdict: Verdict) -> bool:
    """Whether a suspect's own text was read often and surely enough to be another vehicle."""
    if verdict.agreeing >= SUSPECT_AGREEING_READS:
        return True
    return verdict.agreeing >= AGREEING_READS and verdict.surest >= SURE
