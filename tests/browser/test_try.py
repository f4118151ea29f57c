"""Trying a photo or a clip: what would be read and why, without storing anything."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import cv2
import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.conftest import Opener
from tests.browser.passages import road
from tests.e2e.running_site import RunningSite

SLOW_MS = 60_000
DROP = """([name, type, data]) => {
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], name, { type }));
  for (const kind of ["dragover", "drop"])
    document.body.dispatchEvent(
      new DragEvent(kind, { dataTransfer: files, bubbles: true, cancelable: true }),
    );
}"""


def drop(page: Page, name: str, kind: str, data: bytes) -> None:
    page.evaluate(DROP, [name, kind, base64.b64encode(data).decode()])


def a_clip(path: Path) -> Path:
    """A second of the drawn road as a WebM, which every browser plays."""
    image = cv2.imdecode(np.frombuffer(road(), np.uint8), cv2.IMREAD_COLOR).astype(np.uint8)
    with av.open(str(path), "w") as container:
        video = container.add_stream("libvpx", rate=10)
        video.width, video.height, video.pix_fmt = image.shape[1], image.shape[0], "yuv420p"
        video.bit_rate = 4_000_000
        for _ in range(10):
            for packet in video.encode(av.VideoFrame.from_ndarray(image, format="bgr24")):
                container.mux(packet)
        for packet in video.encode():
            container.mux(packet)
    return path


def test_a_picture_is_tried_and_a_broken_one_is_said_to_be(
    open_page: Opener, running: RunningSite, tmp_path: Path
) -> None:
    picture, broken = tmp_path / "road.jpg", tmp_path / "broken.jpg"
    picture.write_bytes(road())
    broken.write_bytes(b"no picture at all")
    before = len(running.get("/events")["events"])
    page = open_page("/try")
    chooser = page.get_by_label("Choose a photo or a clip")
    chooser.set_input_files(picture)
    expect(page.get_by_text("road.jpg:")).to_be_visible(timeout=SLOW_MS)
    expect(page.get_by_text("px wide")).to_be_visible()
    chooser.set_input_files(broken)
    expect(page.get_by_role("alert")).to_be_visible()
    assert len(running.get("/events")["events"]) == before


def test_a_photo_dropped_on_any_page_is_tried_and_other_files_are_refused(open_page: Opener) -> None:
    page = open_page("/health")
    expect(page.get_by_role("heading").first).to_be_visible()
    drop(page, "notes.txt", "text/plain", b"hello")
    expect(page.get_by_text("Only a photo")).to_be_visible()
    drop(page, "dropped.jpg", "image/jpeg", road())
    expect(page.get_by_role("heading", name="Try it")).to_be_visible()
    expect(page.get_by_text("dropped.jpg:")).to_be_visible(timeout=SLOW_MS)


def test_of_a_clip_some_frames_are_read_and_each_plate_told_once(open_page: Opener, tmp_path: Path) -> None:
    page = open_page("/try")
    page.get_by_label("Choose a photo or a clip").set_input_files(a_clip(tmp_path / "road.webm"))
    frames = page.get_by_role("group", name="Frames of the clip").get_by_role("button")
    expect(frames).to_have_count(2, timeout=SLOW_MS)
    expect(page.get_by_text("in 2 frames")).to_have_count(1)
    frames.nth(1).click()
    expect(frames.nth(1)).to_have_attribute("aria-pressed", "true")


def test_a_viewer_who_may_not_read_pictures_is_told(open_page: Opener, running: RunningSite) -> None:
    running.post("/users", {"name": "try viewer", "role": "viewer", "password": "correct horse battery"})
    page = open_page("/try", user="try viewer", password="correct horse battery", width=390)
    expect(page.get_by_role("heading", name="You may not see this.")).to_be_visible()
    drop(page, "dropped.jpg", "image/jpeg", road())
    expect(page.get_by_text("dropped.jpg:")).to_have_count(0)
