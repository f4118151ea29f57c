"""Writes the trained reader as ONNX with probabilities, quantised where that costs no plates."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native
from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession
from onnxruntime.quantization.calibrate import CalibrationDataReader, CalibrationMethod
from onnxruntime.quantization.quant_utils import QuantFormat, QuantType
from onnxruntime.quantization.quantize import quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.reader.net import PlateReaderNet, Probabilities
from training.reader.scoring import Run, Score, score
from training.reader.stream import SampleStream, stacked
from training.reader.views import HEIGHT, WIDTH, Sample

OPSET = 17
INPUT, OUTPUT = "crops", "probabilities"
MOST_LOST = 0.003
"""How much of the exact share int8 may cost, as the mean over the sets weighted by size."""
CALIBRATION_BATCHES, CALIBRATION_SIZE = 24, 32
_TIMED = 300


def export(net: PlateReaderNet, target: Path, stream: SampleStream, sets: dict[str, list[Sample]]) -> None:
    """Writes `target`: int8 if it reads as well as float, else float; prints size, speed and scores of both."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole, small = Path(folder) / "float.onnx", Path(folder) / "int8.onnx"
        _write_float(net, whole)
        _write_int8(whole, small, stream)
        before, after = _described("float", whole, sets), _described("int8", small, sets)
        lost = _mean_exact(before) - _mean_exact(after)
        chosen = small if lost < MOST_LOST else whole
        print(f"int8 loses {100 * lost:.2f} points; {chosen.stem} is written to {target.name}")
        target.write_bytes(chosen.read_bytes())


def onnx_run(path: Path) -> Run:
    """The file on one thread of ONNX Runtime."""
    session = _session(path)

    def run(crops: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(session.run([OUTPUT], {INPUT: crops})[0], np.float32)

    return run


def _write_float(net: PlateReaderNet, path: Path) -> None:
    crops = torch.rand(2, 1, HEIGHT, WIDTH)
    torch.onnx.export(
        Probabilities(net).eval(),
        (crops,),
        str(path),
        opset_version=OPSET,
        input_names=[INPUT],
        output_names=[OUTPUT],
        dynamic_axes={INPUT: {0: "batch"}, OUTPUT: {0: "batch"}},
        dynamo=False,
    )
    onnx.checker.check_model(str(path))


def _write_int8(whole: Path, small: Path, stream: SampleStream) -> None:
    plain = small.with_name("plain.onnx")
    quant_pre_process(str(whole), str(plain), skip_symbolic_shape=True)
    quantize_static(
        str(plain),
        str(small),
        _Calibration(stream),
        quant_format=QuantFormat.QDQ,
        op_types_to_quantize=["Conv", "MatMul", "Relu", "Add"],
        nodes_to_exclude=_kept_float(plain),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
        calibrate_method=CalibrationMethod.MinMax,
        extra_options={"CalibMovingAverage": True},
    )


def _kept_float(path: Path) -> list[str]:
    """Normalising, two early convolutions, attention's own products, the sums around it and the last layer."""
    graph = onnx.load(str(path)).graph
    constants = {tensor.name for tensor in graph.initializer}
    products = [node for node in graph.node if node.op_type == "MatMul"]
    convolutions = [index for index, node in enumerate(graph.node) if node.op_type == "Conv"]
    changing = [node for node in products if constants.isdisjoint(node.input)]
    sums = [node for node in graph.node[convolutions[-1] + 2 :] if node.op_type == "Add"]
    early = graph.node[: convolutions[1] + 1]
    return [node.name for node in [*early, *changing, *sums, products[-1]]]


class _Calibration(CalibrationDataReader):
    """Feeds the quantiser training samples, drawn and real."""

    def __init__(self, stream: SampleStream) -> None:
        self._batches = self._feeds(stream)

    def get_next(self) -> dict[str, NDArray[np.float32]] | None:  # type: ignore[override]
        return next(self._batches, None)

    @staticmethod
    def _feeds(stream: SampleStream) -> Iterator[dict[str, NDArray[np.float32]]]:
        for number in range(CALIBRATION_BATCHES):
            yield {INPUT: stacked(stream.batch(number, CALIBRATION_SIZE))}


def _described(name: str, path: Path, sets: dict[str, list[Sample]]) -> list[Score]:
    scores = score(onnx_run(path), sets)
    size = path.stat().st_size / 1e6
    print(f"{name}: {size:.2f} MB, {_milliseconds(path):.2f} ms a plate; exact/folded " + "; ".join(map(str, scores)))
    return scores


def _milliseconds(path: Path) -> float:
    """Median of one crop at a time on one thread."""
    run, crop = onnx_run(path), np.random.default_rng(0).random((1, 1, HEIGHT, WIDTH), dtype=np.float32)
    times = []
    for _ in range(_TIMED):
        start = time.perf_counter()
        run(crop)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def _session(path: Path) -> InferenceSession:
    options = native.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def _mean_exact(scores: Sequence[Score]) -> float:
    return sum(s.exact * s.count for s in scores) / sum(s.count for s in scores)
