"""The weights of our own networks, with a card beside each; nothing here is ever downloaded."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
DETECTOR, READER = FOLDER / "plate-detector.onnx", FOLDER / "plate-reader.onnx"
VERSION_DIGITS = 16


@dataclass(frozen=True)
class Weights:
    """A network as its card and its file tell of it.

    Attributes:
        words: the card's first paragraph.
        sha256: of the file; its first digits are the version.
    """

    name: str
    words: str
    licence: str
    sha256: str
    size: int

    @property
    def version(self) -> str:
        return self.sha256[:VERSION_DIGITS]


def weights(file: Path) -> Weights:
    """Of one file with its card. Raises ValueError for a card that tells no licence."""
    card = file.with_suffix(".md").read_text()
    licence = re.search(r"^\| licence \| ([\w.-]+)", card, re.MULTILINE)
    if licence is None:
        raise ValueError(f"The card of {file.name} tells no licence")
    content = file.read_bytes()
    words = " ".join(card.split("\n\n")[1].replace("`", "").split())
    return Weights(file.name, words, licence[1], hashlib.sha256(content).hexdigest(), len(content))


def all_weights() -> list[Weights]:
    """By name."""
    return [weights(file) for file in sorted(FOLDER.glob("*.onnx"))]
