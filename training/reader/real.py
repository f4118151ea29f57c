"""Real labelled crops of the training folders, split so that no video or picture is on both sides."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.read.ctc import SYMBOLS
from shared.plates import normalise
from training.reader.appearance import to_grey
from training.reader.views import HEIGHT, WIDTH, Field, Sample, photographed

MARGIN = 0.5
"""How much of the surroundings is kept, as a share of the plate's height."""
LETTER_SHARE = 0.65
PLAIN_MARGIN = 0.04
HELD_OUT_VIDEOS = frozenset({"dayride_type1_002.mp4", "dayride_type1_003.mp4"})
"""Of four; no vehicle of theirs is in another."""
_TWO_ROWS = frozenset(
    {
        "3e2306f2cf4b2c67_jpg.rf.0ecdd619e71bd71e2b12f742672c5229.jpg",
        "621837d55c229864_jpg.rf.fce67724dbce8d9e18ee66ea428c333d.jpg",
    }
)
"""Photos of openimages350 whose plate stands in two rows, which this reader never sees at once."""
BACKGROUND = "background"
PHOTO_SIDE = 416
"""Of openimages350, in pixels."""
SETS = ("robertlucian", "openimages350", "cn_crops")


@dataclass(frozen=True)
class Crop:
    """A labelled plate with its surroundings.

    Attributes:
        origin: folder it came from.
        held_out: never trained on.
        image: BGR pixels, shape (h, w, 3).
        plate: left, top, right, bottom in it.
        text: one row, A-Z and 0-9.
    """

    origin: str
    held_out: bool
    image: NDArray[np.uint8]
    plate: tuple[float, float, float, float]
    text: str


@dataclass(frozen=True)
class _Label:
    file: str
    box: tuple[float, float, float, float]
    text: str
    held_out: bool


def load_crops(data: Path) -> list[Crop]:
    """All crops with a text under `data`/train, and pieces of the photos without a plate, whose text is empty."""
    crops = []
    for origin in SETS:
        labels = _labels(data / "train" / origin)
        usable = [label for label in labels if label.file not in _TWO_ROWS and _readable(label.text)]
        crops += [crop for label in usable if (crop := _crop(data / "train" / origin, label, origin))]
    return crops + _backgrounds(data / "train" / "openimages350")


def real_view(crop: Crop, rng: np.random.Generator) -> Sample:
    """A photo of a photo: jitter and mild wear on top of what is there."""
    left, top, right, bottom = crop.plate
    height = (bottom - top) * LETTER_SHARE
    inset = 0.02 * (bottom - top)
    letters = (left + inset, top + 3 * inset, right - inset, bottom - 3 * inset)
    field = Field(to_grey(crop.image, rng), crop.plate, letters, height)
    pixels = height * float(rng.uniform(0.55, 1.0)) if height > 14 else height
    return Sample(photographed(field, rng, pixels, float(rng.uniform(0.1, 0.5))), crop.text)


def plain_view(crop: Crop) -> Sample:
    """The crop as a good detector gives it, for measuring."""
    left, top, right, bottom = crop.plate
    more = PLAIN_MARGIN * (bottom - top)
    x0, y0, x1, y1 = (round(max(0.0, v)) for v in (left - more, top - more, right + more, bottom + more))
    grey = cv2.cvtColor(crop.image, cv2.COLOR_BGR2GRAY)[y0:y1, x0:x1]
    how = cv2.INTER_AREA if grey.shape[0] > HEIGHT else cv2.INTER_LINEAR
    return Sample(cv2.resize(grey, (WIDTH, HEIGHT), interpolation=how).astype(np.uint8, copy=False), crop.text)


def _readable(text: str) -> bool:
    return bool(text) and set(text) <= set(SYMBOLS)


def _labels(folder: Path) -> list[_Label]:
    """The folder's labels with the side of the split each is on."""
    lines = [json.loads(line) for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines()]
    found = []
    for index, line in enumerate(lines):
        if "video" in line:
            held_out = line["video"] in HELD_OUT_VIDEOS
        else:
            held_out = index % (4 if folder.name == "openimages350" else 5) == 0
        for plate in line["plates"]:
            box = plate["box"] or (0, 0, line["width"], line["height"])
            text = normalise(plate["text"] or "")
            text = text[1:] if folder.name == "cn_crops" else text
            found.append(_Label(line["file"], tuple(box), text, held_out))
    return found


def _backgrounds(folder: Path) -> list[Crop]:
    """Pieces of the shape of plates that touch none: what a false find gives."""
    rng = np.random.default_rng(0)
    taken: dict[str, list[_Label]] = {}
    for label in _labels(folder):
        taken.setdefault(label.file, []).append(label)
    pieces = [piece for file, labels in taken.items() if not labels[0].held_out for piece in _free(file, labels, rng)]
    return [crop for piece in pieces if (crop := _crop(folder, piece, BACKGROUND))]


def _free(file: str, labels: list[_Label], rng: np.random.Generator) -> list[_Label]:
    pieces = []
    for _ in range(6):
        height = float(rng.uniform(12, 60))
        width = height * float(rng.uniform(1.5, 5))
        x, y = float(rng.uniform(0, max(1, PHOTO_SIDE - width))), float(rng.uniform(0, PHOTO_SIDE - height))
        if all(_apart((x, y, width, height), label.box) for label in labels):
            pieces.append(_Label(file, (x, y, width, height), "", False))
    return pieces[:2]


def _apart(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] > b[0] + b[2] or b[0] > a[0] + a[2] or a[1] > b[1] + b[3] or b[1] > a[1] + a[3]


def _crop(folder: Path, label: _Label, origin: str) -> Crop | None:
    image = cv2.imread(str(folder / label.file))
    x, y, width, height = label.box
    if image is None or height < 8 or width < 16:
        return None
    pad = round(MARGIN * height)
    padded = cv2.copyMakeBorder(image, pad, pad, pad, pad, cv2.BORDER_REPLICATE)
    x0, y0 = round(x), round(y)
    patch = padded[y0 : y0 + round(height) + 2 * pad, x0 : x0 + round(width) + 2 * pad].astype(np.uint8)
    plate = (float(pad), float(pad), float(pad + width), float(pad + height))
    return Crop(origin, label.held_out, patch.copy(), plate, label.text)
