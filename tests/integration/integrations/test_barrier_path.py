"""From frames to the relay: a reactor, a worker and a Shelly, as on a site."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.reactor.worker import Reactor
from shared import site as site_settings
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import Camera, Command, ReactionRule
from shared.geometry import Box
from shared.media import MediaStore
from shared.messages import FrameReads, Origin
from shared.streams import Entry
from shared.testing import Site, a_read, frame_reads
from simulators.shelly import Shelly
from tests.integration.integrations.gate import Gate


@pytest.fixture
def shelly() -> Iterator[Shelly]:
    with Shelly() as running:
        yield running


def passing(camera: UUID, plate: str, origin: Origin = Origin.LIVE) -> list[FrameReads]:
    """A vehicle that is before the camera now."""
    frames = [
        frame_reads(camera, a_read(plate, box=Box(x=60 * i, y=200, width=120, height=30)), second=i / 5)
        for i in range(5)
    ]
    moved = now() - frames[-1].captured_at
    return [f.model_copy(update={"captured_at": f.captured_at + moved, "origin": origin}) for f in frames]


@pytest.mark.parametrize("origin", [Origin.LIVE, Origin.FILE, Origin.UPLOAD])
def test_a_vehicle_before_a_live_camera_opens_the_barrier_once(
    site: Site, shelly: Shelly, start_worker: Any, origin: Origin
) -> None:
    gate = Gate.add(site, driver="shelly", host="127.0.0.1", port=shelly.port, pulse=1, feedback="device")
    with transaction(site.engine) as session:
        row = Camera(name="Gate", kind="rtsp", source=b"", settings={})
        session.add(row)
        session.flush()
        rule = {"lists": ["any"], "exact_only": False}
        session.add(ReactionRule(name="open", rule="on_list", settings=rule, destination_id=gate.destination_id))
    reactor = Reactor(site.engine, site.events, MediaStore(site.settings.media_dir))
    reactor.refresh()
    for shard in range(8):
        reactor.take_shard(shard)
    start_worker("barrier")
    entries = [Entry("reads:0", f.frame_id, f.model_dump_json().encode()) for f in passing(row.id, "AA1234BB", origin)]
    reactor.handle(entries)
    with transaction(site.engine) as session:
        orders = session.scalars(select(Command)).all()
    if origin is not Origin.LIVE:
        assert (orders, shelly.requests) == ([], [])
        return
    (order,) = orders
    told = gate.becomes(order.id, "confirmed")
    assert told.acted_at
    assert told.acted_at - told.seen_at < timedelta(seconds=10)
    shelly.relay.wait(False)
    assert shelly.relay.rises == 1


def test_the_switch_is_thrown_between_the_rule_and_the_relay(site: Site, shelly: Shelly, start_worker: Any) -> None:
    gate = Gate.add(site, driver="shelly", host="127.0.0.1", port=shelly.port)
    order = gate.order()
    with transaction(site.engine) as session:
        site_settings.save(session, site_settings.BarriersLocked(value=True, reason="Fire drill"))
    start_worker("barrier")
    assert gate.end(order).state == "refused"
    assert shelly.requests == []
