"""Times the first page in a browser: from the address to a page that shows its vehicles and takes a key.

Each time in a new context, so nothing is cached. docs/pages.md tells what the figures mean.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Browser, Response, StorageState, sync_playwright
from rich.console import Console
from rich.progress import track

from benchmarks.site import PASSWORD, Running, running_site
from benchmarks.vehicles import all_plates, one_read, store_pictures
from shared import streams

BOUND_MS, BOUND_BYTES = 1000.0, 150 * 1024
VEHICLES = 30
ROW = "() => document.querySelector('ol[aria-label=\"Passages, newest first\"] li .plate')"
console = Console()


def main() -> None:
    options = _options()
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium is installed (Debian and Ubuntu: apt install chromium)")
    with ExitStack() as at:
        folder = at.enter_context(tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True))
        running, playwright = at.enter_context(running_site(Path(folder))), at.enter_context(sync_playwright())
        _vehicles(running)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        base = str(running.api.base_url).split("/api/")[0]
        cookies = _signed_in(browser, base)
        _, size = _first_page(browser, base, cookies, weighed=True)
        seen = [
            _first_page(browser, base, cookies, weighed=False)
            for _ in track(range(options.times), "Opening", console=console)
        ]
        browser.close()
    took = sorted(milliseconds for milliseconds, _ in seen)
    console.print(
        f"{len(took)} times: median {statistics.median(took):.0f} ms, slowest {took[-1]:.0f} ms "
        f"(wanted {BOUND_MS:.0f}), {size / 1024:.0f} KiB as sent (wanted {BOUND_BYTES // 1024})"
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=15, help="how often the page is opened")
    return parser.parse_args()


def _vehicles(running: Running) -> None:
    source = {"kind": "push", "device": "bench"}
    made = running.api.post("/cameras", json={"name": "Gate", "source": source}).raise_for_status().json()
    keys = store_pictures(running.media)
    camera = UUID(made["id"])
    for number, plate in enumerate(all_plates(VEHICLES)):
        for frame in range(3):
            found = one_read(camera, plate, number * 3 + frame, keys)
            streams.publish(running.events, streams.reads(streams.shard_of(camera)), found.model_dump_json())
            time.sleep(0.02)
    deadline = time.monotonic() + 60
    while len(running.api.get("/events").json()["events"]) < VEHICLES // 2 and time.monotonic() < deadline:
        time.sleep(0.2)


def _signed_in(browser: Browser, base: str) -> StorageState:
    context = browser.new_context(base_url=base)
    answer = context.request.post("/api/v1/session", data={"name": "admin", "password": PASSWORD})
    assert answer.ok, answer.text()
    return context.storage_state()


def _first_page(browser: Browser, base: str, cookies: StorageState, *, weighed: bool) -> tuple[float, int]:
    """Milliseconds until it can be used, and the bytes of page, script, style and texts as they were sent."""
    context = browser.new_context(base_url=base, viewport={"width": 1440, "height": 900}, storage_state=cookies)
    page = context.new_page()
    weights: list[int] = []

    def weigh(response: Response) -> None:
        if "/pages/" in response.url or response.url.rstrip("/") == base:
            weights.append(response.request.sizes()["responseBodySize"])

    if weighed:  # asking for sizes takes time that is not the page's
        page.on("response", weigh)
    page.goto("/", wait_until="commit")
    page.wait_for_function(ROW)  # looks at every frame that is drawn; expect() would look four times a second
    page.keyboard.press("?")
    page.wait_for_function("() => document.querySelector('dialog[open]')")
    took: float = page.evaluate("performance.now()")
    page.wait_for_timeout(300)
    context.close()
    return took, sum(weights)


if __name__ == "__main__":
    main()
