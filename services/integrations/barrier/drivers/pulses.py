"""Pulses of relays that we must switch off ourselves: what was switched on is switched off, whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from shared.errors import NotSent, PlatewireError, Reject, Retry
from shared.integration import Order

OFF_TRIES = 4
OFF_PAUSE = 0.5


@dataclass(frozen=True)
class Ownership:
    """What a destination's pulses and its standing work share.

    Attributes:
        owed: set while the relay may still be on: the standing work goes on switching it off.
        turn: held during a pulse, so that the standing work does not cut it short.
    """

    owed: threading.Event = field(default_factory=threading.Event)
    turn: threading.Lock = field(default_factory=threading.Lock)


_known: dict[UUID, Ownership] = {}
_lock = threading.Lock()


def ownership(destination_id: UUID) -> Ownership:
    with _lock:
        return _known.setdefault(destination_id, Ownership())


def on_wait_off(order: Order, seconds: float, on: Callable[[], None], off: Callable[[], None]) -> str:
    """One pulse. It ends early when the worker must end.

    Raises:
        NotSent, Reject: from `on`, which did nothing then.
        Retry: nobody can tell, or it could not be switched off again.
    """
    ours = ownership(order.destination_id)
    with ours.turn:
        try:
            on()
        except (NotSent, Reject):
            raise
        except BaseException:
            _off_for_sure(ours, off)
            raise
        try:
            order.acted()
            order.stopping.wait(seconds)
        finally:
            trouble = _off_for_sure(ours, off)
    if trouble:
        raise Retry(f"it was switched on and could not be switched off again, which is still tried: {trouble}")
    return f"On for {seconds:g} s" if not order.stopping.is_set() else "On, and off early because the worker ends"


def _off_for_sure(ours: Ownership, off: Callable[[], None]) -> str:
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
    ours.owed.set()
    return trouble
