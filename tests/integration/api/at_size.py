"""A site with a hundred thousand events, made by the database itself."""

from __future__ import annotations

from sqlalchemy import Connection, text

EVENTS = 100_000
CAMERAS = 6
_EVENTS = text(
    """
    INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, country, unread,
        confidence, read_at, last_seen, reads, direction, vertical, zone, box, frame_width, frame_height, lists, hits)
    SELECT gen_random_uuid(), at, ('00000000-0000-0000-0000-00000000000' || camera)::uuid, 'Gate ' || camera, n,
        'lost', 'live', CASE WHEN dark THEN '' ELSE plate END, CASE WHEN n % 5 = 0 THEN 'POL' ELSE 'UKR' END,
        CASE WHEN dark THEN 'low_contrast' ELSE '' END, 0.5 + (n % 50) / 100.0, at, at + interval '4 s', 9,
        CASE n % 2 WHEN 0 THEN 'in' ELSE 'out' END, 'down', 1 + n % 3, '[1, 2, 3, 4]', 1920, 1080,
        CASE WHEN n % 20 = 0 THEN '{white}'::text[] ELSE '{}' END,
        CASE WHEN n % 20 = 0 THEN '[{"list": "white", "kind": "white", "entry": "AA1111AA", "how": "exact"}]'::jsonb
            ELSE '[]' END
    FROM (
        SELECT n, now() - n * interval '26 s' AS at, 1 + n % :cameras AS camera, n % 50 = 7 AS dark,
            'AA' || lpad((hashint4(n) & 16383)::text, 5, '0') || chr(65 + n % 7) AS plate
        FROM generate_series(1, :events) AS n
    ) AS made
    """
)
_PLATES = text(
    """
    INSERT INTO plates (plate, skeleton, grams, first_seen, last_seen, events)
    SELECT plate, translate(plate, 'OQDIZSBGT', '000125867'), ARRAY(
        SELECT DISTINCT substr(plate, i, size) FROM generate_series(1, length(plate)) i, generate_series(2, 3) size
        WHERE i + size - 1 <= length(plate) ORDER BY 1
    ), min(captured_at), max(last_seen), count(*) FROM events WHERE plate <> '' GROUP BY plate
    """
)
_TAGS = text(
    """
    INSERT INTO event_tags (event_id, tag, captured_at, camera_id, actor)
    SELECT event_id, 'vip', captured_at, camera_id, 'user:anna' FROM events WHERE car_id % 100 = 0
    """
)


def fill(connection: Connection) -> None:
    """Events of the last thirty days: one in fifty unread, one in a hundred tagged."""
    connection.execute(_EVENTS, {"events": EVENTS, "cameras": CAMERAS})
    connection.execute(_PLATES)
    connection.execute(_TAGS)


def settle(connection: Connection) -> None:
    """What autovacuum does in time; outside of a transaction."""
    for table in ("events", "plates", "event_tags"):
        connection.execute(text(f"VACUUM ANALYZE {table}"))
