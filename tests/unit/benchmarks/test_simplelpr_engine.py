"""SimpleLPR's answers are understood; the library itself is played by the test."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.simplelpr_engine import SimpleLprEngine

UNKNOWN = [SimpleNamespace(x=-1, y=-1)] * 4
CORNERS = [SimpleNamespace(x=x, y=y) for x, y in ((40, 21), (140, 20), (141, 45), (40, 44))]


@dataclass
class FakeProcessor:
    candidates: list[SimpleNamespace]
    options: dict[str, object] = field(default_factory=dict)

    def analyze(self, path: str) -> list[SimpleNamespace]:
        if not Path(path).exists():
            raise RuntimeError("File open failed")
        return self.candidates


def candidate(*texts: str, corners: list[SimpleNamespace]) -> SimpleNamespace:
    matches = [SimpleNamespace(text=text, confidence=0.9 - i / 10) for i, text in enumerate(texts)]
    box = SimpleNamespace(left=50, top=25, width=80, height=15)
    return SimpleNamespace(matches=matches, boundingBox=box, plateRegionVertices=corners)


@pytest.fixture(name="picture")
def _picture(tmp_path: Path) -> Path:
    path = tmp_path / "a.jpg"
    path.touch()
    return path


def engine(monkeypatch: pytest.MonkeyPatch, *candidates: SimpleNamespace) -> tuple[SimpleLprEngine, FakeProcessor]:
    processor = FakeProcessor(list(candidates))
    library = SimpleNamespace(
        EngineSetupParms=SimpleNamespace, SimpleLPR=lambda _: SimpleNamespace(createProcessor=lambda: processor)
    )
    monkeypatch.setitem(sys.modules, "simplelpr", library)
    return SimpleLprEngine(1), processor


def test_the_best_match_counts_and_the_plates_region_is_its_box(monkeypatch: pytest.MonkeyPatch, picture: Path) -> None:
    found, processor = engine(monkeypatch, candidate("AB 123", "A8 123", corners=CORNERS))
    assert found.read(picture) == [{"text": "AB 123", "confidence": 0.9, "box": [40, 20, 101, 25]}]
    assert vars(processor)["cropToPlateRegionEnabled"] is True


def test_without_a_region_the_texts_own_box_counts(monkeypatch: pytest.MonkeyPatch, picture: Path) -> None:
    found, _ = engine(monkeypatch, candidate("AB 123", corners=UNKNOWN), candidate(corners=CORNERS))
    assert [plate["box"] for plate in found.read(picture)] == [[50, 25, 80, 15]]


def test_a_picture_that_it_cannot_open_has_no_plates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    found, _ = engine(monkeypatch, candidate("AB 123", corners=CORNERS))
    assert found.read(tmp_path / "none.jpg") == []
