"""The vote against the best single frame and against the plain majority, on simulated vehicles."""

from __future__ import annotations

import pytest

from tests.unit.reactor.simulated_passages import SITUATIONS, exact_shares

COUNT = 150
MARGINS = {"passing": 0.10, "passing in the dark": 0.20, "passing quickly": 0.08, "stopping": 0.15, "standing": 0.02}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_the_vote_beats_the_surest_frame_and_the_majority(situation: str) -> None:
    shares = exact_shares(SITUATIONS[situation], COUNT)
    assert shares["vote"] >= shares["single best"] + MARGINS[situation], shares
    assert shares["vote"] >= shares["majority"] + MARGINS[situation] / 2, shares
