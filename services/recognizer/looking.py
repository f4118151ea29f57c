"""Looks at one frame the way its origin deserves: an upload closely, a camera's frame quickly, for most are empty."""

from __future__ import annotations

from dataclasses import replace

from services.recognizer.contracts import Ask
from services.recognizer.findings import Findings, Pipeline
from services.recognizer.views import of_live, of_still, whole
from shared.geometry import Box
from shared.messages import Frame, Origin
from shared.pictures import decode, shrinking, size_of


def find(pipeline: Pipeline, frame: Frame, jpeg: bytes) -> Findings:
    """The plates of a frame. Raises BadPicture."""
    ask = Ask(frame.regions, frame.countries)
    if frame.origin is Origin.UPLOAD or frame.reply_to:
        image = decode(jpeg)
        return pipeline.read(image, replace(ask, views=of_still(image.shape[1], image.shape[0])))
    width, height = size_of(jpeg)
    views = of_live(width, height, _in_pixels(frame, width, height), frame.index)
    shrink = shrinking(width, height, pipeline.glance) if views == (whole(width, height),) else 1
    if shrink == 1:
        return pipeline.read(decode(jpeg), replace(ask, views=views))
    # A shrunk frame is decoded in half the time and holds all that a first look takes in.
    places = tuple(place.enlarged(shrink) for place in pipeline.locator.locate(decode(jpeg, shrink)))
    return pipeline.read(decode(jpeg), replace(ask, places=places)) if places else Findings()


def _in_pixels(frame: Frame, width: int, height: int) -> Box | None:
    if frame.moving is None:
        return None
    left, top, right, bottom = frame.moving
    x, y = round(left * width), round(top * height)
    return Box(x=x, y=y, width=max(0, round(right * width) - x), height=max(0, round(bottom * height) - y))
