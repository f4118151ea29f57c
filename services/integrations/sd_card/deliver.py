"""Puts an event on the card, and tells how the card is."""

from __future__ import annotations

from services.integrations.sd_card.card import Card
from services.integrations.sd_card.message import build
from services.integrations.sd_card.settings import Settings
from shared.integration import Pictures, Receipt
from shared.messages import Delivery


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    files = build(delivery, pictures.frame() if settings.frames else None, pictures.crop())
    Card(settings).write(files)
    return Receipt(answer=f"{files.hour}/{files.document_name}")


def check(settings: Settings) -> Receipt:
    """Prepares a card that is new, and says how much room there is."""
    card = Card(settings)
    made = "has been prepared" if card.prepare() else "is ready"
    days, free = card.days(), card.free() / 1e9
    since = f", its oldest events are of {days[0].name}" if days else ""
    return Receipt(answer=f"The card {made}: {free:.1f} GB free{since}")
