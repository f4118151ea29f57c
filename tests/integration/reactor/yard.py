"""A site with cameras and destinations, and a reactor that tests play frames into."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select

from services.reactor.worker import Reactor
from shared.db.session import transaction
from shared.db.tables import Camera, Command, DeliveryRow, Destination, EventRow, ReactionRule
from shared.media import MediaStore
from shared.messages import FrameReads
from shared.streams import Entry
from shared.testing import NOON, Site


class Yard:
    """A site with what the reactor's tests set up and ask about; its wall clock stands where `now` says."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.now = NOON
        self.media = MediaStore(site.settings.media_dir)

    def reactor(self) -> Reactor:
        """A fresh reactor that owns every shard, as after a start."""
        reactor = Reactor(self.site.engine, self.site.events, self.media, clock=lambda: self.now)
        reactor.refresh()
        for shard in range(8):
            reactor.take_shard(shard)
        return reactor

    def camera(self, name: str = "Gate", **settings: object) -> UUID:
        with transaction(self.site.engine) as session:
            row = Camera(name=name, kind="rtsp", source=b"", settings=settings)
            session.add(row)
            session.flush()
            return row.id

    def destination(self, name: str, send_on: str = "detect", **rule: object) -> UUID:
        """A destination with one rule that leads to it."""
        with transaction(self.site.engine) as session:
            row = Destination(name=name, kind="json_http", settings=b"", send_on=send_on)
            session.add(row)
            session.flush()
            session.add(ReactionRule(name=name, rule="on_list", settings=rule, destination_id=row.id))
            return row.id

    def play(self, reactor: Reactor, frames: Sequence[FrameReads]) -> None:
        """Handles the frames one by one, each at its own time."""
        for frame in frames:
            self.now = max(self.now, frame.captured_at)
            self.feed(reactor, frame)

    def feed(self, reactor: Reactor, *frames: FrameReads) -> None:
        """Handles the frames as one batch."""
        reactor.handle([Entry("reads:0", frame.frame_id, frame.model_dump_json().encode()) for frame in frames])

    def wait(self, reactor: Reactor, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        reactor.tick()

    def lists_of(self, reactor: Reactor, plate: str) -> tuple[str, ...]:
        """Names of the lists that hold the plate as this reactor knows them."""
        with transaction(self.site.engine) as session:
            hits = reactor.catalogue.lists.of(session, plate, NOON)
        return tuple(dict.fromkeys(hit.list for hit in hits))

    def events(self) -> Sequence[EventRow]:
        with transaction(self.site.engine) as session:
            return session.scalars(select(EventRow).order_by(EventRow.captured_at, EventRow.event_id)).all()

    def deliveries(self) -> Sequence[DeliveryRow]:
        with transaction(self.site.engine) as session:
            return session.scalars(select(DeliveryRow).order_by(DeliveryRow.moment)).all()

    def commands(self) -> Sequence[Command]:
        with transaction(self.site.engine) as session:
            return session.scalars(select(Command).order_by(Command.issued_at)).all()

    def count(self, table: type[EventRow | DeliveryRow | Command]) -> int:
        with transaction(self.site.engine) as session:
            return session.scalar(select(func.count()).select_from(table)) or 0
