"""How long a dry run of a rule takes over 100,000 stored events: `python -m benchmarks.dry_run`."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from services.api.reactions.dry_run import run
from services.api.reactions.dry_run_schemas import DryRunIn
from shared.db.session import transaction
from shared.testing import TestServers

EVENTS = 100_000
NIGHTS = {"periods": [{"days": ["mon", "tue", "wed", "thu", "fri"], "start": "22:00", "end": "08:00"}]}
RULES: dict[str, dict[str, object]] = {
    "every plate": {},
    "white list, weekday nights, cool-down": {"lists": ["white"], "cool_down": 300, "schedule": NIGHTS},
    "every plate, cool-down of a day": {"cool_down": 86_400},
}
# One event each six seconds, 20,000 plates, every fifth on the white list.
FILL = text("""
    INSERT INTO events (event_id, captured_at, camera_id, camera_name, car_id, state, origin, plate, confidence,
        read_at, last_seen, reads, direction, vertical, box, frame_width, frame_height, lists, hits)
    SELECT gen_random_uuid(), timestamptz '2026-11-01' + n * interval '6 seconds', gen_random_uuid(), 'Gate', n, 'lost',
        'live', 'AB' || lpad((n * 7919 % 20000)::text, 5, '0'), 0.9, now(), now(), 7, 'in', 'up', '[1, 2, 3, 4]', 640,
        480, CASE WHEN n % 5 = 0 THEN ARRAY['white'] ELSE ARRAY[]::text[] END,
        CASE WHEN n % 5 = 0 THEN jsonb_build_array(jsonb_build_object(
            'list', 'white', 'kind', 'white', 'entry', 'AB', 'how', 'exact')) ELSE '[]' END
    FROM generate_series(1, CAST(:events AS integer)) AS n
""")


def measure(session: Session, name: str) -> None:
    asked = DryRunIn.model_validate(
        {"rule": {"settings": RULES[name]}, "from": "2026-11-01T00:00:00Z", "to": "2027-01-01T00:00:00Z"}
    )
    wall, processor = time.monotonic(), time.process_time()
    found = run(session, asked)
    taken = f"{time.monotonic() - wall:.2f} s, of which {time.process_time() - processor:.2f} s of processor"
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name}: {found.looked_at} events, {found.fired} firings, {taken}, {memory} MB at most")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True) as folder:
        servers = TestServers(Path(folder))
        with servers.site() as site:
            with transaction(site.engine) as session:
                session.execute(text("SET LOCAL statement_timeout = 0"))
                session.execute(FILL, {"events": EVENTS})
            for name in RULES:
                with transaction(site.engine) as session:
                    measure(session, name)
        servers.stop()


if __name__ == "__main__":
    main()
