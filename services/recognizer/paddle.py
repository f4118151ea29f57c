"""Lays out the PP-OCRv6 files of the `rapidocr` wheel the way PaddleOCR wants them, so that nothing is downloaded.

PaddleOCR opens a model folder that holds `inference.onnx` and `inference.yml`; the wheel ships bare ONNX files. The
pre-processing written here is that of PaddleOCR's own PP-OCRv6 configuration.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from services.recognizer.pp_ocr import Kind, model_file
from shared.errors import Missing

_OPERATIONS: Mapping[Kind, Mapping[str, object]] = {
    "det": {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": {"limit_side_len": 640, "limit_type": "max"}},
                {"NormalizeImage": {"order": "hwc"}},
                {"ToCHWImage": None},
            ]
        },
        "PostProcess": {"name": "DBPostProcess", "box_type": "quad"},
    },
    "rec": {
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
            ]
        },
        # PaddleOCR insists on a decoder; ours reads the probabilities before it (read/ctc.py).
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": ["0"]},
    },
}


@contextmanager
def model_folder(kind: Kind) -> Iterator[tuple[str, str]]:
    """PaddleOCR's name for the model and a folder as it wants one, which is needed only until it has been loaded."""
    name = f"PP-OCRv6_small_{kind}"
    with tempfile.TemporaryDirectory(prefix="platewire-model-") as path:
        folder = Path(path)
        (folder / "inference.onnx").symlink_to(model_file(kind))
        # JSON is YAML too, so no YAML writer is needed.
        settings = json.dumps({"Global": {"model_name": name}, **_OPERATIONS[kind]})
        (folder / "inference.yml").write_text(settings, encoding="utf-8")
        yield name, path


def paddleocr() -> ModuleType:
    """PaddleOCR, imported so that it asks no model host, writes nothing into the home folder and stays quiet.

    Raises:
        Missing: it is not installed.
    """
    # PaddleX reads these when it is imported; there is no other way to tell it.
    os.environ.setdefault("PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK", "True")
    os.environ.setdefault("PADDLE_PDX_EAGER_INIT", "False")
    os.environ.setdefault("PADDLE_PDX_CACHE_HOME", str(Path(tempfile.gettempdir()) / f"platewire-paddle-{os.getuid()}"))
    try:
        import paddleocr as module  # noqa: PLC0415
    except ModuleNotFoundError:
        raise Missing("installed package", "paddleocr: `make install-paddle` adds it (extra paddle)") from None

    logging.getLogger("paddlex").setLevel(logging.ERROR)
    return module


def engine_config(providers: tuple[str, ...], threads: int) -> dict[str, object]:
    """ONNX Runtime session settings in PaddleX's words."""
    return {
        "providers": list(providers),
        "intra_op_num_threads": threads,
        "inter_op_num_threads": 1,
        "log_severity_level": 3,
    }
