from __future__ import annotations

from services.capture.backoff import BackOff


def test_pauses_double_up_to_half_a_minute_and_begin_again_after_success() -> None:
    back_off = BackOff()
    pauses = [back_off.pause() for _ in range(7)]
    for pause, expected in zip(pauses, [1, 2, 4, 8, 16, 30, 30], strict=True):
        assert 0.8 * expected <= pause <= 1.2 * expected
    back_off.reset()
    assert back_off.pause() <= 1.2
