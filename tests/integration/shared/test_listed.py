"""Which lists name a plate, asked of a real database; and that every change is seen, whoever makes it and however."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from services.reactor.catalogue import Catalogue
from shared import listed
from shared import site as site_settings
from shared.db.session import transaction
from shared.db.tables import ListChange, ListEntry, PlateList
from shared.listed import MOST_OF_A_LIST, RANKS
from shared.matching import HOWS, How, Match
from shared.messages import ListHit
from shared.plates import distance, is_pattern, normalise, parse_entry, skeleton
from shared.schedules import Schedule
from shared.testing import NOON, Site

DAY = timedelta(days=1)
LETTERS = "AO08BĦЖ1"
PLATES = st.text(LETTERS, min_size=2, max_size=6)
ENTRIES = st.text(LETTERS + "?*", min_size=2, max_size=6).filter(lambda typed: typed.strip("?*") != "")
MODES: tuple[Match, ...] = ("strict", "look_alike", "one_off")


def add(session: Session, name: str, *plates: str, **details: object) -> None:
    found = session.scalars(select(PlateList).where(PlateList.name == name)).one()
    rows = [
        ListEntry(list_id=found.id, plate=parse_entry(p), typed=p, pattern=is_pattern(p), **details) for p in plates
    ]
    session.add_all(rows)
    session.flush()


def add_list(session: Session, name: str, match: Match = "strict", kind: str = "named") -> None:
    session.add(PlateList(name=name, kind=kind, match=match))
    session.flush()


def hits(session: Session, plate: str, at: datetime = NOON) -> tuple[ListHit, ...]:
    return listed.load(session).of(session, plate, at)


def names(session: Session, plate: str, at: datetime = NOON) -> list[str]:
    return [hit.list for hit in hits(session, plate, at)]


def test_exact_entries_and_patterns_match_and_black_comes_first(site: Site) -> None:
    with transaction(site.engine) as session:
        for name in ("staff", "police", "guests"):
            add_list(session, name)
        add(session, "staff", "AB12??E")
        add(session, "white", "AB12CDE")
        add(session, "black", "*CDE")
        add(session, "police", "AB12CDE")
        add(session, "guests", "XY99ZZZ")
        assert names(session, "AB12CDE") == ["black", "white", "police", "staff"]
        assert names(session, "ав-12 cde") == ["black", "white", "police", "staff"]
        assert names(session, "XY99ZZZ") == ["guests"]
        assert names(session, "QQ11QQQ") == []


def test_each_list_matches_in_its_own_way_and_says_how(site: Site) -> None:
    with transaction(site.engine) as session:
        add_list(session, "vips", "one_off")
        for name in ("black", "white", "vips"):
            add(session, name, "AB0123")
        found = [(hit.list, hit.kind, hit.entry, hit.how) for hit in hits(session, "ABO123")]
        assert found == [("black", "black", "AB0123", "look_alike"), ("vips", "named", "AB0123", "look_alike")]
        assert [(hit.list, hit.how) for hit in hits(session, "ABO12")] == [("vips", "one_off")]
        assert [hit.how for hit in hits(session, "AB0123")] == ["exact"] * 3


def test_the_surest_entries_of_a_list_are_told_and_not_all(site: Site) -> None:
    with transaction(site.engine) as session:
        add_list(session, "vips", "one_off")
        add(session, "vips", *(f"AB012{n}" for n in range(10)), "AB0123X", "ABO123", "AB01?3")
        ways = [hit.how for hit in hits(session, "AB0123")]
        assert ways == ["exact", "pattern", "look_alike", "one_off", "one_off"]
        assert len(ways) == MOST_OF_A_LIST


def test_an_entry_counts_only_while_it_is_valid(site: Site) -> None:
    with transaction(site.engine) as session:
        add(session, "white", "AB12CDE", valid_from=NOON, valid_to=NOON + DAY)
        moments = [NOON - DAY, NOON, NOON + DAY / 2, NOON + DAY]
        assert [bool(hits(session, "AB12CDE", moment)) for moment in moments] == [False, True, True, False]


def test_a_schedule_follows_the_clocks_of_the_site(site: Site) -> None:
    nights = Schedule.model_validate({"periods": [{"days": ["sat"], "start": "22:00", "end": "06:00"}]})
    in_kyiv = [datetime(2026, 3, day, hour, tzinfo=ZoneInfo("Europe/Kyiv")) for day, hour in ((28, 21), (28, 22))]
    # The clocks go forward in this night: six o'clock in summer time is five in winter time.
    in_kyiv += [datetime(2026, 3, 29, hour, 59, tzinfo=ZoneInfo("Europe/Kyiv")) for hour in (5, 6)]
    with transaction(site.engine) as session:
        add(session, "white", "AB12CDE", schedule=nights.model_dump(mode="json"))
        site_settings.save(session, site_settings.TimeZone(value="Europe/Kyiv"))
        assert [bool(hits(session, "AB12CDE", moment)) for moment in in_kyiv] == [False, True, True, False]


def test_an_entry_whose_schedule_cannot_be_read_never_counts(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    with transaction(site.engine) as session:
        add(session, "white", "AB12CDE", schedule={"periods": "always"})
        assert hits(session, "AB12CDE") == ()
    assert "entry is left out" in caplog.text


@pytest.mark.parametrize("plate", ["", "AB\x0012", "AB,12", "AB\\", "%%", "__", "🚗🚗", "A" * 500])
def test_what_is_no_plate_is_on_no_list(site: Site, plate: str) -> None:
    with transaction(site.engine) as session:
        add(session, "black", "AB12", "A*B")
        assert hits(session, plate) == ()


def as_defined(entry: str, plate: str, match: Match) -> How | None:
    """What `shared.matching.how` says, by definition instead of by speed."""
    if fits(entry, plate):
        return "pattern" if is_pattern(entry) else "exact"
    if match != "strict" and fits(skeleton(entry), skeleton(plate)):
        return "look_alike"
    near = match == "one_off" and not is_pattern(entry) and distance(skeleton(entry), skeleton(plate)) == 1
    return "one_off" if near else None


def fits(entry: str, plate: str) -> bool:
    if not entry:
        return not plate
    if entry[0] == "*":
        return any(fits(entry[1:], plate[i:]) for i in range(len(plate) + 1))
    return bool(plate) and entry[0] in ("?", plate[0]) and fits(entry[1:], plate[1:])


@contextmanager
def undone(engine_site: Site) -> Iterator[Session]:
    with Session(engine_site.engine) as session:
        yield session
        session.rollback()


# The site is shared by all examples: each undoes what it did.
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    held=st.lists(st.tuples(st.sampled_from(MODES), ENTRIES), max_size=12, unique=True),
    plates=st.lists(PLATES, min_size=1, max_size=4),
)
def test_the_index_finds_all_that_going_through_every_entry_would(
    site: Site, held: Sequence[tuple[Match, str]], plates: Sequence[str]
) -> None:
    kinds = dict(zip(MODES, ("named", "black", "white"), strict=True))
    with undone(site) as session:
        session.execute(delete(PlateList))
        for mode in MODES:
            add_list(session, mode, mode, kinds[mode])
        found = sorted({(mode, parse_entry(typed)) for mode, typed in held})
        for mode in MODES:
            add(session, mode, *(entry for of, entry in found if of == mode))
        for plate in map(normalise, plates):
            ways = [(mode, entry, as_defined(entry, plate, mode)) for mode, entry in found]
            wanted = [
                ListHit(list=mode, kind=kinds[mode], entry=entry, how=way)
                for mode, entry, way in ways
                if way is not None
            ]
            wanted.sort(key=lambda hit: (RANKS[hit.kind], HOWS.index(hit.how), hit.entry))
            cut = [hit for i, hit in enumerate(wanted) if [h.list for h in wanted[:i]].count(hit.list) < MOST_OF_A_LIST]
            assert list(hits(session, plate)) == cut


class Follower:
    """A reactor's copy of the settings, and what it answers after each look at the database."""

    def __init__(self, site: Site) -> None:
        self.site, self.catalogue = site, Catalogue()

    def names(self, plate: str) -> list[str]:
        with transaction(self.site.engine) as session:
            self.catalogue.refresh(session)
            return [hit.list for hit in self.catalogue.lists.of(session, plate, NOON)]


@pytest.fixture
def follower(site: Site) -> Follower:
    found = Follower(site)
    assert found.names("AB12CDE") == []
    return found


def test_every_kind_of_change_is_seen_at_the_next_look(site: Site, follower: Follower) -> None:
    def change(statement: object) -> None:
        with transaction(site.engine) as session:
            session.execute(statement)  # type: ignore[call-overload]

    with transaction(site.engine) as session:
        add_list(session, "Staff")
        add(session, "Staff", "AB12CDE")
    assert follower.names("AB12CDE") == ["Staff"]
    change(update(PlateList).where(PlateList.name == "Staff").values(name="Crew"))
    assert follower.names("AB12CDE") == ["Crew"]
    change(update(ListEntry).values(valid_to=NOON - DAY))
    assert follower.names("AB12CDE") == []
    change(update(ListEntry).values(valid_to=None))
    assert follower.names("ABI2CDE") == []
    change(update(PlateList).where(PlateList.name == "Crew").values(match="one_off"))
    assert follower.names("ABI2CDE") == follower.names("AB12CD") == ["Crew"]
    change(delete(PlateList).where(PlateList.name == "Crew"))
    assert follower.names("AB12CDE") == []
    with transaction(site.engine) as session:
        add(session, "white", "AB12CDE")
    assert follower.names("AB12CDE") == ["white"]
    change(text("TRUNCATE list_entries"))
    assert follower.names("AB12CDE") == []


def test_a_bulk_load_that_goes_past_the_application_is_seen(site: Site, follower: Follower) -> None:
    with site.engine.begin() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        white = connection.execute(text("SELECT id FROM lists WHERE name = 'white'")).scalar_one()
        with driver.cursor().copy("COPY list_entries (id, list_id, plate, typed) FROM STDIN") as rows:
            for number in range(1000):
                rows.write_row((UUID(int=number), white, f"AB{number}", f"AB {number}"))
            rows.write_row((UUID(int=1000), white, "XY9*", "XY 9*"))
    assert follower.names("AB777") == follower.names("XY99ZZZ") == ["white"]


def test_changes_that_commit_out_of_order_are_each_seen(site: Site, follower: Follower) -> None:
    plates = [f"AB{number}CDE" for number in range(10, 14)]
    sessions = [Session(site.engine) for _ in plates]
    for session, plate in zip(sessions, plates, strict=True):
        add(session, "white", plate)
    for session, plate in reversed(list(zip(sessions, plates, strict=True))):
        assert follower.names(plate) == []
        session.commit()
        session.close()
        assert follower.names(plate) == ["white"]


def test_what_is_rolled_back_is_never_seen_and_hides_nothing(site: Site, follower: Follower) -> None:
    with Session(site.engine) as session:
        with session.begin_nested() as savepoint:
            add(session, "white", "AB12CDE")
            savepoint.rollback()
        add(session, "white", "XY99ZZZ")
        session.commit()
    assert follower.names("XY99ZZZ") == ["white"]
    assert follower.names("AB12CDE") == []


def test_counting_changes_takes_no_more_rows_than_writers_there_were_at_once(site: Site) -> None:
    with Session(site.engine) as one, Session(site.engine) as other:
        for number in range(5):
            add(one, "white", f"AB{number}")
            add(other, "white", f"XY{number}")
            one.commit()
            other.commit()
        assert other.scalars(select(ListChange.changes)).all() == [5, 5]
