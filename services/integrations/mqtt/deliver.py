"""Publishes a delivery's messages, each acknowledged by the broker before the next."""

from __future__ import annotations

from services.integrations.mqtt.message import messages
from services.integrations.mqtt.settings import Settings
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer_mqtt import session


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says. A repetition is known by the member `id` of its messages."""
    told = messages(delivery, pictures, settings)
    with session(settings.broker()) as opened:
        for message in told:
            listened = opened.publish(message.topic, message.payload, retain=message.retain)
    where = told[-1].topic
    return Receipt(None, f"The broker has {where}" + ("" if listened else ", and nobody listens there"))


def check(settings: Settings) -> Receipt:
    """Signs in and publishes nothing."""
    with session(settings.broker()):
        return Receipt(None, "The broker lets us in")
