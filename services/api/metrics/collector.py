"""Turns what services report and what the database counts into Prometheus metrics, freshly at each scrape."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from uuid import UUID

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Row

from services.api.deps import State
from services.api.metrics import queries
from shared import streams
from shared.db.session import transaction
from shared.status import CameraStatus, camera_status, service_statuses

_CAMERA_GAUGES = {
    "fps": "frames a second that the source delivers",
    "frames": "frames published since the source was opened",
    "stale": "frames dropped because they were too old",
    "still": "frames skipped because nothing moved",
    "reconnects": "times the source was opened again",
}


class SiteCollector(Collector):
    """One scrape's view of the site."""

    def __init__(self, state: State) -> None:
        self._state = state

    def collect(self) -> Iterable[Metric]:
        yield from self._services()
        with transaction(self._state.engine) as session:
            cameras = queries.cameras(session)
            yield from _ledger(queries.deliveries(session))
            yield from _barriers(queries.commands(session), queries.opening_times(session))
            events = CounterMetricFamily("platewire_events", "Passages per camera.", labels=["camera"])
            for name, count in queries.passages(session):
                events.add_metric([name], count)
            yield events
            yield _unread(queries.unread(session))
        states = [(row.name, camera_status(self._state.events, row.id)) for row in cameras]
        yield from _cameras(states)
        yield self._backlog(cameras)

    def _services(self) -> Iterator[Metric]:
        """`platewire_<service>_<value>` with the copy as label."""
        found: dict[str, list[tuple[str, float]]] = defaultdict(list)
        up = GaugeMetricFamily("platewire_service_up", "Copies that reported lately.", labels=["service", "instance"])
        for status in service_statuses(self._state.events):
            up.add_metric([status.service, status.instance], 1)
            for name, value in status.values.items():
                found[_name(f"platewire_{status.service}_{name}")].append((status.instance, value))
        yield up
        for name, values in sorted(found.items()):
            kind = CounterMetricFamily if name.endswith("_total") else GaugeMetricFamily
            family = kind(name, "Reported by the service.", labels=["instance"])
            for instance, value in values:
                family.add_metric([instance], value)
            yield family

    def _backlog(self, cameras: Iterable[Row[UUID, str]]) -> Metric:
        """What waits in the streams; copies of the recognizer scale on it."""
        family = GaugeMetricFamily("platewire_frames_waiting", "Frames that wait to be read.", labels=["camera"])
        for row in cameras:
            family.add_metric([row.name], float(self._state.frames.xlen(streams.frames(row.id))))
        return family


def _name(text: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", text)


def _cameras(states: list[tuple[str, CameraStatus]]) -> Iterator[Metric]:
    state = GaugeMetricFamily("platewire_camera_state", "1 for the state it is in.", labels=["camera", "state"])
    for name, status in states:
        state.add_metric([name, status.state.value], 1)
    yield state
    for field, words in _CAMERA_GAUGES.items():
        family = GaugeMetricFamily(f"platewire_camera_{field}", words.capitalize() + ".", labels=["camera"])
        for name, status in states:
            family.add_metric([name], float(getattr(status, field)))
        yield family


def _unread(cameras: list[tuple[str, dict[str, int]]]) -> Metric:
    words = "Passages whose plate was seen and could not be read, by reason."
    family = CounterMetricFamily("platewire_unread", words, labels=["camera", "reason"])
    for name, counts in cameras:
        for reason, count in sorted(counts.items()):
            family.add_metric([name, reason], count)
    return family


def _ledger(rows: list[queries.Waiting]) -> Iterator[Metric]:
    count = GaugeMetricFamily("platewire_deliveries", "Deliveries not done.", labels=["destination", "state"])
    age = GaugeMetricFamily("platewire_delivery_oldest_due_seconds", "Age of the oldest.", labels=["destination"])
    for row in rows:
        count.add_metric([row.destination, "due"], row.due)
        count.add_metric([row.destination, "dead"], row.dead)
        age.add_metric([row.destination], row.oldest_due_seconds)
    yield count
    yield age


def _barriers(counts: list[tuple[str, str, int]], times: list[tuple[str, list[float]]]) -> Iterator[Metric]:
    orders = CounterMetricFamily("platewire_commands", "Orders to barriers.", labels=["destination", "state"])
    for name, state, count in counts:
        orders.add_metric([name, state], count)
    yield orders
    words = "From the last frame to the relay, within the last hour."
    family = GaugeMetricFamily("platewire_barrier_latency_seconds", words, labels=["destination", "quantile"])
    for name, values in times:
        for quantile, value in zip(("0.5", "0.95", "1"), values, strict=True):
            family.add_metric([name, quantile], value)
    yield family
