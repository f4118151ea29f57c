"""Pulses of relays that we must switch off ourselves: what was switched on is switched off, whatever happens."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

from shared.errors import NotSent, PlatewireError, Reject, Retry
from shared.integration import Order

OFF_TRIES = 4
OFF_PAUSE = 0.5

owed: defaultdict[UUID, threading.Event] = defaultdict(threading.Event)
"""Set for a destination whose relay may still be on: the standing work goes on switching it off."""
turns: defaultdict[UUID, threading.Lock] = defaultdict(threading.Lock)
"""Held during a pulse, so that the standing work does not cut it short."""


def on_wait_off(order: Order, seconds: float, on: Callable[[], None], off: Callable[[], None]) -> str:
    """One pulse. It ends early when the worker must end.

    Raises:
        NotSent, Reject: from `on`, which did nothing then.
        Retry: nobody can tell, or it could not be switched off again.
    """
    with turns[order.destination_id]:
        try:
            on()
        except (NotSent, Reject):
            raise
        except BaseException:
            _off_for_sure(order.destination_id, off)
            raise
        try:
            order.acted()
            order.stopping.wait(seconds)
        finally:
            trouble = _off_for_sure(order.destination_id, off)
    if trouble:
        raise Retry(f"it was switched on and could not be switched off again, which is still tried: {trouble}")
    return f"On for {seconds:g} s" if not order.stopping.is_set() else "On, and off early because the worker ends"


def _off_for_sure(destination_id: UUID, off: Callable[[], None]) -> str:
    """Tries a few times; what is left over is owed. Returns what went wrong, empty when it is off."""
    trouble = ""
    for _ in range(OFF_TRIES):
        try:
            off()
        except PlatewireError as error:
            trouble = str(error)
            time.sleep(OFF_PAUSE)
        else:
            return ""
    owed[destination_id].set()
    return trouble
