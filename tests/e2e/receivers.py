"""The outside world of the end-to-end tests: who is told of vehicles, and what they got."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from simulators.json_receiver import JsonReceiver
from simulators.nvr_text import NvrText
from tests.e2e.site_client import SiteClient, wait_for


@dataclass(frozen=True)
class Told:
    """One event as the JSON receiver got it."""

    webhook_id: str
    plate: str
    picture: bytes


@dataclass(frozen=True)
class Receivers:
    """A JSON receiver (every vehicle) and an NVR (vehicles on the white list)."""

    receiver: JsonReceiver
    nvr: NvrText

    def documents(self, sensors: Collection[str]) -> list[Told]:
        """What was posted of the cameras with these sensor ids, in the order of arrival."""
        return [
            Told(request.headers["webhook-id"], request.document["plateASCII"], request.part("image").data)
            for request in list(self.receiver.requests)
            if request.method == "POST" and request.document["sensorProviderID"] in sensors
        ]

    def distinct(self, sensors: Collection[str]) -> int:
        """How many different deliveries came; a retry after a crash repeats its id."""
        return len({told.webhook_id for told in self.documents(sensors)})

    def nvr_bytes(self) -> bytes:
        return self.nvr.captured.get(self.nvr.port, b"")


@contextmanager
def receivers(site: SiteClient) -> Iterator[Receivers]:
    """Starts both and tells the site of them."""
    with JsonReceiver() as receiver, NvrText() as nvr:
        wait_for(lambda: len(site.get("/integrations")["integrations"]) >= 2, 60, "no integration worker reports")
        _destination(site, "Receiver", "json_http", {"url": receiver.url}, "any")
        _destination(site, "Recorder", "nvr_text", {"host": "127.0.0.1", "port": nvr.port}, "white")
        yield Receivers(receiver, nvr)


def _destination(site: SiteClient, name: str, kind: str, settings: dict[str, object], which: str) -> None:
    made = site.post("/destinations", {"name": name, "kind": kind, "settings": settings})
    rule = {"name": f"{name}: {which}", "settings": {"list": which}, "destination_id": made["id"]}
    site.post("/reactions", rule)
