"""Vehicles as a recognizer would tell of them, for benchmarks that begin behind it."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from uuid import UUID

import cv2
import numpy as np

from shared.geometry import Box
from shared.media import MediaStore
from shared.messages import Character, FrameReads, Origin, Read

LETTERS, DIGITS = "ABCEHIKMOPTX", "0123456789"
CAMERAS = 40
"""As in a city: each sees a vehicle every two seconds, and no two plates of a camera look alike."""


def all_plates(count: int) -> list[str]:
    """All different, and none like those that its camera saw last, or the reactor would take it for a misread."""
    chance, plates = random.Random(1), list[str]()
    while len(plates) < count:
        made = "".join(chance.choice(LETTERS if place in (0, 1, 6, 7) else DIGITS) for place in range(8))
        before = plates[-CAMERAS::-CAMERAS][:10]
        if made not in plates and all(sum(map(str.__eq__, made, other)) <= 2 for other in before):
            plates.append(made)
    return plates


def store_pictures(media: MediaStore) -> tuple[str, str]:
    """Keys of a full frame and a crop that all vehicles share; noise, so that they are as large as real ones."""
    chance = np.random.default_rng(1)
    made = []
    for stem, shape, suffix in (("frame", (720, 1280, 3), "jpg"), ("crop", (48, 200, 3), "png")):
        picture = cv2.GaussianBlur(chance.integers(0, 255, shape, dtype=np.uint8), (9, 9), 0)
        _done, data = cv2.imencode(f".{suffix}", picture)
        made.append(media.put(data.tobytes(), f"bench-{stem}", datetime.now(UTC), suffix))
    return made[0], made[1]


def one_read(camera: UUID, plate: str, index: int, keys: tuple[str, str]) -> FrameReads:
    frame_key, crop_key = keys
    read = Read(
        text=plate,
        raw=plate,
        confidence=0.97,
        characters=tuple(Character(options=((letter, 0.97),)) for letter in plate),
        box=Box(x=500, y=300, width=120, height=30),
        sharpness=100.0,
        crop_key=crop_key,
    )
    return FrameReads(
        frame_id=f"{camera.hex[:8]}-{index}",
        camera_id=camera,
        captured_at=datetime.now(UTC),
        origin=Origin.LIVE,
        index=index,
        width=1280,
        height=720,
        frame_key=frame_key,
        reads=(read,),
    )
