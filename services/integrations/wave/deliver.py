"""Tells a server of a vehicle: one bookmark for its passage, one generic event for each moment that is told.

The bookmark comes first because it can be recognised: a try that follows a lost answer finds it and makes no second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from typing import TypeVar
from uuid import UUID, uuid4

from services.integrations.wave import answers
from services.integrations.wave.certificate import shown_fingerprint
from services.integrations.wave.devices import Device, named
from services.integrations.wave.dialects import Rest, stored_bookmarks
from services.integrations.wave.message import Bookmark, bookmark, generic_event, milliseconds
from services.integrations.wave.server import BUDGET, Server
from services.integrations.wave.settings import Settings
from shared.clock import now
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Pictures, Receipt, Standing
from shared.messages import CameraCard, Delivery, Moment

CLOCKS_APART_MS = 10_000
_UNKNOWN_DEVICE = {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY}
"""What servers answer for a device that is gone, among other reasons."""
_servers: dict[UUID, Server] = {}
_servers_lock = threading.Lock()
T = TypeVar("T")


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:  # noqa: ARG001
    """As shared.integration.Deliver says."""
    with _borrowed(delivery.destination_id, settings) as server:
        return _on_its_device(server, delivery.camera, lambda device: _tell(server, device, delivery))


def check(settings: Settings) -> Receipt:
    """Signs in, finds every configured camera, and makes and removes a bookmark on each."""
    server = Server(settings)
    try:
        server.begin()
        known = server.devices()
        chosen = {camera: named(known, camera, device) for camera, device in settings.cameras.items()}
        parts = [server.about().title, f"{len(known)} cameras"]
        if settings.bookmarks:
            for device in {device.identity: device for device in chosen.values() or known[:1]}.values():
                _try_bookmark(server, device)
            parts.append("the user may manage bookmarks")
        if settings.events:
            parts.append("whether it takes generic events shows with the first one")
        return Receipt(HTTPStatus.OK, "; ".join([", ".join(parts), *_remarks(server, chosen)]))
    except Retry as error:
        shown = shown_fingerprint(settings) if error.trouble is Trouble.CERTIFICATE else ""
        if not shown:
            raise
        sentence = f"{error.reason}. The fingerprint of what answers is {shown}: pin it if the server itself shows it"
        raise Retry(sentence, trouble=error.trouble) from None
    finally:
        server.close()


def keep(standing: Standing, settings: Settings) -> None:  # noqa: ARG001
    """Signs out when the destination is changed, switched off or removed, so that no session stays behind."""
    standing.stopping.wait()
    with _servers_lock:
        server = _servers.pop(standing.destination_id, None)
    if server:
        server.close()


@contextmanager
def _borrowed(destination: UUID, settings: Settings) -> Iterator[Server]:
    """The destination's server for one delivery; the lanes take turns."""
    with _servers_lock:
        before = _servers.get(destination)
        server = before if before and before.settings == settings else Server(settings)
        _servers[destination] = server
    if before and before is not server:
        before.close()
    if not server.turn.acquire(timeout=BUDGET):
        raise Retry("Another delivery to this server is still under way")
    try:
        server.begin()
        yield server
    finally:
        server.turn.release()


def _on_its_device(server: Server, card: CameraCard, act: Callable[[Device], T]) -> T:
    """Acts on the camera's device; when the server does not know it any more, the device is looked up once more."""
    device = server.device(card)
    try:
        return act(device)
    except Reject as error:
        if isinstance(error, Unauthorised) or error.status not in _UNKNOWN_DEVICE:
            raise
        server.devices(fresh=True)
        again = server.device(card)
        if again.identity == device.identity:
            raise
    return act(again)


def _tell(server: Server, device: Device, delivery: Delivery) -> Receipt:
    settings, done = server.settings, []
    if settings.bookmarks:
        done.append(_keep_bookmark(server, device, delivery))
    if settings.events:
        call = server.dialect.event(device.identity, generic_event(delivery, settings))
        answers.judged_event(server.ask(call))
        done.append("generic event taken")
    return Receipt(HTTPStatus.OK, f"{device.name}: {', '.join(done)}")


def _keep_bookmark(server: Server, device: Device, delivery: Delivery) -> str:
    """One bookmark for a passage: an earlier try or moment may have made it; `lost` brings it up to date.

    The server is asked first at every try, since a delivery that a person sends again counts its tries anew.
    """
    wanted, dialect = bookmark(delivery, server.settings), server.dialect
    answer = server.ask(dialect.around(device.identity, wanted))
    answers.judged(answer)
    found = stored_bookmarks(answers.document(answer))
    stored = next((one for one in found if wanted.mark in one.description), None)
    if stored is None:
        answers.judged(server.ask(dialect.add(device.identity, wanted)))
        return "bookmark made"
    same = (stored.name, stored.duration_ms) == (wanted.name, wanted.duration_ms)
    if same or delivery.moment is Moment.DETECT:
        return "bookmark is there"
    answers.judged(server.ask(dialect.change(device.identity, stored, wanted)))
    return "bookmark brought up to date"


def _try_bookmark(server: Server, device: Device) -> None:
    """Makes a bookmark of this second and removes it again."""
    trial = Bookmark(uuid4(), "", "Platewire test", "", milliseconds(now()), 1000, ())
    try:
        answer = server.ask(server.dialect.add(device.identity, trial))
        answers.judged(answer)
    except Unauthorised as error:
        raise Unauthorised(f"{device.name}: {error.reason}", error.status, error.trouble) from None
    made = answers.document(answer) if isinstance(server.dialect, Rest) else {"id": f"{{{trial.guid}}}"}
    if not isinstance(made, dict) or not made.get("id"):
        raise Reject("The server took a bookmark and did not tell its id", answer.status_code)
    answers.judged(server.ask(server.dialect.remove(str(made["id"]))))


def _remarks(server: Server, chosen: dict[str, Device]) -> list[str]:
    found = [f"{camera} is {device.name} ({device.address or device.identity})" for camera, device in chosen.items()]
    ahead = server.about().ahead_ms or 0
    if abs(ahead) > CLOCKS_APART_MS:
        away = timedelta(seconds=abs(ahead) // 1000)
        found.append(f"its clock is {away} {'ahead of' if ahead > 0 else 'behind'} ours, so bookmarks miss the vehicle")
    return found
