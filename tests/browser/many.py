"""A site that has seen much: rows put straight into its database, because pushing them would take an hour."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import create_engine, text

from console.site import database

# One vehicle every 26 s is 100,000 in a month; a few thousand of them come again and again, mostly by day.
_EVENTS = """
INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, country, confidence,
    read_at, last_seen, reads, direction, vertical, box, frame_width, frame_height, unread)
SELECT gen_random_uuid(), at, (:ids)[1 + n % :cameras], (:names)[1 + n % :cameras], n, 'lost', 'live',
    CASE WHEN n % 25 = 0 THEN '' ELSE plate END, CASE WHEN n % 25 = 0 THEN '' ELSE country END,
    0.6 + (n % 40) * 0.01, at, at, 9, CASE WHEN n % 2 = 0 THEN 'in' ELSE 'out' END, 'unknown', '[10, 20, 120, 30]',
    640, 480, CASE WHEN n % 25 <> 0 THEN '' WHEN n % 3 = 0 THEN 'blurred' ELSE 'too_small' END
FROM (SELECT n, now() - n * interval '26 seconds' AS at, (ARRAY['UKR', 'UKR', 'UKR', 'POL', 'DEU'])[1 + n % 5] AS country,
      'BN' || lpad((n * n % 5003)::text, 4, '0') || 'CE' AS plate FROM generate_series(1, :events) AS n) AS made
"""
_DICTIONARY = """
INSERT INTO plates (plate, skeleton, grams, first_seen, last_seen, events)
SELECT plate, translate(plate, 'OQDIZSBGT', '000125867'), array(SELECT DISTINCT substr(plate, i, size)
    FROM generate_series(2, 3) AS size, generate_series(1, length(plate) - 1) AS i
    WHERE length(substr(plate, i, size)) = size), min(captured_at), max(captured_at), count(*)
FROM events WHERE plate <> '' GROUP BY plate ON CONFLICT DO NOTHING
"""


def fill(data_dir: Path, events: int, cameras: Sequence[tuple[str, str]]) -> None:
    """`events` passages at these cameras (name and id), the newest half a minute ago."""
    engine = create_engine(database(data_dir).url)
    values = {"ids": [one for _, one in cameras], "names": [name for name, _ in cameras], "cameras": len(cameras)}
    with engine.begin() as connection:
        connection.execute(text(_EVENTS), values | {"events": events})
        connection.execute(text(_DICTIONARY))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE events, plates"))
    engine.dispose()
