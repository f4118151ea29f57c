"""The real engine reads a plate that the test draws, without any network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

import cv2
import numpy as np
import pytest

from services.recognizer.contracts import Picture
from services.recognizer.engines import build
from services.recognizer.pipeline import Pipeline
from shared.geometry import Box

PLATE = Box(x=240, y=260, width=190, height=42)


def no_network(*_: object) -> NoReturn:
    raise AssertionError("the engine asks for the network")


@pytest.fixture(scope="module", name="pipeline")
def _pipeline() -> Pipeline:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", no_network)
        patch.setattr(socket, "getaddrinfo", no_network)
        return build("paddle", "cpu", threads=1)


def drawn(text: str) -> Picture:
    """A dark car's rear with one bright plate."""
    scene = np.full((480, 640, 3), 60, np.uint8)
    cv2.rectangle(scene, (140, 160), (530, 380), (90, 60, 50), -1)
    right, bottom = PLATE.x + PLATE.width, PLATE.y + PLATE.height
    cv2.rectangle(scene, (PLATE.x, PLATE.y), (right, bottom), (235, 235, 235), -1)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 3)
    origin = PLATE.x + (PLATE.width - width) // 2, PLATE.y + (PLATE.height + height) // 2
    cv2.putText(scene, text, origin, cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3, cv2.LINE_AA)
    return scene


@pytest.mark.slow
@pytest.mark.parametrize(("text", "country"), [("RK 708AL", "SVK"), ("98-THD-4", "NLD"), ("AB12 CDE", "GBR")])
def test_a_drawn_plate_is_read_where_it_stands(pipeline: Pipeline, text: str, country: str) -> None:
    plates = pipeline.read(drawn(text), countries=(country,))
    assert [(p.text, p.country) for p in plates] == [(text.replace(" ", "").replace("-", ""), country)]
    assert plates[0].box.iou(PLATE) > 0.5
    assert plates[0].confidence > 0.8
    assert all(0 <= p <= 1 for c in plates[0].characters for _, p in c.options)


@pytest.mark.slow
def test_a_picture_without_text_has_no_plates(pipeline: Pipeline) -> None:
    assert pipeline.read(np.full((480, 640, 3), 127, np.uint8)) == ()


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(20, 20, 3), (40, 1500, 3), (1500, 40, 3)])
def test_pictures_of_odd_shapes_do_no_harm(pipeline: Pipeline, shape: tuple[int, int, int]) -> None:
    assert pipeline.read(np.zeros(shape, np.uint8)) == ()


@pytest.mark.slow
def test_a_fresh_process_writes_nothing_into_the_home_folder_and_says_nothing(tmp_path: Path) -> None:
    """ONNX Runtime's telemetry shows itself by its files there; it stays off under CI anyway, so CI is taken away."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    done = subprocess.run(
        [sys.executable, "-c", "from services.recognizer.engines import build; build('paddle', 'cpu')"],
        env={**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert list(home.rglob("*")) == []
