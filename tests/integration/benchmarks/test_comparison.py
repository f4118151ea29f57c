"""The comparison as a person starts it, on two drawn pictures."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.participant import Participant, Unavailable

TEXT, BOX = "RK903UL", [240, 260, 190, 42]


@pytest.fixture(name="data")
def _data(tmp_path: Path) -> Path:
    """A plate on a picture, and a picture that is none."""
    folder = tmp_path / "drawn"
    folder.mkdir()
    scene = np.full((480, 640, 3), 60, np.uint8)
    x, y, width, height = BOX
    cv2.rectangle(scene, (x, y), (x + width, y + height), (235, 235, 235), -1)
    cv2.putText(scene, "RK 903UL", (x + 5, y + 32), cv2.FONT_HERSHEY_SIMPLEX, 1.1, (20, 20, 20), 3, cv2.LINE_AA)
    cv2.imwrite(str(folder / "plate.png"), scene)
    (folder / "broken.jpg").write_bytes(b"no picture")
    labels = [{"file": "plate.png", "plates": [{"text": TEXT, "box": BOX}]}, {"file": "broken.jpg", "plates": []}]
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, labels)), "utf-8")
    return folder


@pytest.mark.slow
def test_a_comparison_prints_tables_and_writes_figures_and_a_picture(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "benchmarks.engines", "--data", str(data), "--engine", "ppocr", "--rounds", "2"]
    done = subprocess.run(
        [*command, "--processes", "1", "--out", str(out)], capture_output=True, text=True, timeout=110, check=True
    )
    assert "ppocr" in done.stdout
    report = json.loads((out / "recognition.json").read_text("utf-8"))
    figures = report["sets"]["drawn"]["ppocr"]
    assert (figures["score"]["exact"], figures["score"]["located"]) == (1.0, 1.0)
    assert set(figures["stages"]) == {"decode", "locate", "read", "rest"}
    assert figures["memory_mb"] > 20
    assert report["frames_per_second"]["ppocr"]["1"] > 0
    assert (out / "recognition-drawn.svg").read_text("utf-8").startswith("<svg")


def test_an_engine_that_cannot_be_loaded_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECOGNIZER_FAST_ALPR_DETECTOR", raising=False)
    with pytest.raises(Unavailable, match="RECOGNIZER_FAST_ALPR_DETECTOR"):
        Participant("fast_alpr", "cpu", 1, [0])
    with pytest.raises(Unavailable, match="not crystal"):
        Participant("crystal", "cpu", 1, [0])
