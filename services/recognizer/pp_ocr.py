"""Finds the PP-OCRv6 networks in the `rapidocr` wheel, which is installed for these files and never imported."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Literal

from shared.errors import Missing

Kind = Literal["det", "rec"]


def model_file(kind: Kind) -> Path:
    """The ONNX file that finds lines of text (`det`) or reads one (`rec`).

    Raises:
        Missing: the wheel is not installed or ships other files.
    """
    name = f"PP-OCRv6_{kind}_small.onnx"
    try:
        wheel = distribution("rapidocr")
    except PackageNotFoundError:
        raise Missing("installed package with the model", f"{name}: install requirements/models.lock") from None
    path = Path(str(wheel.locate_file(f"rapidocr/models/{name}")))
    if not path.is_file():
        raise Missing("model file", path)
    return path


def columns(characters: str) -> list[str]:
    """What each output column of the reading network stands for, from its metadata key `character`.

    PaddleOCR puts the blank before the list and a space behind it.
    """
    return ["", *characters.splitlines(), " "]
