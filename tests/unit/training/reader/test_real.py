from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from training.plates.render import PlateFactory
from training.reader.real import BACKGROUND, HELD_OUT_VIDEOS, Crop, load_crops, plain_view, real_view
from training.reader.stream import REAL_SHARE, SampleStream, stacked
from training.reader.views import HEIGHT, WIDTH


def write_folder(folder: Path, lines: list[dict[str, object]], size: tuple[int, int]) -> None:
    folder.mkdir(parents=True)
    picture = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), np.uint8)
    for line in lines:
        line |= {"width": size[0], "height": size[1]}
        cv2.imwrite(str(folder / str(line["file"])), picture)
    (folder / "labels.jsonl").write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> list[Crop]:
    data = tmp_path_factory.mktemp("data")
    plate = {"box": [100, 100, 60, 20], "text": "B74KXV"}
    videos = [*sorted(HELD_OUT_VIDEOS), "another.mp4"]
    driven: list[dict[str, object]] = [
        {"file": f"{i}.jpg", "video": video, "plates": [plate, {"box": [1, 1, 30, 12], "text": None}]}
        for i, video in enumerate(videos)
    ]
    write_folder(data / "train" / "robertlucian", driven, (300, 200))
    parked: list[dict[str, object]] = [{"file": f"{i}.jpg", "plates": [plate]} for i in range(8)]
    write_folder(data / "train" / "openimages350", parked, (416, 416))
    cut: list[dict[str, object]] = [
        {"file": f"{i}.jpg", "plates": [{"box": None, "text": "京XK4N93"}]} for i in range(5)
    ]
    write_folder(data / "train" / "cn_crops", cut, (94, 24))
    return load_crops(data)


def test_only_labelled_plates_are_taken_and_videos_are_whole_on_one_side(crops: list[Crop]) -> None:
    driven = [crop for crop in crops if crop.origin == "robertlucian"]
    assert [crop.held_out for crop in driven] == [True, True, False]
    assert {crop.text for crop in driven} == {"B74KXV"}


def test_the_province_of_a_chinese_plate_is_left_out(crops: list[Crop]) -> None:
    assert {crop.text for crop in crops if crop.origin == "cn_crops"} == {"XK4N93"}


def test_pieces_without_a_plate_have_no_text_and_are_never_measured_on(crops: list[Crop]) -> None:
    pieces = [crop for crop in crops if crop.origin == BACKGROUND]
    assert pieces
    assert {(crop.text, crop.held_out) for crop in pieces} == {("", False)}


def test_a_plain_view_is_the_box_with_a_little_around(crops: list[Crop]) -> None:
    crop = next(crop for crop in crops if crop.origin == "robertlucian")
    assert crop.plate == (10, 10, 70, 30)
    assert plain_view(crop).crop.shape == (HEIGHT, WIDTH)


def test_real_views_differ_and_keep_the_text(crops: list[Crop]) -> None:
    rng = np.random.default_rng(1)
    one, other = (real_view(crops[0], rng) for _ in range(2))
    assert one.text == other.text == crops[0].text
    assert not np.array_equal(one.crop, other.crop)


def test_a_batch_depends_on_seed_and_number_alone_and_mixes_in_real_crops(crops: list[Crop]) -> None:
    first, second = (SampleStream(PlateFactory(None), crops, 3) for _ in range(2))
    first.batch(0, 40)
    a, b = first.batch(7, 40), second.batch(7, 40)
    assert np.array_equal(stacked(a), stacked(b))
    assert len(a) == 40
    assert sum(sample.text in {"B74KXV", "XK4N93", ""} for sample in a) == round(40 * REAL_SHARE)
    assert stacked(a).max() <= 1.0


def test_without_real_crops_a_batch_is_drawn_alone() -> None:
    assert all(sample.text for sample in SampleStream(PlateFactory(None), [], 3).batch(0, 12))
