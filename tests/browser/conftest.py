"""A running site and a real browser; a page that does what it must not fails the test that looked at it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from tests.browser.passages import Passages
from tests.e2e.running_site import ADMIN_PASSWORD, RunningSite, running_site

ARGUMENTS = [
    "--no-sandbox",  # tests may run as root, as in containers
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# What a browser writes by itself where a page was refused something on purpose.
EXPECTED = "Failed to load resource"
WIDTH, HEIGHT = 1440, 900
SLOWEST_MS = 10_000

Opener = Callable[..., Page]


@pytest.fixture(scope="session")
def running() -> Iterator[RunningSite]:
    # Not in pytest's folder: as root, PostgreSQL is another user, and pytest closes its folder at each start.
    with (
        tempfile.TemporaryDirectory(prefix="platewire-pages-", ignore_cleanup_errors=True) as folder,
        running_site(Path(folder)) as started,
    ):
        yield started


@pytest.fixture(scope="session")
def passages(running: RunningSite) -> Passages:
    """Lets vehicles pass at cameras that push what they read."""
    return Passages(running)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium is installed (Debian and Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()


def _sign_in(context: BrowserContext, user: str, password: str) -> None:
    """One try a second is let through from one address."""
    for _ in range(10):
        signed_in = context.request.post("/api/v1/session", data={"name": user, "password": password})
        if signed_in.status != HTTPStatus.TOO_MANY_REQUESTS:
            break
        time.sleep(1)
    assert signed_in.ok, signed_in.text()


class Watch:
    """Collects what no page may do: ask another host, break the content security policy, throw."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.faults: list[str] = []

    def look_at(self, context: BrowserContext) -> None:
        context.on("request", self._request)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"thrown: {error.error}"))

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.base_url, "data:", "blob:")):
            self.faults.append(f"asked another host: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and EXPECTED not in message.text:
            self.faults.append(f"{message.type}: {message.text}")


@pytest.fixture
def open_page(running: RunningSite, browser: Browser) -> Iterator[Opener]:
    """`open_page("/search", width=390, user="admin", **context)`: a page of a new context, signed in."""
    contexts: list[BrowserContext] = []
    base_url = str(running.api.base_url).rstrip("/")
    watch = Watch(base_url)

    def opened(
        address: str = "/",
        *,
        user: str | None = "admin",
        password: str = ADMIN_PASSWORD,
        width: int = WIDTH,
        height: int = HEIGHT,
        locale: str = "en-GB",
        **options: object,
    ) -> Page:
        context = browser.new_context(
            base_url=base_url,
            viewport={"width": width, "height": height},
            locale=locale,
            reduced_motion="reduce",
            **options,  # type: ignore[arg-type]  # of Playwright's own
        )
        contexts.append(context)
        watch.look_at(context)
        if user is not None:
            _sign_in(context, user, password)
        page = context.new_page()
        page.set_default_timeout(SLOWEST_MS)
        page.goto(address)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert watch.faults == []
