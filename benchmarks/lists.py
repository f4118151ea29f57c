"""Times what lists cost the reactor with a million entries: a match by mode, a look for changes, memory.

Starts servers of its own in a temporary folder, fills the white list and asks as the reactor does. docs/lists.md says
what the figures mean.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import get_args
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from services.reactor.worker import Reactor
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import ListEntry, PlateList
from shared.matching import Match
from shared.media import MediaStore
from shared.testing import Site, TestServers

LETTERS = "ABCEHIKMOPTX"
"""Those of Ukrainian plates, which are dense: AA1234BB has 207 million forms."""
FORMS = len(LETTERS) ** 4 * 10_000
STEP = 104_729_333
"""Prime to the number of forms, so that the first million plates are all different and far apart."""
console = Console()


@dataclass(frozen=True)
class Times:
    """Milliseconds that one thing took by the clock, again and again, and on average of processor time.

    The latter is this process's and that of the database's process which serves it; other work does not lengthen it.
    """

    taken: list[float]
    processor: float

    def row(self) -> list[str]:
        ordered = sorted(self.taken)
        shares = [ordered[int(share * (len(ordered) - 1))] for share in (0.5, 0.95, 0.99)]
        return [f"{ms:.2f}" for ms in (*shares, self.processor)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--patterns", type=int, default=10_000, help="so many of the entries have wildcards")
    parser.add_argument("--plates", type=int, default=2000, help="how many are asked for in each mode")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="platewire-bench-", ignore_cleanup_errors=True) as folder:
        servers = TestServers(Path(folder))
        try:
            with servers.site() as site:
                started = time.perf_counter()
                _fill(site, options.entries, options.patterns)
                console.print(f"{options.entries} entries loaded in {time.perf_counter() - started:.0f} s")
                console.print(_measured(site, options.entries, options.plates))
        finally:
            servers.stop()
    console.print(f"memory of the process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def plate(number: int) -> str:
    """The plate of that number, like AB1234CE."""
    rest, digits = divmod(number * STEP % FORMS, 10_000)
    letters = []
    for _ in range(4):
        rest, letter = divmod(rest, len(LETTERS))
        letters.append(LETTERS[letter])
    return f"{letters[0]}{letters[1]}{digits:04}{letters[2]}{letters[3]}"


def _passing(number: int, entries: int) -> str:
    """Of three vehicles one is listed, one is listed and misread by a character, and one is a stranger."""
    if number % 3 == 0:
        return plate(entries + number)
    read = plate(number)
    return read if number % 3 == 1 else read[:2] + str((int(read[2]) + 1) % 10) + read[3:]


def _patterns(random: Random) -> Iterator[str]:
    """Plates with one to three wildcards, a third of them without their beginning."""
    for number in count():
        letters = list(plate(number))
        for place in random.sample(range(len(letters)), random.choice((1, 2, 3))):
            letters[place] = "?"
        yield "".join(("*", *letters[3:]) if number % 3 == 0 else letters)


def _fill(site: Site, entries: int, patterns: int) -> None:
    with site.engine.begin() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        white = connection.execute(select(PlateList.id).where(PlateList.name == "white")).scalar_one()
        driver = connection.connection.driver_connection
        assert driver is not None
        with driver.cursor().copy("COPY list_entries (id, list_id, plate, typed, pattern) FROM STDIN") as rows:
            for number in range(entries - patterns):
                rows.write_row((UUID(int=number), white, plate(number), plate(number), False))
            kept: set[str] = set()
            for pattern in _patterns(Random(1)):
                if len(kept) == patterns:
                    break
                if pattern not in kept:
                    kept.add(pattern)
                    rows.write_row((UUID(int=entries + len(kept)), white, pattern, pattern, True))


def _measured(site: Site, entries: int, plates: int) -> Table:
    reactor = Reactor(site.engine, site.events, MediaStore(site.settings.media_dir))
    table = Table("ms", "p50", "p95", "p99", "processor")
    for number, match in enumerate(get_args(Match)):
        _set_mode(site, match)
        reactor.refresh()
        asked = [_passing(i, entries) for i in range(number * plates, (number + 1) * plates)]
        hits = Counter[str]()
        for what in (f"a new plate, {match}", "the same again"):
            with transaction(site.engine) as session:
                hits.clear()
                times = _timed(site, partial(_ask, reactor, session, hits), asked)
            table.add_row(what, *times.row())
        console.print(f"hits of {plates} plates, {match}: {dict(hits)}")
    with transaction(site.engine) as session:
        nothing = _timed(site, lambda _: session.execute(text("SELECT 1")), [""] * plates)
    table.add_row("SELECT 1, to compare", *nothing.row())
    table.add_row("a look for changes, all settings", *_timed(site, lambda _: reactor.refresh(), [""] * 200).row())
    added = [f"NEW{number:05}" for number in range(50)]
    table.add_row("one entry added, seen and matched", *_timed(site, partial(_change, site, reactor), added).row())
    return table


def _ask(reactor: Reactor, session: Session, hits: Counter[str], asked: str) -> None:
    hits.update(hit.how for hit in reactor.catalogue.lists.of(session, asked, now()))


def _timed(site: Site, work: Callable[[str], object], plates: Sequence[str]) -> Times:
    taken, processor = [], time.process_time() + _database_seconds(site)
    for asked in plates:
        started = time.perf_counter()
        work(asked)
        taken.append((time.perf_counter() - started) * 1000)
    return Times(taken, (time.process_time() + _database_seconds(site) - processor) * 1000 / len(plates))


def _database_seconds(site: Site) -> float:
    """Processor time of all of the database's processes that serve us."""
    with site.engine.connect() as connection:
        found = connection.scalars(text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()"))
        stats = [Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split() for pid in found]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats) / os.sysconf("SC_CLK_TCK")


def _set_mode(site: Site, match: Match) -> None:
    with transaction(site.engine) as session:
        session.execute(update(PlateList).values(match=match))


def _change(site: Site, reactor: Reactor, added: str) -> None:
    """Adds an entry and makes sure that the reactor's next look knows it."""
    with transaction(site.engine) as session:
        black = session.scalars(select(PlateList).where(PlateList.name == "black")).one()
        session.add(ListEntry(list_id=black.id, plate=added, typed=added))
    reactor.refresh()
    with transaction(site.engine) as session:
        assert reactor.catalogue.lists.of(session, added, now())[0].list == "black"


if __name__ == "__main__":
    main()
