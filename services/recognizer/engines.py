"""The one place that knows which recognition engines exist and how each is put together."""

from __future__ import annotations

from collections.abc import Callable

from models import DETECTOR, READER
from services.recognizer.device import providers
from services.recognizer.findings import Pipeline
from services.recognizer.line_pipeline import LinePipeline
from services.recognizer.plate_pipeline import Calibrate, PlatePipeline, as_it_is
from services.recognizer.settings import DEFAULT_ENGINE
from shared.errors import Invalid

# Each engine is imported where it is chosen: PaddleOCR takes seconds and is an extra.


def _own(chosen: tuple[str, ...], threads: int) -> Pipeline:
    from services.recognizer.calibration import calibrated  # noqa: PLC0415

    return cascade(chosen, threads, calibrated)


def cascade(chosen: tuple[str, ...], threads: int, calibrate: Calibrate = as_it_is) -> PlatePipeline:
    """Our own networks, and PP-OCRv6 for the plates of which they are unsure."""
    from services.recognizer.locate.plate_net import LONG_SIDE, PlateNetLocator  # noqa: PLC0415
    from services.recognizer.onnx import Network  # noqa: PLC0415
    from services.recognizer.read.plate_net import PlateNetReader  # noqa: PLC0415
    from services.recognizer.read.ppocr import PpocrReader  # noqa: PLC0415

    detector, reader = Network(DETECTOR, chosen, threads), Network(READER, chosen, threads)
    thorough = PpocrReader(chosen, threads)
    return PlatePipeline(PlateNetLocator(detector), PlateNetReader(reader), thorough, calibrate, LONG_SIDE)


def _ppocr(chosen: tuple[str, ...], threads: int) -> Pipeline:
    from services.recognizer.locate.ppocr import PpocrLocator  # noqa: PLC0415
    from services.recognizer.read.ppocr import PpocrReader  # noqa: PLC0415

    return LinePipeline(PpocrLocator(chosen, threads), PpocrReader(chosen, threads))


def _paddle(chosen: tuple[str, ...], threads: int) -> Pipeline:
    from services.recognizer.locate.paddle import PaddleLocator  # noqa: PLC0415
    from services.recognizer.read.paddle import PaddleReader  # noqa: PLC0415

    return LinePipeline(PaddleLocator(chosen, threads), PaddleReader(chosen, threads))


def _fast_alpr(chosen: tuple[str, ...], threads: int) -> Pipeline:
    from services.recognizer import fast_alpr  # noqa: PLC0415
    from services.recognizer.locate.fast_alpr import FastAlprLocator  # noqa: PLC0415
    from services.recognizer.read.fast_alpr import FastAlprReader  # noqa: PLC0415

    detector, reader = fast_alpr.weights(fast_alpr.DETECTOR), fast_alpr.weights(fast_alpr.READER)
    return PlatePipeline(FastAlprLocator(detector, chosen, threads), FastAlprReader(reader, chosen, threads))


ENGINES: dict[str, Callable[[tuple[str, ...], int], Pipeline]] = {
    "own": _own,
    "ppocr": _ppocr,
    "paddle": _paddle,
    "fast_alpr": _fast_alpr,
}


def build(engine: str = DEFAULT_ENGINE, device: str = "auto", threads: int = 1) -> Pipeline:
    """A ready pipeline; networks are loaded here, so the first picture is not slower than the next.

    Args:
        engine: a name in ENGINES.
        device: cpu, cuda or auto.
        threads: inference threads of this process; on a shared machine more processes beat more threads.

    Raises:
        Invalid: an unknown engine or device, or CUDA where there is none.
        Missing: what the engine needs is not installed; the sentence says how to get it.
    """
    if engine not in ENGINES:
        raise Invalid(f"A recognition engine is {', '.join(sorted(ENGINES))}, not {engine}", "engine")
    return ENGINES[engine](providers(device), threads)
