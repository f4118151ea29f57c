"""Sends the request and says by its answer or error what the receiver made of it."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import urlsplit

from services.integrations.webhook.message import build
from services.integrations.webhook.settings import Settings
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import judge
from shared.web_receiver import ask, identity

NO_HEAD = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    request = build(delivery, pictures, settings)
    headers = request.headers | identity(settings, delivery, request.content)
    target = settings.model_copy(update={"url": request.url})
    return judge(ask(target, settings.method, headers, request.content))


def check(settings: Settings) -> Receipt:
    """Asks for the address's headers, which tells nobody of a vehicle."""
    answer = ask(settings, "HEAD", {}, b"")
    host = urlsplit(settings.url).netloc
    if answer.status_code in NO_HEAD:
        return Receipt(answer.status_code, f"{host} answers; whether it takes events shows with the first one")
    return Receipt(judge(answer).status, f"{host} answers with status {answer.status_code}")
