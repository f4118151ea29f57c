"""Turns trained weights into the ONNX file of the product: batch norms folded, 8-bit integers where they do no harm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from onnxruntime.quantization.calibrate import CalibrationDataReader, CalibrationMethod
from onnxruntime.quantization.quant_utils import QuantFormat, QuantType
from onnxruntime.quantization.quantize import quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from services.recognizer.locate.plate_net import PlateNetLocator, decode, fit
from services.recognizer.onnx import Network
from training.detector.evaluate import Finder, Floats
from training.detector.net import PlateDetector
from training.detector.sources import Picture, Scene

OPSET = 17
CALIBRATION = 96
KEPT_FLOAT = ("/stem/stem.0/",)
"""Layers whose 8-bit version costs recall: the first one; and the heads' last ones, see _float_nodes."""


def finder(weights: Path, long_side: int, least: float = 0.3) -> Finder:
    """Finds with an ONNX file, a checkpoint's averaged weights, or plain weights."""
    if weights.suffix == ".onnx":
        locator = PlateNetLocator(Network(weights, ("CPUExecutionProvider",), 1), long_side, least)

        def with_onnx(picture: Picture) -> tuple[Floats, Floats, Floats]:
            finds = locator.find(picture)
            return finds.boxes, finds.corners, finds.scores

        return with_onnx
    model = _model(weights)

    def with_torch(picture: Picture) -> tuple[Floats, Floats, Floats]:
        canvas, view = fit(picture, long_side)
        x = torch.from_numpy(canvas).permute(2, 0, 1)[None].float() / 255
        with torch.inference_mode():
            finds = decode(model(x)[0].numpy(), view, least)
        return finds.boxes, finds.corners, finds.scores

    return with_torch


def export(weights: Path, target: Path, photos: list[Scene]) -> dict[str, Any]:
    """Writes the quantised network; returns the sizes in bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as folder:
        plain, prepared = Path(folder) / "plain.onnx", Path(folder) / "prepared.onnx"
        torch.onnx.export(
            _model(weights),
            (torch.zeros(1, 3, 416, 416),),
            str(plain),
            dynamo=False,
            opset_version=OPSET,
            input_names=["pictures"],
            output_names=["cells"],
            dynamic_axes={"pictures": {0: "batch", 2: "height", 3: "width"}, "cells": {0: "batch", 1: "cells"}},
        )
        quant_pre_process(str(plain), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(target),
            _Calibration(photos),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=_float_nodes(prepared),
            op_types_to_quantize=["Conv", "Add", "Concat", "MaxPool", "Resize"],
            extra_options={"ActivationSymmetric": False, "CalibMovingAverage": True},
        )
        return {"float": plain.stat().st_size, "written": target.stat().st_size}


def _model(weights: Path) -> PlateDetector:
    saved = torch.load(weights, weights_only=True)
    model = PlateDetector()
    model.load_state_dict(saved.get("average", saved))
    return model.eval()


def _float_nodes(file: Path) -> list[str]:
    """The first convolution, the heads' last ones and everything behind them."""
    import onnx  # noqa: PLC0415

    nodes = onnx.load(str(file)).graph.node
    heads = [n.name for n in nodes if n.op_type == "Conv" and n.name.endswith(("score.1/Conv", "shape.1/Conv"))]
    first = next(n.name for n in nodes if n.op_type == "Conv")
    behind = [n.name for n in nodes if n.op_type == "Concat" and not any("Relu" in i or "Resize" in i for i in n.input)]
    return [first, *heads, *(name for name in behind if "/heads" in name or name == nodes[-1].name)]


class _Calibration(CalibrationDataReader):
    """Photos as the product shows them to the network."""

    def __init__(self, photos: list[Scene]) -> None:
        chosen = np.random.default_rng(3).permutation(len(photos))[:CALIBRATION]
        self._inputs: Iterator[dict[str, Floats]] = (self._input(photos[i]) for i in chosen)

    @staticmethod
    def _input(photo: Scene) -> dict[str, Floats]:
        canvas, _ = fit(photo.picture, 416)
        square = np.full((416, 416, 3), 114, np.uint8)
        square[: canvas.shape[0], : canvas.shape[1]] = canvas[:416, :416]
        return {"pictures": square.transpose(2, 0, 1)[None].astype(np.float32) / np.float32(255)}

    def get_next(self) -> dict[str, Floats]:
        # The base class means None at the end and does not say so.
        return next(self._inputs, None)  # type: ignore[arg-type]
