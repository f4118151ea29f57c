"""`make screenshots`: every page at three widths in both themes, and the best of them into docs/images."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from playwright.sync_api import Browser, Page, StorageState, sync_playwright
from rich.console import Console
from rich.progress import track

from tests.browser.conftest import ARGUMENTS
from tests.e2e.running_site import ADMIN_PASSWORD, running_site
from tests.screenshots.story import Story, tell

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "images"
SIZES = {1440: 900, 1024: 768, 390: 844}
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")
SETTLES_MS = 1500
QUALITY = 82


def _nothing(_page: Page) -> None:
    """Most pages are shown as they open."""


@dataclass(frozen=True)
class Shot:
    """One page; `into` is the file of docs/images that its widest picture becomes, in `theme`."""

    name: str
    address: Callable[[Story], str]
    steps: Callable[[Page], None] = _nothing
    into: str = ""
    theme: Theme = "light"


def _wall(page: Page) -> None:
    page.get_by_role("button", name="Pictures").or_(page.get_by_role("radio", name="Pictures")).first.click()


def _settings(part: str, into: str = "") -> Shot:
    return Shot(f"settings-{part}", lambda _story: f"/settings/{part}", into=into)


SHOTS = (
    Shot("events", lambda _story: "/", into="events"),
    Shot("event", lambda story: f"/?event={story.newest}", into="event"),
    Shot("search", lambda _story: "/search?plate=A", into="search"),
    Shot("wall", lambda _story: "/search", _wall),
    Shot("plate", lambda story: f"/plates/{story.plates[0]}", into="visits"),
    Shot("live", lambda _story: "/live", theme="dark"),
    Shot("gatehouse", lambda story: f"/gatehouse/{story.gate}", into="gatehouse", theme="dark"),
    Shot("dashboard", lambda _story: "/dashboard?period=week", into="dashboard"),
    Shot("health", lambda _story: "/health"),
    Shot("try", lambda _story: "/try"),
    Shot("welcome", lambda _story: "/welcome"),
    Shot("list", lambda _story: "/settings/lists/Staff"),
    Shot("camera", lambda story: f"/settings/cameras/{story.gate}"),
    *(_settings(part) for part in ("cameras", "lists", "site", "people", "keys", "retention", "backup", "audit")),
    _settings("reactions", "reactions"),
    _settings("integrations", "integrations"),
    *(_settings(part) for part in ("account", "about")),
)


def main() -> None:
    options = _options()
    os.environ["PLATEWIRE_ALLOW_LOOPBACK"] = "1"  # who is told of vehicles stands on this machine
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium is installed (Debian and Ubuntu: apt install chromium)")
    options.out.mkdir(parents=True, exist_ok=True)
    with ExitStack() as at:
        folder = at.enter_context(tempfile.TemporaryDirectory(prefix="platewire-shots-", ignore_cleanup_errors=True))
        site = at.enter_context(running_site(Path(folder), "--demo"))
        story = tell(site, at)
        browser = at.enter_context(sync_playwright()).chromium.launch(executable_path=program, args=ARGUMENTS)
        base = str(site.api.base_url).rstrip("/")
        studio = _Studio(browser, base, _signed_in(browser, base), options.out, options.keep_docs)
        wanted = [shot for shot in SHOTS if not options.only or shot.name in options.only]
        for shot in track(wanted, "Taking pictures"):
            for width in SIZES:
                for theme in THEMES:
                    studio.take(shot, story, width, theme)
        browser.close()
    Console().print(f"{len(wanted) * len(SIZES) * len(THEMES)} pictures in {options.out}, the best of them in {DOCS}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots", help="where all of them go")
    parser.add_argument("--only", nargs="*", help=f"of {', '.join(shot.name for shot in SHOTS)}")
    parser.add_argument("--keep-docs", action="store_true", help="leave docs/images as they are")
    return parser.parse_args()


def _signed_in(browser: Browser, base: str) -> StorageState:
    context = browser.new_context(base_url=base)
    answer = context.request.post("/api/v1/session", data={"name": "admin", "password": ADMIN_PASSWORD})
    assert answer.ok, answer.text()
    return context.storage_state()


@dataclass(frozen=True)
class _Studio:
    """Who looks, and where the pictures go."""

    browser: Browser
    base: str
    cookies: StorageState
    out: Path
    keep_docs: bool

    def take(self, shot: Shot, story: Story, width: int, theme: Theme) -> None:
        context = self.browser.new_context(
            base_url=self.base,
            viewport={"width": width, "height": SIZES[width]},
            color_scheme=theme,
            reduced_motion="reduce",
            locale="en-GB",
            storage_state=self.cookies,
        )
        page = context.new_page()
        page.goto(shot.address(story))
        page.wait_for_timeout(SETTLES_MS)
        shot.steps(page)
        page.wait_for_timeout(SETTLES_MS // 3)
        picture = page.screenshot()
        (self.out / f"{shot.name}-{width}-{theme}.png").write_bytes(picture)
        if shot.into and width == max(SIZES) and theme == shot.theme and not self.keep_docs:
            pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
            assert pixels is not None
            cv2.imwrite(str(DOCS / f"{shot.into}.webp"), pixels, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
        context.close()


if __name__ == "__main__":
    main()
