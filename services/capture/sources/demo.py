"""The road scene that Platewire draws itself, as a live camera."""

from __future__ import annotations

from services.capture.demo.scene import Scene
from services.capture.sources.contracts import Opening, Picture, Pictures
from shared.cameras import DemoSource
from shared.clock import now


def open_source(source: DemoSource, opening: Opening) -> Pictures:
    """`rate` pictures a second; what they show depends on the wall clock, so a restart changes nothing."""
    scene = Scene(source.seed)
    tick = int(now().timestamp() * opening.rate)
    index = 0
    while not opening.wait(max(0.0, tick / opening.rate - now().timestamp())):
        at = now()
        image = scene.frame(at.timestamp(), clock=f"{at:%Y-%m-%d %H:%M:%S} UTC")
        opening.notes.alive()
        opening.notes.arrived()
        yield Picture(at, index, image.shape[1], image.shape[0], image=image)
        index += 1
        tick = max(tick + 1, int(now().timestamp() * opening.rate))
