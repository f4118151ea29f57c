"""The labelled photos and the rendered plates that scenes are made of, kept in memory."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Corners = NDArray[np.float32]
"""(plates, 4, 2) in pixels, clockwise from the upper left corner as it is read."""

PHOTO_SETS = ("openimages350", "robertlucian")
HELD_OUT_SHARE = 0.12
LEAST_CROP_WIDTH = 56
"""A real plate narrower than this is no use as a picture of a plate."""


@dataclass(frozen=True)
class Scene:
    """A picture with its plates; where `cornered` is False the corners are those of an upright box."""

    picture: Picture
    corners: Corners
    cornered: NDArray[np.bool_]


def load(data: Path, estimates: Path | None, *, held_out: bool) -> list[list[Scene]]:
    """All photos of `train/`, or those that training never sees, set by set.

    Args:
        data: the folder with `train/`.
        estimates: what `corners` wrote; without it no real plate has known corners.
        held_out: which part. Photos of one video, and copies of one source, always fall into the same part.
    """
    known = _estimates(estimates) if estimates else {}
    return [list(_folder(data / "train" / name, known, held_out)) for name in PHOTO_SETS]


def _estimates(file: Path) -> dict[tuple[str, str], list[list[float]]]:
    found = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        found[row["file"], json.dumps(row["box"])] = row["corners"]
    return found


def _folder(folder: Path, known: dict[tuple[str, str], list[list[float]]], held_out: bool) -> Iterator[Scene]:
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if _is_held_out(label) != held_out:
            continue
        picture = cv2.imread(str(folder / label["file"]))
        if picture is None:
            raise FileNotFoundError(folder / label["file"])
        boxes = [plate["box"] for plate in label["plates"] if plate["box"]]
        keys = [(label["file"], json.dumps(box)) for box in boxes]
        quads = [known.get(key) or _upright(box) for key, box in zip(keys, boxes, strict=True)]
        yield Scene(
            picture.astype(np.uint8, copy=False),
            np.array(quads, np.float32).reshape(-1, 4, 2),
            np.array([key in known for key in keys], bool),
        )


def _is_held_out(label: dict[str, Any]) -> bool:
    origin = str(label.get("video") or label.get("source") or label["file"])
    return zlib.crc32(origin.encode()) % 100 < HELD_OUT_SHARE * 100


def _upright(box: list[float]) -> list[list[float]]:
    x, y, width, height = box
    return [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]


def real_plates(scenes: list[Scene]) -> list[Picture]:
    """Straightened real plates with known corners."""
    found = []
    for scene in scenes:
        for quad, cornered in zip(scene.corners, scene.cornered, strict=True):
            width, height = np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[3] - quad[0])
            if cornered and width >= LEAST_CROP_WIDTH and height > 12:
                size = (round(float(width)), round(float(height)))
                found.append(straightened(scene.picture, quad, size))
    return found


def straightened(picture: Picture, quad: NDArray[np.float32], size: tuple[int, int]) -> Picture:
    """The quadrilateral as an upright picture of (width, height)."""
    width, height = size
    target = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    warp = cv2.getPerspectiveTransform(quad, target)
    return cv2.warpPerspective(picture, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(
        np.uint8, copy=False
    )
