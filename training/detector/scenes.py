"""Makes a training picture: photos with their plates painted anew, further plates and lettering put in, seen anew."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from training.detector.painting import letter, paint, quad_in_space
from training.detector.photometry import disturb
from training.detector.sources import Corners, Picture, Scene

Rng = np.random.Generator
Floats = NDArray[np.float32]
MOSAIC, MIRRORED, REPAINTED, EMPTY = 0.3, 0.3, 0.4, 0.08
"""Shares of the pictures or plates."""
LEAST_WIDTH, LEAST_HEIGHT = 9.0, 4.0
"""A plate that is smaller in the training picture is not asked for."""
LEAST_VISIBLE = 0.6


class SceneMaker:
    """Scene number `index` is the same whenever it is asked for.

    Args:
        photos: with their labelled plates, set by set; each set is drawn from equally often.
        plates: pictures of plates, edge to edge, to paint with.
        seed: of everything random.
    """

    def __init__(self, photos: list[list[Scene]], plates: list[Picture], seed: int) -> None:
        self._photos, self._plates, self._seed = photos, plates, seed

    def make(self, index: int, size: int) -> Scene:
        """A square picture of `size` pixels a side."""
        rng = np.random.default_rng((self._seed, index))
        scene = self._mosaic(rng, size) if rng.random() < MOSAIC else self._single(rng, size, size)
        return replace(scene, picture=disturb(scene.picture, rng))

    def _mosaic(self, rng: Rng, size: int) -> Scene:
        """Four pictures around a point: small plates, hard edges, strange neighbours."""
        x, y = (int(size * rng.uniform(0.35, 0.65)) for _ in range(2))
        canvas = np.empty((size, size, 3), np.uint8)
        corners, cornered = [], []
        for left, top, right, bottom in ((0, 0, x, y), (x, 0, size, y), (0, y, x, size), (x, y, size, size)):
            part = self._single(rng, right - left, bottom - top)
            canvas[top:bottom, left:right] = part.picture
            corners.append(part.corners + np.array([left, top], np.float32))
            cornered.append(part.cornered)
        return Scene(canvas, np.concatenate(corners), np.concatenate(cornered))

    def _single(self, rng: Rng, width: int, height: int) -> Scene:
        photos = self._photos[int(rng.integers(len(self._photos)))]
        photo = photos[int(rng.integers(len(photos)))]
        scene = _seen_anew(photo, rng, width, height)
        scene = self._repainted(scene, rng)
        for _ in range(int(rng.choice(4, p=(0.5, 0.3, 0.15, 0.05)))):
            scene = self._with_another(scene, rng)
        if rng.random() < 0.35:
            letter(scene.picture, scene.corners, rng)
        return scene

    def _repainted(self, scene: Scene, rng: Rng) -> Scene:
        corners, cornered = scene.corners.copy(), scene.cornered.copy()
        for i, quad in enumerate(corners):
            if rng.random() < REPAINTED and np.linalg.norm(quad[1] - quad[0]) > LEAST_WIDTH:
                paint(scene.picture, quad, self._plate_like(quad, rng), rng, like_before=True)
                cornered[i] = True
        return Scene(scene.picture, corners, cornered)

    def _with_another(self, scene: Scene, rng: Rng) -> Scene:
        height, width = scene.picture.shape[:2]
        plate = self._plates[int(rng.integers(len(self._plates)))]
        quad = quad_in_space(plate.shape[1] / plate.shape[0], rng, width, height)
        if _touches(quad, scene.corners) or not _fits(quad, width, height):
            return scene
        paint(scene.picture, quad, plate, rng, like_before=False)
        return Scene(scene.picture, np.concatenate((scene.corners, quad[None])), np.append(scene.cornered, True))

    def _plate_like(self, quad: Floats, rng: Rng) -> Picture:
        """Of five plates the one whose shape is most like the quadrilateral's."""
        aspect = np.linalg.norm(quad[1] - quad[0]) / max(1.0, float(np.linalg.norm(quad[3] - quad[0])))
        few = [self._plates[i] for i in rng.integers(len(self._plates), size=5)]
        return min(few, key=lambda plate: abs(np.log(plate.shape[1] / plate.shape[0] / aspect)))


def _seen_anew(photo: Scene, rng: Rng, width: int, height: int) -> Scene:
    """The photo from elsewhere: another distance, tilt, stretch and side."""
    picture, corners = photo.picture, photo.corners.copy()
    if rng.random() < MIRRORED:
        picture, corners = _mirrored(picture, corners)
    aim, scale = _aim(corners, picture, rng, min(width, height))
    while scale < 0.5:
        picture = cv2.pyrDown(picture).astype(np.uint8, copy=False)
        corners, aim, scale = corners / np.float32(2), aim / np.float32(2), scale * 2
    warp = _warp(aim, scale, rng, (width, height), (picture.shape[1], picture.shape[0]))
    border = rng.integers(0, 256, 3).tolist()
    seen = cv2.warpPerspective(picture, warp, (width, height), flags=cv2.INTER_LINEAR, borderValue=border)
    moved = cv2.perspectiveTransform(corners.reshape(-1, 1, 2), warp).reshape(-1, 4, 2) if len(corners) else corners
    return _visible(Scene(seen.astype(np.uint8, copy=False), moved.astype(np.float32), photo.cornered))


def _aim(corners: Corners, picture: Picture, rng: Rng, side: int) -> tuple[Floats, float]:
    """The point of the photo that the new picture is made around, and its scale there."""
    height, width = picture.shape[:2]
    if not len(corners) or rng.random() < EMPTY:
        return np.array([rng.uniform(0, width), rng.uniform(0, height)], np.float32), side / height * rng.uniform(
            0.8, 2
        )
    quad = corners[int(rng.integers(len(corners)))]
    now = max(1.0, float(np.linalg.norm(quad[1] - quad[0])))
    wanted = np.exp(rng.uniform(np.log(16), np.log(0.65 * side)))
    fitting = max(side / width, side / height)
    # Enlarged too much there is nothing to see; made smaller than the whole photo there is only border.
    return quad.mean(0), float(np.clip(wanted / now, 0.85 * fitting, max(2.5, fitting)))


def _place(before: Floats, behind: Floats, rng: Rng, room: NDArray[np.int64]) -> NDArray[np.float64]:
    """Where in the new picture the aim comes to lie; mostly so that the photo reaches to all sides where it can."""
    low, high = 0.08 * room, 0.92 * room
    if rng.random() < 0.8:
        covering_low, covering_high = np.maximum(low, room - behind), np.minimum(high, before)
        can = covering_low < covering_high
        low, high = np.where(can, covering_low, low), np.where(can, covering_high, high)
    return rng.uniform(low, high)


def _warp(
    aim: Floats, scale: float, rng: Rng, size: tuple[int, int], photo_size: tuple[int, int]
) -> NDArray[np.float64]:
    """The homography from the photo to the new picture; sizes are (width, height)."""
    width, height = size
    angle = np.radians(rng.uniform(-30, 30) if rng.random() < 0.12 else rng.normal(0, 3.5))
    stretch = np.exp(rng.uniform(-0.2, 0.2))
    shear = rng.normal(0, 0.06)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    linear = turn @ np.array([[stretch, shear], [0, 1 / stretch]]) * scale
    place = _place(aim * scale, (np.array(photo_size) - aim) * scale, rng, np.array([width, height]))
    warp = np.eye(3)
    warp[:2, :2], warp[:2, 2] = linear, place - linear @ aim
    bend = np.eye(3)
    bend[2, :2] = rng.normal(0, 0.12, 2) / (width, height)
    back, forth = np.eye(3), np.eye(3)
    back[:2, 2], forth[:2, 2] = -place, place
    return np.asarray(forth @ bend @ back @ warp)


def _visible(scene: Scene) -> Scene:
    """Keeps the plates that can be seen, and wipes out the ones that can be seen in part."""
    height, width = scene.picture.shape[:2]
    kept = []
    for i, quad in enumerate(scene.corners):
        inside = np.clip(quad, 0, (width, height)).astype(np.float32)
        share = cv2.contourArea(inside) / max(1e-3, cv2.contourArea(quad))
        low, high = inside.min(0), inside.max(0)
        if share >= LEAST_VISIBLE and high[0] - low[0] >= LEAST_WIDTH and high[1] - low[1] >= LEAST_HEIGHT:
            kept.append(i)
        elif share > 0.02:
            colour = scene.picture[int(min(low[1], height - 1)), int(min(low[0], width - 1))].tolist()
            cv2.fillConvexPoly(scene.picture, quad.astype(np.int32), colour)
    return Scene(scene.picture, scene.corners[kept].reshape(-1, 4, 2), scene.cornered[kept])


def _mirrored(picture: Picture, corners: Corners) -> tuple[Picture, Corners]:
    flipped = corners[:, [1, 0, 3, 2]].copy()
    flipped[..., 0] = picture.shape[1] - flipped[..., 0]
    return np.ascontiguousarray(picture[:, ::-1]), flipped


def _touches(quad: Floats, others: Corners) -> bool:
    low, high = quad.min(0) - 4, quad.max(0) + 4
    return any((low < other.max(0)).all() and (high > other.min(0)).all() for other in others)


def _fits(quad: Floats, width: int, height: int) -> bool:
    inside = (quad >= 0).all() and (quad <= (width, height)).all()
    return bool(inside and np.ptp(quad[:, 0]) >= LEAST_WIDTH and np.ptp(quad[:, 1]) >= LEAST_HEIGHT)
