"""axe-core over every page in both themes: no serious finding; and what a browser loads first stays small."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Response, expect

from tests.browser.conftest import Opener
from tests.browser.passages import Passages

AXE = Path(__file__).parents[2] / "pages/node_modules/axe-core/axe.min.js"
PAGES = Path(__file__).parents[2] / "pages/src"
ROUTES = (PAGES / "routes.ts").read_text()
PARTS = (PAGES / "routes/settings/parts.ts").read_text()
ADDRESSES = (
    # Every page without a parameter, and every part of the settings.
    *re.findall(r'^  "(/[^":]*)":', ROUTES, re.MULTILINE),
    *(f"/settings/{part}" for part in re.findall(r'\bid: "(\w+)"', PARTS)),
    "/search?view=wall&period=custom",
    "/dashboard?period=custom&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z",
    "/plates/AX1001",
    "/settings/cameras/new",
    "/settings/lists/white",
    "/settings/integrations/new-json_http",
)
MOST_BYTES = 150 * 1024


def findings(page: Any) -> list[str]:
    page.evaluate(AXE.read_text())
    result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    serious = [one for one in result["violations"] if one["impact"] in {"serious", "critical"}]
    return [f"{one['id']}: {node['html'][:160]}" for one in serious for node in one["nodes"][:3]]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(open_page: Opener, passages: Passages, theme: str) -> None:
    event = passages.passed("AX1001")
    gate = event["camera_id"]
    of_the_gate = (f"/gatehouse/{gate}", f"/settings/cameras/{gate}")
    page = open_page("/", color_scheme=theme)
    found = {}
    for address in (*ADDRESSES, f"/?event={event['event_id']}", *of_the_gate):
        page.goto(address)
        expect(page.get_by_role("main").or_(page.get_by_role("navigation")).first).to_be_visible()
        page.wait_for_timeout(600)
        if wrong := findings(page):
            found[address] = wrong
    assert found == {}


def test_axe_finds_nothing_serious_where_one_signs_in(open_page: Opener) -> None:
    page = open_page("/sign-in", user=None)
    expect(page.get_by_label("Password")).to_be_visible()
    assert findings(page) == []


def test_the_first_page_is_small_and_soon_there(open_page: Opener, passages: Passages) -> None:
    passages.passed("AX2001")
    page = open_page("/health")
    bytes_of: dict[str, int] = {}

    def weigh(response: Response) -> None:
        if "/pages/" in response.url or response.url.rstrip("/").count("/") == 2:
            bytes_of[response.url] = response.request.sizes()["responseBodySize"]

    fresh = page.context.new_page()
    fresh.on("response", weigh)
    fresh.goto("/")
    expect(fresh.get_by_role("list", name="Passages, newest first")).to_be_visible()
    fresh.wait_for_timeout(500)
    assert bytes_of
    assert sum(bytes_of.values()) <= MOST_BYTES, bytes_of
