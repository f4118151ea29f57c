"""Speaks to a site by HTTP, and waits for what must come."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

Found = TypeVar("Found")


def wait_for(what: Callable[[], Found | None], seconds: float, sentence: str) -> Found:
    """The first true answer of `what`, or a failure that says what did not come."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := what():
            return found
        time.sleep(0.3)
    raise AssertionError(f"After {seconds:.0f} s: {sentence}")


@dataclass
class SiteClient:
    """A client with a key that may do everything."""

    api: httpx.Client

    def get(self, path: str, **query: Any) -> Any:
        return self.api.get(f"/api/v1{path}", params=query).raise_for_status().json()

    def post(self, path: str, body: Any) -> Any:
        answer = self.api.post(f"/api/v1{path}", json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def events(self) -> list[dict[str, Any]]:
        """All events, newest first, through the pages."""
        events: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.get("/events", limit=500, **cursor)
            events += page["events"]
            if not page["next"]:
                return events
            cursor = {"cursor": page["next"]}

    def events_of(self, *cameras: str) -> list[dict[str, Any]]:
        return [event for event in self.events() if event["camera_name"] in cameras]

    def state_of(self, camera: str) -> str:
        """The camera's state; empty while the site cannot say, as when its API was just killed."""
        try:
            cameras = self.get("/cameras")["cameras"]
        except httpx.HTTPError:
            return ""
        return str(next(c["status"]["state"] for c in cameras if c["name"] == camera))
