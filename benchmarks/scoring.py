"""Compares what an engine read with what labels say; pure, so that the figures can be tested.

A label file has one JSON object a line: {"file", "plates": [{"text", "box": [x, y, width, height]}, …]}; a plate may
lack its text (unreadable) or its box.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NotRequired, TypedDict

from benchmarks.contracts import Plate
from shared.geometry import Box

OVERLAP = 0.5
_OTHER = re.compile(r"[^A-Z0-9]")


class LabelledPlate(TypedDict):
    text: NotRequired[str]
    box: NotRequired[list[int]]


class Labels(TypedDict):
    """The plates of one picture."""

    file: str
    plates: list[LabelledPlate]


class Score(TypedDict):
    """Shares of the labelled plates; None where there is nothing to compare with.

    exact: read as labelled, upper case, letters and digits only; any plate reported for the picture may match.
    folded: the same with O = 0 and I = 1, because some ground truths do not tell them apart.
    best_exact: the most confident plate of the picture is exact.
    located: a reported box overlaps the labelled one with at least half of their union.
    extra: plates reported beyond the labelled ones, a picture.
    """

    pictures: int
    plates: int
    exact: float | None
    folded: float | None
    best_exact: float | None
    located: float | None
    extra: float
    misses: list[str]


def load(folder: Path) -> list[Labels]:
    """The labels of a folder, from its labels.jsonl."""
    lines = (folder / "labels.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def score(labels: Sequence[Labels], answers: Mapping[str, Sequence[Plate]]) -> Score:
    """How well the answers, by file name, agree with the labels."""
    texts: list[tuple[bool, bool, bool]] = []
    boxes: list[bool] = []
    extra, misses = 0, []
    for picture in labels:
        plates = sorted(answers.get(picture["file"], ()), key=lambda plate: -plate["confidence"])
        extra += max(0, len(plates) - len(picture["plates"]))
        for wanted in picture["plates"]:
            if box := wanted.get("box"):
                boxes.append(any(_overlaps(box, plate["box"]) for plate in plates))
            if text := wanted.get("text"):
                texts.append(_compared(text, [plate["text"] for plate in plates]))
                if not texts[-1][0]:
                    misses.append(f"{picture['file']}: {text} read as {[plate['text'] for plate in plates][:4]}")
    exact, folded, best = zip(*texts, strict=True) if texts else ((), (), ())
    return {
        "pictures": len(labels),
        "plates": len(texts),
        "exact": _share(exact),
        "folded": _share(folded),
        "best_exact": _share(best),
        "located": _share(boxes),
        "extra": round(extra / max(1, len(labels)), 3),
        "misses": misses,
    }


def _compared(wanted: str, read: Sequence[str]) -> tuple[bool, bool, bool]:
    """Whether a text is among those read, among them with look-alikes folded, and the first of them."""
    exact = [_normal(text) for text in read]
    text = _normal(wanted)
    return text in exact, _folded(text) in map(_folded, exact), exact[:1] == [text]


def _normal(text: str) -> str:
    return _OTHER.sub("", text.upper())


def _folded(text: str) -> str:
    return text.replace("O", "0").replace("I", "1")


def _overlaps(a: Sequence[int], b: Sequence[int]) -> bool:
    return bool(b) and _box(a).iou(_box(b)) >= OVERLAP


def _box(values: Sequence[int]) -> Box:
    x, y, width, height = values
    return Box(x=x, y=y, width=width, height=height)


def _share(hits: Sequence[bool]) -> float | None:
    return round(sum(hits) / len(hits), 4) if hits else None
