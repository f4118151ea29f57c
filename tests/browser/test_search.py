"""Search: parts of plates, look-alikes, conditions that stand in the address, and 100,000 events without a stutter."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Request, expect
from sqlalchemy import text

from console.site import database
from tests.browser.conftest import Opener
from tests.browser.passages import Passages
from tests.e2e.running_site import RunningSite

MANY = 100_000
SLOWEST_MS = 300
_EVENTS = """
INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, country, confidence,
    read_at, last_seen, reads, direction, vertical, box, frame_width, frame_height)
SELECT gen_random_uuid(), at, gen_random_uuid(), 'Many', n, 'lost', 'live', plate, 'UKR', 0.97, at, at, 9, 'in',
    'unknown', '[10, 20, 120, 30]', 640, 480
FROM (SELECT n, now() - interval '3 days' - n * interval '1 second' AS at,
          'MA' || lpad((n % 9000)::text, 4, '0') || 'NY' AS plate
      FROM generate_series(1, :events) AS n) AS made
"""
_DICTIONARY = """
INSERT INTO plates (plate, skeleton, grams, first_seen, last_seen, events)
SELECT plate, plate, array(SELECT DISTINCT substr(plate, i, size) FROM generate_series(2, 3) AS size,
    generate_series(1, length(plate) - 1) AS i WHERE length(substr(plate, i, size)) = size),
    min(captured_at), max(captured_at), count(*) FROM events WHERE camera_name = 'Many' GROUP BY plate
"""


def test_parts_wildcards_and_look_alikes_are_found(open_page: Opener, passages: Passages) -> None:
    passages.passed("SE4O01", camera="Search")
    page = open_page("/search")
    field = page.get_by_label("Plate or part of it", exact=True).last
    rows = page.get_by_role("row").filter(has_text="SE4O01")
    field.fill("4O0")
    expect(rows).to_have_count(1)
    field.fill("SE?O*")
    expect(rows).to_have_count(1)
    field.fill("SE4001")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_label("Also look-alikes").check()
    expect(rows).to_have_count(1)


def test_what_was_understood_is_told_kept_in_the_address_and_taken_away_again(
    open_page: Opener, passages: Passages
) -> None:
    passages.passed("SE5001", camera="Search")
    page = open_page("/search?plate=SE5001&direction=out")
    expect(page.get_by_role("heading", name="Nothing fits")).to_be_visible()
    page.get_by_role("button", name="Without: going out").click()
    expect(page.get_by_text("1 passage", exact=True)).to_be_visible()
    assert "direction" not in page.url
    page.get_by_role("button", name="Picture wall").click()
    expect(page.get_by_role("img", name="Frame with plate SE5001")).to_be_visible()
    page.reload()
    expect(page.get_by_role("img", name="Frame with plate SE5001")).to_be_visible()


def test_the_bar_searches_from_every_page(open_page: Opener, passages: Passages) -> None:
    passages.passed("SE6001", camera="Search")
    page = open_page("/settings/lists")
    expect(page.get_by_role("heading", name="Lists")).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("SE6001")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").filter(has_text="SE6001")).to_have_count(1)


def test_the_passages_of_one_plate_tell_when_it_comes(open_page: Opener, passages: Passages) -> None:
    for hours in (50, 26, 2):
        passages.passed("SE7001", camera="Search", ago=timedelta(hours=hours))
    page = open_page("/plates/SE7001")
    expect(page.get_by_text("3 passages", exact=True)).to_be_visible()
    expect(page.get_by_role("rowheader")).to_have_count(7)
    expect(page.get_by_text("Search (3)")).to_be_visible()


@pytest.mark.slow
def test_a_hundred_thousand_events_do_not_stutter(open_page: Opener, running: RunningSite) -> None:
    with database(running.data_dir) as engine:
        with engine.begin() as connection:
            connection.execute(text(_EVENTS), {"events": MANY})
            connection.execute(text(_DICTIONARY))
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
    page = open_page("/search?plate=12")
    slow: list[str] = []

    def look(request: Request) -> None:
        if "/api/v1/events?" in request.url and request.timing["responseEnd"] > SLOWEST_MS:
            slow.append(f"{request.url}: {request.timing['responseEnd']:.0f} ms")

    expect(page.get_by_role("row")).to_have_count(61)
    # The first of each kind may have met cold pages of the database; what a person does next may not wait.
    page.on("requestfinished", look)
    field = page.get_by_label("Plate or part of it", exact=True).last
    for asked in ("123", "1234", "MA1?34NY", "N*Y", "7NY"):
        field.fill(asked)
        page.wait_for_timeout(700)
    expect(page.get_by_role("row")).to_have_count(61)
    for _ in range(12):
        page.get_by_role("button", name="Show more").click()
        page.wait_for_timeout(150)
        if page.get_by_role("button", name="Show more").count() == 0:
            break
    assert page.get_by_role("row").count() <= 601
    assert page.evaluate("document.querySelectorAll('*').length") < 20_000
    assert slow == []
