"""The Test button, and why a barrier takes no deliveries."""

from __future__ import annotations

from services.integrations.barrier import feedback
from services.integrations.barrier.drivers import driver
from services.integrations.barrier.settings import Settings
from shared.errors import Reject
from shared.integration import Pictures, Receipt
from shared.messages import Delivery


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """A delivery is repeated until it arrives, which must never open a barrier."""
    raise Reject("A barrier is opened by commands, never by a delivery")


def check(settings: Settings) -> Receipt:
    """Tries the relay and the feedback and switches nothing."""
    told = driver(settings).check()
    if settings.feedback not in {"none", "device"}:
        told += f"; the feedback says {'open' if feedback.opened(settings) else 'shut'}"
    return Receipt(answer=told)
