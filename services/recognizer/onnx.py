"""The one place that opens an ONNX Runtime session: where it runs, on how many threads, and what its failures mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native
from onnxruntime.capi.onnxruntime_inference_collection import InferenceSession

from shared.errors import Invalid, Missing

Numbers = NDArray[np.float32]
Shape = tuple[int | str | None, ...]
"""An axis is a number, or a name or nothing where any length is taken."""

ONLY_ERRORS = 3
# ONNX Runtime's errors have no common root but Exception.
_UNUSABLE = (
    native.Fail,
    native.InvalidArgument,
    native.InvalidGraph,
    native.InvalidProtobuf,
    native.NoModel,
    native.NotImplemented,
    native.RuntimeException,
)


class Network:
    """A loaded network with one input.

    Args:
        path: the ONNX file.
        providers: execution providers, most wanted first.
        threads: inference threads of this network.

    Raises:
        Missing: there is no such file.
        Invalid: ONNX Runtime cannot use it.
    """

    def __init__(self, path: Path, providers: tuple[str, ...], threads: int) -> None:
        if not path.is_file():
            raise Missing("model file", path)
        options = native.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = ONLY_ERRORS
        try:
            self._session = InferenceSession(str(path), options, providers=list(providers))
        except _UNUSABLE as error:
            raise Invalid(f"{path} is no network that ONNX Runtime can use: {error}") from None
        entry = self._session.get_inputs()[0]
        self._input: str = entry.name
        self.input_shape: Shape = tuple(entry.shape)
        self.output_shapes: dict[str, Shape] = {o.name: tuple(o.shape) for o in self._session.get_outputs()}
        self.metadata: Mapping[str, str] = self._session.get_modelmeta().custom_metadata_map

    def run(self, values: NDArray[np.float32] | NDArray[np.uint8]) -> dict[str, Numbers]:
        """All outputs by name."""
        outputs = self._session.run(None, {self._input: values})
        return {name: np.asarray(output) for name, output in zip(self.output_shapes, outputs, strict=True)}

    def first(self, values: NDArray[np.float32] | NDArray[np.uint8]) -> Numbers:
        """The first output, which is the only one of most networks."""
        return next(iter(self.run(values).values()))
