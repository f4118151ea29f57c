"""The one place that knows which recognition engines exist and how each is put together."""

from __future__ import annotations

from collections.abc import Callable

from services.recognizer.device import providers
from services.recognizer.pipeline import Pipeline
from shared.errors import Invalid


def _paddle(chosen: tuple[str, ...], threads: int) -> Pipeline:
    # Imported here because PaddleOCR takes seconds and belongs to this engine only.
    from services.recognizer.locate.paddle import PaddleLocator  # noqa: PLC0415
    from services.recognizer.read.paddle import PaddleReader  # noqa: PLC0415

    return Pipeline(PaddleLocator(chosen, threads), PaddleReader(chosen, threads))


ENGINES: dict[str, Callable[[tuple[str, ...], int], Pipeline]] = {"paddle": _paddle}


def build(engine: str = "paddle", device: str = "auto", threads: int = 1) -> Pipeline:
    """A ready pipeline; networks are loaded here, so the first picture is not slower than the next.

    Args:
        engine: a name in ENGINES.
        device: cpu, cuda or auto.
        threads: inference threads of this process; on a shared machine more processes beat more threads.

    Raises:
        Invalid: an unknown engine or device, or CUDA where there is none.
        Missing: the engine's model files are not installed.
    """
    if engine not in ENGINES:
        raise Invalid(f"A recognition engine is {', '.join(sorted(ENGINES))}, not {engine}", "engine")
    return ENGINES[engine](providers(device), threads)
