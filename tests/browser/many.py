"""A site that has seen much: rows put straight into its database, because pushing them would take an hour."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import text

from console.site import database

# 100,000 of them are three weeks; 5003 is prime, so that thousands of plates come again and again.
_EVENTS = """
INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, country, confidence,
    read_at, last_seen, reads, direction, vertical, box, frame_width, frame_height, unread)
SELECT gen_random_uuid(), at, (CAST(:ids AS uuid[]))[1 + n % :cameras], (CAST(:names AS text[]))[1 + n % :cameras],
    n, 'lost', 'live', CASE WHEN why = '' THEN plate ELSE '' END, CASE WHEN why = '' THEN country ELSE '' END,
    0.6 + (n % 40) * 0.01, at, at, 9, (ARRAY['in', 'out'])[1 + n % 2], 'unknown', '[10, 20, 120, 30]', 640, 480, why
FROM (SELECT n, now() - interval '3 days' - n * interval '20 seconds' AS at,
          'BN' || lpad((CAST(n AS bigint) * n % 5003)::text, 4, '0') || 'CE' AS plate,
          (ARRAY['UKR', 'UKR', 'UKR', 'POL', 'DEU'])[1 + n % 5] AS country,
          CASE n % 50 WHEN 0 THEN 'blurred' WHEN 1 THEN 'too_small' ELSE '' END AS why
      FROM generate_series(1, :events) AS n) AS made
"""
_DICTIONARY = """
INSERT INTO plates (plate, skeleton, grams, first_seen, last_seen, events)
SELECT plate, translate(plate, 'OQDIZSBGT', '000125867'), array(SELECT DISTINCT substr(plate, i, size)
    FROM generate_series(2, 3) AS size, generate_series(1, length(plate) - 1) AS i
    WHERE length(substr(plate, i, size)) = size), min(captured_at), max(captured_at), count(*)
FROM events WHERE plate <> '' GROUP BY plate ON CONFLICT DO NOTHING
"""


def fill(data_dir: Path, events: int, cameras: Mapping[str, str]) -> None:
    """`events` passages at these cameras (id by name), none of the last three days, which are for other tests."""
    values = {"ids": list(cameras.values()), "names": list(cameras), "cameras": len(cameras), "events": events}
    with database(data_dir) as engine, engine.begin() as connection:
        # A site's own limit is for what people wait for.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text(_EVENTS), values)
        connection.execute(text(_DICTIONARY))
        connection.execute(text("ANALYZE events, plates"))
