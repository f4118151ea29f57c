"""Posts a delivery and says by its answer or error what the receiver made of it.

A try ends after its timeout as a whole, however slowly the receiver answers.
"""

from __future__ import annotations

from http import HTTPStatus

from services.integrations.json_http.message import build, sent_picture
from services.integrations.json_http.settings import Settings
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import judge
from shared.web_receiver import ask, identity

NO_HEAD = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says."""
    stored = None
    if settings.body != "json_only":
        stored = pictures.crop() if settings.picture == "crop" else pictures.frame()
    picture = sent_picture(delivery, stored, settings)
    uris = [url for url in (pictures.frame_url, pictures.crop_url) if url]
    body = build(delivery, picture, uris, settings)
    headers = {"content-type": body.content_type} | identity(settings, delivery, body.content)
    return judge(ask(settings, "POST", headers, body.content))


def check(settings: Settings) -> Receipt:
    """Asks for the URL's headers, which leaves no event behind; a receiver that knows only POST is fine too."""
    response = ask(settings, "HEAD", {}, b"")
    if response.status_code in NO_HEAD or response.status_code == HTTPStatus.BAD_REQUEST:
        return Receipt(response.status_code, "The receiver answers; whether it takes events shows with the first one")
    receipt = judge(response)
    return Receipt(receipt.status, f"The receiver answers with status {receipt.status}")
