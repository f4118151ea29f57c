from __future__ import annotations

import numpy as np

from services.recognizer.grammar.formats import countries
from training.plates.texts import MOST, TextSampler


def test_texts_are_plate_characters_in_groups_with_a_gap_between_each_two() -> None:
    sampler, rng = TextSampler(), np.random.default_rng(1)
    for _ in range(3_000):
        text = sampler.draw(rng)
        assert text.text.isascii()
        assert text.text.isalnum()
        assert text.text == text.text.upper()
        assert 2 <= len(text.text) <= MOST
        assert len(text.gaps) == len(text.groups) - 1
        assert all(text.groups)


def test_every_country_of_the_grammar_is_drawn() -> None:
    sampler, rng = TextSampler(), np.random.default_rng(2)
    drawn = {sampler.draw(rng).country for _ in range(10_000)}
    assert drawn == {"", *(country.name for country in countries())}


def test_a_format_with_one_possible_start_always_starts_so() -> None:
    sampler, rng = TextSampler(), np.random.default_rng(3)
    germans = [text for text in (sampler.draw(rng) for _ in range(4_000)) if text.country == "DEU"]
    assert germans
    assert all(text.groups[0].isalpha() and len(text.groups[0]) <= 3 for text in germans)


def test_the_same_seed_gives_the_same_texts() -> None:
    first, second = TextSampler(), TextSampler()
    a, b = np.random.default_rng(4), np.random.default_rng(4)
    assert [first.draw(a) for _ in range(50)] == [second.draw(b) for _ in range(50)]
