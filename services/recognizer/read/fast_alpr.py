"""Reads whole plates with fast-alpr's reader: a fixed number of slots, each one character or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from services.recognizer.contracts import Picture, RawText
from services.recognizer.onnx import Network, Numbers
from services.recognizer.read.ctc import SYMBOLS, character
from shared.errors import Invalid

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_"
EMPTY = ALPHABET.index("_")
BORDER = 114
_ORDER = [ALPHABET.index(symbol) for symbol in SYMBOLS]


class FastAlprReader:
    """A crop of a whole plate becomes its text.

    The network takes bytes of shape (1, height, width, 3) RGB or (1, height, width, 1) grey and gives the probabilities
    of ALPHABET for each slot, flat or not, as its output `plate` or its only one. A crop is stretched to the input,
    unless the file `<name>_plate_config.yaml` that is published beside the network has `keep_aspect_ratio: true`.

    Raises:
        Missing: there is no such file.
        Invalid: the network has another form.
    """

    def __init__(self, path: Path, providers: tuple[str, ...], threads: int) -> None:
        self._network = Network(path, providers, threads)
        outputs = self._network.output_shapes
        self._output = "plate" if "plate" in outputs else next(iter(outputs))
        match self._network.input_shape:
            case (_, int(height), int(width), int(channels)) if channels in {1, 3}:
                self._height, self._width, self._grey = height, width, channels == 1
            case other:
                raise Invalid(f"{path} takes {other} and is no reader of fast-alpr")
        self._keeps_aspect = _keeps_aspect(path)

    def read(self, crops: Sequence[Picture]) -> tuple[RawText, ...]:
        return tuple(_text(self._network.run(self._input(crop))[self._output]) for crop in crops)

    def _input(self, crop: Picture) -> NDArray[np.uint8]:
        fitted = self._padded(crop) if self._keeps_aspect else self._scaled(crop, self._width, self._height)
        coloured = cv2.cvtColor(fitted, cv2.COLOR_BGR2GRAY if self._grey else cv2.COLOR_BGR2RGB)
        return coloured.reshape(1, self._height, self._width, -1).astype(np.uint8, copy=False)

    def _padded(self, crop: Picture) -> Picture:
        height, width = crop.shape[:2]
        scale = min(self._height / height, self._width / width)
        wide, high = max(1, round(width * scale)), max(1, round(height * scale))
        left, top = (self._width - wide) // 2, (self._height - high) // 2
        canvas = np.full((self._height, self._width, 3), BORDER, np.uint8)
        canvas[top : top + high, left : left + wide] = self._scaled(crop, wide, high)
        return canvas

    @staticmethod
    def _scaled(crop: Picture, width: int, height: int) -> Picture:
        return cv2.resize(crop, (width, height), interpolation=cv2.INTER_LINEAR).astype(np.uint8, copy=False)


def _keeps_aspect(path: Path) -> bool:
    config = path.with_name(f"{path.stem}_plate_config.yaml")
    return config.is_file() and bool(re.search(r"(?m)^keep_aspect_ratio:\s*true\b", config.read_text("utf-8")))


def _text(output: Numbers) -> RawText:
    """The slots do not tell where a character stands, so the characters share the width evenly."""
    slots = output.reshape(-1, len(ALPHABET))
    characters = tuple(character(slot[_ORDER]) for slot in slots if slot.argmax() != EMPTY)
    centers = tuple((i + 0.5) / len(characters) for i in range(len(characters)))
    return RawText(characters, centers)
