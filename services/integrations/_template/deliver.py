"""Sends a delivery and says by its answer or error what the peer made of it."""

from __future__ import annotations

from services.integrations._template.message import build
from services.integrations._template.settings import Settings
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import judge
from shared.web_receiver import ask, identity


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    content = build(delivery, settings)
    headers = {"content-type": "application/json"} | identity(settings, delivery, content)
    return judge(ask(settings, "POST", headers, content))


def check(settings: Settings) -> Receipt:
    """Tries the connection without telling of a vehicle."""
    return Receipt(judge(ask(settings, "HEAD", {}, b"")).status, "The receiver answers")
