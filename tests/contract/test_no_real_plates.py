"""Plates are personal data: none of those in the labelled pictures stands in the repository, not even misspelled."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.plates import normalise, skeleton

ROOT = Path(__file__).parents[2]
LABELS = sorted((ROOT.parent / "shared" / "data").glob("*/*/labels.jsonl"))
EXEMPT = ("docs/benchmark.md",)
"""The misses of a public benchmark, which are its figures."""
SHORTEST, MOST_PARTS = 4, 4
WORDS = re.compile(r"[^\W_]+(?:[ .·–-][^\W_]+)*")
PART = re.compile(r"[^\W_]+")


def skeletons(plate: str) -> set[str]:
    """Of the whole plate and of its Latin letters and digits alone: a province's sign is easily left out."""
    normal = normalise(plate)
    return {skeleton(form) for form in (normal, re.sub("[^A-Z0-9]", "", normal)) if len(form) >= SHORTEST}


def spelled(text: str) -> Iterator[str]:
    """What may be a plate: a word, or up to four that only a space, dot or dash parts; without digits in capitals."""
    for words in WORDS.findall(text):
        parts = PART.findall(words)
        for start in range(len(parts)):
            for end in range(start + 1, min(start + MOST_PARTS, len(parts)) + 1):
                word = "".join(parts[start:end])
                if word.isupper() or not word.isalpha():
                    yield word


@pytest.fixture(scope="module")
def real() -> frozenset[str]:
    """Skeletons of all labelled plates, so that O for 0 or a Cyrillic letter hides none."""
    if not LABELS:
        pytest.skip("the folder of labelled pictures (../shared/data) is not beside this checkout")
    lines = [json.loads(line) for file in LABELS for line in file.read_text(encoding="utf-8").splitlines()]
    return frozenset(form for line in lines for plate in line["plates"] for form in skeletons(plate["text"] or ""))


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """Each tracked text file by its name."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no checkout, so nothing tells which files are tracked")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60)
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if (ROOT / name).is_file()]
    contents = {str(file.relative_to(ROOT)): file.read_bytes() for file in files}
    return {name: content.decode(errors="replace") for name, content in contents.items() if b"\0" not in content}


@pytest.mark.data
def test_no_tracked_file_spells_a_real_plate(real: frozenset[str], texts: dict[str, str]) -> None:
    found = {
        name: sorted(plates)
        for name, text in texts.items()
        if not name.startswith(EXEMPT) and (plates := {word for word in spelled(text) if skeletons(word) & real})
    }
    assert found == {}


@pytest.mark.parametrize("text", ["`OX04YKU`", "(OX04YKU,", "OX04 YKU", "OX-04·YKU", "OX 04.Y-KU", "A1 OX04 YKU"])
def test_a_plate_is_noticed_however_it_is_parted(text: str) -> None:
    assert "OX04YKU" in set(spelled(text))


def test_a_plate_is_noticed_by_its_look_alikes_and_without_its_province() -> None:
    assert skeletons("0XO4YKU") == skeletons("\N{CYRILLIC CAPITAL LETTER O}X04YKU") == skeletons("OX04YKU")
    assert skeletons("粤OX04YKU") > skeletons("OX04YKU")


def test_a_word_in_small_letters_is_no_plate() -> None:
    assert set(spelled("Grelik, grelik, GRELIK, gr04")) == {"GRELIK", "gr04"}
