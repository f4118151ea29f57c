"""Networks of fast-alpr's form are fed and understood; networks/make_fast_alpr.py made the stand-ins used here."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from services.recognizer.contracts import Picture
from services.recognizer.device import CPU
from services.recognizer.fast_alpr import DETECTOR, READER, weights
from services.recognizer.locate.fast_alpr import FastAlprLocator
from services.recognizer.read.fast_alpr import ALPHABET, FastAlprReader
from shared.errors import Invalid, Missing
from shared.geometry import Box

NETWORKS = Path(__file__).parent / "networks"
STEP, SLOTS = 7, 10


def striped(text: str, width: int = 300, height: int = 80) -> Picture:
    """A plate whose red channel spells the text to the stand-in; blue and green would spell something else."""
    plate = np.full((height, width, 3), 200, np.uint8)
    for i, symbol in enumerate(text.ljust(SLOTS, "_")):
        plate[:, round(i * width / SLOTS) : round((i + 1) * width / SLOTS), 2] = ALPHABET.index(symbol) * STEP
    return plate


@pytest.fixture(scope="module", name="reader")
def _reader() -> FastAlprReader:
    return FastAlprReader(NETWORKS / "reader.onnx", (CPU,), threads=1)


@pytest.mark.parametrize("shape", [(480, 640, 3), (640, 480, 3), (96, 96, 3), (60, 50, 3)])
def test_a_plate_is_found_where_it_stands_in_a_picture_of_any_shape(shape: tuple[int, int, int]) -> None:
    scene = np.full(shape, 40, np.uint8)
    plate = Box(x=shape[1] // 3, y=shape[0] // 2, width=shape[1] // 3, height=shape[0] // 6)
    scene[plate.y : plate.y + plate.height, plate.x : plate.x + plate.width] = 255
    (found,) = FastAlprLocator(NETWORKS / "detector.onnx", (CPU,), threads=1).locate(scene)
    assert found.corners.box.iou(plate) > 0.75
    assert 0 < found.score <= 1


def test_faint_finds_are_dropped() -> None:
    locator = FastAlprLocator(NETWORKS / "detector.onnx", (CPU,), threads=1)
    assert locator.locate(np.full((120, 160, 3), 40, np.uint8)) == ()


@pytest.mark.parametrize("text", ["AB123CD", "0", "ZZZZZZZZZZ", "11HH22"])
def test_a_text_is_read_with_its_doubts(reader: FastAlprReader, text: str) -> None:
    (raw,) = reader.read([striped(text)])
    assert raw.text == text
    assert list(raw.centers) == sorted(raw.centers)
    assert all(0.5 < c.probability <= 1 for c in raw.characters)
    assert len(raw.characters[0].options) > 1


def test_an_empty_crop_gives_an_empty_text_and_crops_keep_their_order(reader: FastAlprReader) -> None:
    assert [raw.text for raw in reader.read([striped("A1"), striped(""), striped("B2")])] == ["A1", "", "B2"]


def test_a_config_beside_the_reader_says_whether_crops_are_padded(tmp_path: Path) -> None:
    """Padded, a very wide plate leaves the stripe of 64 rows mostly grey; stretched, it fills them."""
    network = tmp_path / "cct.onnx"
    shutil.copy(NETWORKS / "reader.onnx", network)
    wide = striped("AB12", width=640, height=80)
    stretched = FastAlprReader(network, (CPU,), 1).read([wide])
    (tmp_path / "cct_plate_config.yaml").write_text("img_width: 128\nkeep_aspect_ratio: true\n", "utf-8")
    padded = FastAlprReader(network, (CPU,), 1).read([wide])
    assert stretched[0].text == "AB12"
    assert padded[0].text != "AB12"


def test_a_site_that_names_no_weights_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"RECOGNIZER_FAST_ALPR_DETECTOR.*fetch"):
        weights(DETECTOR, {})
    assert weights(READER, {READER: "/models/cct.onnx"}) == Path("/models/cct.onnx")
    with pytest.raises(Missing, match="model file"):
        FastAlprLocator(tmp_path / "none.onnx", (CPU,), 1)


def test_networks_of_another_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no detector"):
        FastAlprLocator(NETWORKS / "reader.onnx", (CPU,), 1)
    with pytest.raises(Invalid, match="no reader"):
        FastAlprReader(NETWORKS / "detector.onnx", (CPU,), 1)
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"not a network")
    with pytest.raises(Invalid, match="no network that ONNX Runtime can use"):
        FastAlprLocator(broken, (CPU,), 1)
