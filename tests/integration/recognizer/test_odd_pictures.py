"""Whatever file is dropped in, `platewire read` gives a result or one clear sentence, within bounded memory."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

Answers = tuple[dict[str, dict[str, object]], int, str]

MOST_MEMORY = 550
"""MiB of the whole process, networks included; a picture of 108 megapixels would take 324 more for its pixels."""
MEASURED = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[2:])
usage = os.wait4(process.pid, 0)[2]
with open(sys.argv[1], "w") as file:
    file.write(str(usage.ru_maxrss // 1024))
"""
"""Runs a command and writes down its peak memory in MiB. In an interpreter of its own, because what the starting
process holds counts as the child's (Linux keeps the larger of both across exec), and pytest holds hundreds of MiB."""
NOISE = np.random.default_rng(4).integers(0, 256, (300, 400, 3), np.uint8)


def encoded(picture: Image.Image, kind: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind)
    return file.getvalue()


def png(pixels: NDArray[np.uint8] | NDArray[np.uint16]) -> bytes:
    done, data = cv2.imencode(".png", pixels)
    assert done
    return data.tobytes()


def huge() -> bytes:
    return encoded(Image.new("L", (12_000, 9_000), 128), "JPEG")


FINE = {
    "three-by-three.png": png(NOISE[:3, :3]),
    "one-pixel.png": png(NOISE[:1, :1]),
    "line.png": png(NOISE[:1]),
    "grey.jpg": encoded(Image.fromarray(NOISE).convert("L"), "JPEG"),
    "cmyk.jpg": encoded(Image.fromarray(NOISE).convert("CMYK"), "JPEG"),
    "sixteen-bit.png": png(NOISE.astype(np.uint16) * 256),
    "black-and-white.png": encoded(Image.fromarray(NOISE).convert("1"), "PNG"),
    "palette.png": encoded(Image.fromarray(NOISE).convert("P"), "PNG"),
    "transparent.png": encoded(Image.fromarray(NOISE).convert("RGBA"), "PNG"),
    "wide.jpg": encoded(Image.new("RGB", (6_000, 4_000), (90, 120, 60)), "JPEG"),
}
REFUSED = {
    "huge.jpg": (huge(), "12000 x 9000 pixels; at most"),
    "empty.jpg": (b"", "empty"),
    "text.jpg": (b"this is no picture", "not a JPEG"),
    "cut.jpg": (encoded(Image.fromarray(NOISE), "JPEG")[:900], "cut short"),
    "bomb.png": (png(NOISE).replace((400).to_bytes(4), (60_000).to_bytes(4), 1), "pixels; at most"),
}


@pytest.fixture(scope="module", name="answers")
def _answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """The answers by file name, the peak memory in MiB, and what was said besides."""
    folder = tmp_path_factory.mktemp("odd")
    for name, data in (FINE | {name: data for name, (data, _) in REFUSED.items()}).items():
        (folder / name).write_bytes(data)
    with (folder / "out").open("w+") as out, (folder / "err").open("w+") as err:
        command = [sys.executable, "-m", "console", "read", "--json", str(folder)]
        measured = [sys.executable, "-c", MEASURED, str(folder / "peak"), *command]
        subprocess.run(measured, stdout=out, stderr=err, cwd=Path.cwd(), check=True)
        out.seek(0)
        err.seek(0)
        answers = {Path(line["file"]).name: line for line in map(json.loads, out)}
        return answers, int((folder / "peak").read_text()), err.read()


@pytest.mark.parametrize("name", FINE)
def test_an_odd_picture_is_read(answers: Answers, name: str) -> None:
    assert "error" not in answers[0][name]
    assert answers[0][name]["plates"] == []


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(answers: Answers, name: str) -> None:
    error = str(answers[0][name]["error"])
    assert REFUSED[name][1] in error
    assert "\n" not in error


def test_the_others_are_not_disturbed_and_nothing_breaks(
    answers: Answers,
) -> None:
    assert answers[0].keys() == {*FINE, *REFUSED}
    assert "Traceback" not in answers[2]


def test_memory_stays_bounded(answers: Answers) -> None:
    assert answers[1] < MOST_MEMORY
