"""Chooses once where networks run, so that a wish for a GPU that cannot be met is told and not silently ignored."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum

from onnxruntime.capi.onnxruntime_pybind11_state import get_available_providers

from shared.errors import Invalid

logger = logging.getLogger(__name__)

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"


class Device(StrEnum):
    """What a person may ask for; `auto` takes CUDA when ONNX Runtime offers it."""

    CPU = "cpu"
    CUDA = "cuda"
    AUTO = "auto"


def providers(device: str, available: Sequence[str] | None = None) -> tuple[str, ...]:
    """ONNX Runtime execution providers for a wish, most wanted first.

    Raises:
        Invalid: the wish is unknown, or CUDA is asked for and this ONNX Runtime has none.
    """
    offered = get_available_providers() if available is None else available
    if device not in set(Device):
        raise Invalid(f"A device is {', '.join(Device)}, not {device}", "device")
    if device == Device.CUDA and CUDA not in offered:
        raise Invalid(
            "This ONNX Runtime has no CUDA: replace the package onnxruntime by what requirements/gpu.lock pins"
            " (the machine needs NVIDIA's driver), or set the device to cpu",
            "device",
        )
    chosen = (CUDA, CPU) if device != Device.CPU and CUDA in offered else (CPU,)
    logger.info("Recognition device is chosen", extra={"asked": device, "provider": chosen[0]})
    return chosen
