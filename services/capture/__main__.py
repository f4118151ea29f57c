"""`python -m services.capture`: follows the cameras in the database and keeps a process for each."""

from __future__ import annotations

from services.capture.fleet import Fleet
from services.capture.reporter import Reporter
from services.capture.roster import Roster
from shared.db import session
from shared.process import Stop, heartbeat_file, run_service
from shared.settings import Settings, from_environment


def main(stop: Stop) -> None:
    serve(from_environment(), stop)


def serve(settings: Settings, stop: Stop) -> None:
    """Runs until `stop`. PostgreSQL and Redis are asked in threads, so that neither can hold up the watchdog."""
    roster = Roster(session.connect(settings.sqlalchemy_url, pool=1), stop)
    fleet = Fleet(settings)
    roster.follow()
    Reporter(settings, roster, fleet, stop).follow()
    heartbeat = heartbeat_file("capture")
    try:
        while not stop.wait(0.25):
            heartbeat.touch()
            fleet.turn({camera_id: one for camera_id, one in (roster.cameras or {}).items() if one.enabled})
    finally:
        fleet.end()


if __name__ == "__main__":
    run_service("capture", main)
