"""Carries out an order by the relay's driver, watches what moves, and owns the end of pulses that no device ends."""

from __future__ import annotations

from uuid import UUID

from services.integrations.barrier import feedback
from services.integrations.barrier.drivers import driver
from services.integrations.barrier.drivers.pulses import ownership
from services.integrations.barrier.settings import Settings
from shared.integration import Order, Receipt, Standing, Terms

MARGIN = 15.0
"""Seconds beyond pulse and requests after which a worker is taken for dead."""


def drive(order: Order, settings: Settings) -> Receipt:
    """As shared.integration.Drive says."""
    return Receipt(answer=driver(settings).pulse(order))


def watch(destination_id: UUID, settings: Settings) -> bool:  # noqa: ARG001
    """As shared.integration.Watch says."""
    return feedback.opened(settings)


def terms(settings: Settings) -> Terms:
    return Terms(
        deadline=settings.deadline,
        longest=settings.pulse + 6 * settings.timeout + MARGIN,
        pause=settings.pause,
        cool_down=settings.cool_down,
        interlock=settings.interlock.strip(),
        holds=settings.open_seconds,
        watched=settings.feedback_seconds if settings.feedback != "none" else 0.0,
    )


def keep(standing: Standing, settings: Settings) -> None:
    """Switches a relay off that we must switch off: at the start, whenever a pulse could not, and at the end."""
    relay, ours = driver(settings), ownership(standing.destination_id)
    if relay.ends_by_itself:
        standing.stopping.wait()
        return
    ours.owed.set()
    while not standing.stopping.is_set():
        if ours.owed.wait(0.5):
            # Cleared first: what becomes owed meanwhile is not forgotten, and what fails is begun again.
            ours.owed.clear()
            with ours.turn:
                relay.off()
    with ours.turn:
        relay.off()
