from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from services.capture.video import upright

ONE = 1 << 16
MATRICES = {
    "upright": (ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30),
    "a quarter": (0, ONE, 0, -ONE, 0, 0, 120 * ONE, 0, 1 << 30),
    "half": (-ONE, 0, 0, 0, -ONE, 0, 160 * ONE, 120 * ONE, 1 << 30),
    "three quarters": (0, -ONE, 0, ONE, 0, 0, 0, 160 * ONE, 1 << 30),
}


@pytest.mark.parametrize("matrix", MATRICES.values(), ids=MATRICES)
def test_a_film_that_says_how_it_lies_is_turned_as_players_turn_it(tmp_path: Path, matrix: tuple[int, ...]) -> None:
    path = tmp_path / "film.mp4"
    image = np.zeros((120, 160, 3), np.uint8)
    image[:40, :40] = 255
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=12)
        video.width, video.height, video.pix_fmt = 160, 120, "yuv420p"
        frame = av.VideoFrame.from_ndarray(image, format="bgr24")
        frame.pts, frame.time_base = 0, Fraction(1, 12)
        container.mux(video.encode(frame))
        container.mux(video.encode())
    data = bytearray(path.read_bytes())
    # ISO 14496-12, 8.3.2: the matrix stands 40 bytes behind the track header's version.
    place = data.index(b"tkhd") + 4 + 40
    data[place : place + 36] = struct.pack(">9i", *matrix)
    path.write_bytes(data)

    with av.open(str(path)) as container:
        shown = upright(next(container.decode(video=0)))
    player = cv2.VideoCapture(str(path))
    done, expected = player.read()
    player.release()
    assert done
    assert shown.shape == expected.shape
    assert np.abs(shown.astype(int) - expected).mean() < 2
