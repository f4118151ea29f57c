"""The real engines read a plate that the test draws, without any network, and agree on what they see."""

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

from services.recognizer.contracts import Ask, Picture
from services.recognizer.engines import build
from services.recognizer.findings import Pipeline
from services.recognizer.rectify import straighten
from shared.errors import Missing
from shared.geometry import Box, Quad

PLATE = Box(x=240, y=260, width=190, height=42)


def no_network(*_: object) -> NoReturn:
    raise AssertionError("the engine asks for the network")


@pytest.fixture(scope="module", name="engines")
def _engines() -> dict[str, Pipeline]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", no_network)
        patch.setattr(socket, "getaddrinfo", no_network)
        return {name: build(name, "cpu", threads=1) for name in ("ppocr", "paddle")}


@pytest.fixture(name="pipeline", params=["ppocr", "paddle"])
def _pipeline(engines: dict[str, Pipeline], request: pytest.FixtureRequest) -> Pipeline:
    return engines[request.param]


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
@pytest.mark.parametrize(("text", "country"), [("RK 903UL", "SVK"), ("98-XKD-3", "NLD"), ("AB12 CDE", "GBR")])
def test_a_drawn_plate_is_read_where_it_stands(pipeline: Pipeline, text: str, country: str) -> None:
    plates = pipeline.read(drawn(text), Ask(countries=(country,))).plates
    assert [(p.text, p.settled.country) for p in plates] == [(text.replace(" ", "").replace("-", ""), country)]
    assert plates[0].box.iou(PLATE) > 0.5
    assert plates[0].settled.confidence > 0.8
    assert all(0 <= p <= 1 for c in plates[0].settled.characters for _, p in c.options)


@pytest.mark.slow
def test_a_picture_without_text_has_no_plates(pipeline: Pipeline) -> None:
    assert pipeline.read(np.full((480, 640, 3), 127, np.uint8)).plates == ()


@pytest.mark.slow
@pytest.mark.parametrize("shape", [(20, 20, 3), (40, 1500, 3), (1500, 40, 3)])
def test_pictures_of_odd_shapes_do_no_harm(pipeline: Pipeline, shape: tuple[int, int, int]) -> None:
    assert pipeline.read(np.zeros(shape, np.uint8)).plates == ()


@pytest.mark.slow
@pytest.mark.parametrize("angle", [-20, 0, 12])
def test_both_engines_find_the_same_lines_and_read_them_alike(engines: dict[str, Pipeline], angle: float) -> None:
    turn = cv2.getRotationMatrix2D((320, 240), angle, 1.0)
    scene = cv2.warpAffine(drawn("RK 903UL"), turn, (640, 480)).astype(np.uint8, copy=False)
    ours, theirs = (sorted(p.corners.corners for p in engines[e].locator.locate(scene)) for e in ("ppocr", "paddle"))
    assert len(ours) == len(theirs) > 0
    assert np.abs(np.array(ours) - np.array(theirs)).max() <= 3
    crops = [straighten(scene, Quad(corners=corners)) for corners in theirs]
    assert engines["ppocr"].reader.read(crops) == engines["paddle"].reader.read(crops)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["ppocr", "paddle"])
def test_a_fresh_process_writes_nothing_into_the_home_folder_and_says_nothing(tmp_path: Path, engine: str) -> None:
    """ONNX Runtime's telemetry shows itself by its files there; it stays off under CI anyway, so CI is taken away."""
    home = tmp_path / "home"
    home.mkdir()
    environment = {key: value for key, value in os.environ.items() if key not in {"CI", "ORT_DISABLE_TELEMETRY"}}
    done = subprocess.run(
        [sys.executable, "-c", f"from services.recognizer.engines import build; build('{engine}', 'cpu')"],
        env={**environment, "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("", "")
    assert list(home.rglob("*")) == []


def test_an_engine_whose_package_is_not_installed_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "paddleocr", None)
    with pytest.raises(Missing, match="make install-paddle"):
        build("paddle", "cpu")
