"""Texts as a reader would give them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.recognizer.contracts import RawText
from shared.messages import Character

Spelled = Callable[..., RawText]


def spell(
    text: str, sure: float = 0.99, breaks: tuple[int, ...] = (), **doubts: tuple[tuple[str, float], ...]
) -> RawText:
    """`at3=(("8", 0.5), ("B", 0.4))` gives the character at index 3 these options."""
    characters = [Character(options=doubts.get(f"at{i}", ((symbol, sure),))) for i, symbol in enumerate(text)]
    centers = tuple((i + 0.5) / len(text) for i in range(len(text)))
    return RawText(tuple(characters), centers, frozenset(breaks))


@pytest.fixture(name="spell")
def _spell() -> Spelled:
    return spell
