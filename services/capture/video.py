"""Frames of PyAV as pixels."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame

from services.capture.sources.contracts import Image


def upright(frame: VideoFrame) -> Image:
    """The frame's pixels as a player shows them: telephones film lying on their side and only say so."""
    image = frame.to_ndarray(format="bgr24")
    turns = round(frame.rotation / 90) % 4
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image  # type: ignore[return-value]
