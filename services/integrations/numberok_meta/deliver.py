"""Sends an event with its pictures. What is wrong with the key or the address makes events wait, never get lost."""

from __future__ import annotations

from services.integrations.numberok_meta.message import event
from services.integrations.numberok_meta.server import Server
from services.integrations.numberok_meta.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Pictures, Receipt
from shared.messages import Delivery


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says, but a key that is refused and a wrong device are tried again.

    Neither is this event's fault, and a person mends both: then all that waited goes out in its order.
    """
    if delivery.camera.site:
        raise Reject(f"The event came here from the site {delivery.camera.site}, and is not sent on")
    frame = pictures.frame() if settings.pictures in ("both", "frame") else None
    crop = pictures.crop() if settings.pictures in ("both", "crop") else None
    with Server(settings) as server:
        try:
            return server.send(str(delivery.delivery_id), event(delivery, frame, crop, settings.names))
        except Unauthorised as error:
            raise Retry(error.reason, status=error.status, trouble=error.trouble) from None
        except Reject as error:
            if error.trouble is not Trouble.WRONG_DEVICE:
                raise
            raise Retry(error.reason, status=error.status, trouble=error.trouble) from None


def check(settings: Settings) -> Receipt:
    """Asks which lists the key is granted, which leaves nothing behind at the server."""
    called = settings.names
    with Server(settings) as server:
        found = server.look(called.paths.lists).get(called.lists.lists)
        if not isinstance(found, list):
            raise Reject("What answers there is no Meta server", 200, Trouble.WRONG_DEVICE)
    lists = f"{len(found)} list{'s' * (len(found) != 1)}"
    return Receipt(200, f"The server takes the connection key and grants this site {lists}")
