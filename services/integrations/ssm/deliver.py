"""Puts a plate into the queues of all who follow events here, and says for the Test button how the server is.

A plate counts as delivered when it is in the queue of every consumer that is connected. While nobody is connected who
would hear the plate it waits in the ledger, unless the settings say otherwise.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import Any

import httpx

from services.integrations.ssm.desk import STATUS_PATH
from services.integrations.ssm.merging import parsed, refused
from services.integrations.ssm.message import state
from services.integrations.ssm.running import board_of
from services.integrations.ssm.settings import Settings
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer import Peer, judge
from shared.peer_http import PeerTransport

TIMEOUT = 8.0
DEVICE_INFO = "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view"


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    if not delivery.event.plate:
        raise Reject("There is no plate to tell: it could not be read")
    board = board_of(delivery.destination_id)
    if board is None:
        raise Retry("The server for SSM does not run yet; the destination shows why if it cannot")
    heard = board.tell(state(delivery, settings), settings.patience, unheard=settings.unheard == "accept")
    if heard is None:
        raise Retry(
            "No consumer follows the events: let SSM connect with SchemaBased=True or by ONVIF, "
            "or set that plates count as delivered when nobody listens"
        )
    return Receipt(answer=f"Told to {heard} consumer{'s' * (heard != 1)}" if heard else "Told while nobody listened")


def check(settings: Settings) -> Receipt:
    """Asks our own server how it is, and in a proxy the camera who it is."""
    told = _own_status(settings)
    camera = f" {_camera(settings)}" if settings.mode == "proxy" else ""
    return Receipt(answer=f"{_sentence(settings, told)}{camera}")


def _own_status(settings: Settings) -> dict[str, Any]:
    """The server runs in another process, so it is asked as any consumer would."""
    address = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.listen_address, settings.listen_address)
    host = f"[{address}]" if ":" in address else address
    auth = httpx.DigestAuth(settings.user, settings.password.get_secret_value())
    reach = replace(Reach.from_environment(), allow_loopback=True)
    with Peer(PeerTransport(reach, TIMEOUT, kept=True), TIMEOUT, auth) as ours:
        try:
            answer = ours.send("GET", f"http://{host}:{settings.port}{STATUS_PATH}", limit=262_144)
        except Retry as error:
            where = f"{settings.listen_address}:{settings.port}"
            sentence = f"Nothing answers on {where}: is the destination enabled? Why it cannot listen is shown there"
            raise Retry(sentence, trouble=Trouble.CANNOT_CONNECT) from error
    if answer.status_code == HTTPStatus.UNAUTHORIZED:
        raise Retry("Another program listens there, or the server still runs with other settings: try again in 5 s")
    judge(answer, "Our own server")
    document = parsed(answer.text)
    if document is None or "consumers" not in document:
        raise Reject("Another program listens on this port", trouble=Trouble.WRONG_DEVICE)
    return document


def _sentence(settings: Settings, told: dict[str, Any]) -> str:
    where = f"Listens on {settings.listen_address}:{settings.port} since {_clock(told['began'])}."
    consumers = [f"{one['client']} since {_clock(one['since'])}" for one in told["consumers"]]
    who = f"{len(consumers)} connected: {', '.join(consumers)}." if consumers else "No consumer is connected."
    if consumers and not any(told["hearing"].values()):
        who += " None of them hears plates: they ask for the plain status, without SchemaBased=True."
    return f"{where} {who} {_last(told['last'])}"


def _last(request: dict[str, Any]) -> str:
    if not request:
        return "Nobody has asked anything yet."
    asked = f"{request['request']} from {request['client']} at {_clock(request['at'])}"
    return f"Last request: {asked}, answered {request['status']}."


def _clock(at: str) -> str:
    return f"{datetime.fromisoformat(at):%Y-%m-%d %H:%M:%S} UTC"


def _camera(settings: Settings) -> str:
    """One sentence about the camera behind the proxy. Raises as check does."""
    auth = httpx.DigestAuth(settings.upstream_user, settings.upstream_password.get_secret_value())
    trust = Trust(fingerprint=settings.upstream_fingerprint)
    with Peer(PeerTransport(Reach.from_environment(), TIMEOUT, trust, kept=True), TIMEOUT, auth) as camera:
        answer = camera.send("GET", settings.upstream_url + DEVICE_INFO, {"accept": "application/json"})
    if answer.status_code == 490:
        raise Unauthorised("The camera has blocked the user after wrong passwords: wait and try again", 490)
    judge(answer, "The camera")
    document = parsed(answer.text) or {}
    if refused(answer.text):
        raise Unauthorised("The camera's user may not read the device's data", 200, Trouble.RIGHTS)
    if "Model" not in document:
        raise Reject("What answers there is no SUNAPI camera", 200, Trouble.WRONG_DEVICE)
    return f"The camera answers: {str(document['Model'])[:60]}."
