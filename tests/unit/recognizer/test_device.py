"""A wish for a device is met or refused, never silently changed."""

from __future__ import annotations

import pytest

from services.recognizer.device import CPU, CUDA, providers
from services.recognizer.engines import build
from shared.errors import Invalid


@pytest.mark.parametrize(
    ("wish", "available", "chosen"),
    [
        ("cpu", (CUDA, CPU), (CPU,)),
        ("auto", (CPU,), (CPU,)),
        ("auto", (CUDA, CPU), (CUDA, CPU)),
        ("cuda", (CUDA, CPU), (CUDA, CPU)),
    ],
)
def test_a_wish_that_can_be_met_is_met(wish: str, available: tuple[str, ...], chosen: tuple[str, ...]) -> None:
    assert providers(wish, available) == chosen


def test_cuda_without_cuda_says_what_to_install() -> None:
    with pytest.raises(Invalid, match=r"gpu\.lock"):
        providers("cuda", (CPU,))


def test_an_unknown_device_or_engine_is_named() -> None:
    with pytest.raises(Invalid, match="not tpu"):
        providers("tpu")
    with pytest.raises(Invalid, match="not crystal"):
        build("crystal", "cpu")
