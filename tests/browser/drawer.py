"""The drawer of an event, as tests find it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from tests.e2e.running_site import RunningSite


def drawer_of(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Event", exact=True)


def event_now(running: RunningSite, event: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = running.get(f"/events/{event['event_id']}")
    return told
