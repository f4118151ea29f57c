"""Redis streams: their names, publishing, and the one consumer loop that every service uses.

The contract is at-least-once: a handler may see an entry twice (after a crash between commit and acknowledgement) and
must be idempotent by the message's identity. PostgreSQL holds the truth; losing a stream costs latency.
Only commands of Redis 7.0 are used.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from shared.errors import InvalidMessage, PlatewireError

logger = logging.getLogger(__name__)

REDIS_DOWN = (RedisConnectionError, RedisTimeoutError)
EVENTS = "events"
FRAME_CAMERAS = "frames:cameras"
"""A Redis set of the camera ids whose frames are to be read."""
REQUESTS = "frames:requests"
"""Single pictures that somebody waits for; the answer goes to the list named in the frame."""
SHARDS = 8
LIVE_FRAMES = 8
"""A live camera's stream holds this many frames; older ones are trimmed away unread."""
FILE_FRAMES = 32
"""A file's stream holds this many; then the producer waits, because nothing of a file may be lost."""


def frames(camera_id: UUID) -> str:
    return f"frames:{camera_id}"


def shard_of(camera_id: UUID) -> int:
    return zlib.crc32(camera_id.bytes) % SHARDS


def reads(shard: int) -> str:
    return f"reads:{shard}"


def wake(destination_id: UUID) -> str:
    return f"wake:{destination_id}"


def connect(url: str) -> redis.Redis:
    """A client that works in bytes (RQ needs that), notices a dead peer, and never waits for ever."""
    return redis.Redis.from_url(url, socket_timeout=10, socket_connect_timeout=3, health_check_interval=15)


@dataclass(frozen=True)
class Entry:
    """One entry of a stream as read: `data` is the JSON message, `blob` the bytes beside it (a JPEG) if any."""

    stream: str
    entry_id: str
    data: bytes
    blob: bytes = b""


def publish(
    client: redis.Redis, stream: str, message: str, *, blob: bytes | None = None, keep: int | None = None
) -> str:
    """Appends a message and returns its entry id. With `keep`, exactly that many newest entries remain."""
    values: dict[str, str | bytes] = {"json": message}
    if blob is not None:
        values["blob"] = blob
    entry_id: bytes = client.xadd(stream, values, maxlen=keep, approximate=False)  # type: ignore[arg-type, assignment]
    return entry_id.decode()


def ensure_group(client: redis.Redis, stream: str, group: str) -> None:
    """Creates the group at 0, so that what was published before the first start is read too."""
    try:
        client.xgroup_create(stream, group, id="0", mkstream=True)
    except ResponseError as error:
        if "BUSYGROUP" not in str(error):
            raise


class DeadLetterLimit(PlatewireError):
    """Too many entries in a row were unusable: the code or the settings are broken, not the messages."""


Handler = Callable[[Sequence[Entry]], None]
"""Handles a batch and returns when its effects are committed.

Raises:
    InvalidMessage: only when given a single entry; the consumer retries a failing batch one by one to find it.
"""


@dataclass
class Consumer:
    """Claim what others left, read what is new, handle, acknowledge after the handler's commit.

    Outcomes of an entry: handled → acknowledged; InvalidMessage → copied to `<stream>.dead` with the reason and
    acknowledged; any other exception leaves the entry pending and ends the process, and its successor finds it again.
    """

    client: redis.Redis
    group: str
    name: str
    streams: Callable[[], Sequence[str]]
    handle: Handler
    batch: int = 64
    block_ms: int = 500
    claim_idle_ms: int = 30_000
    claim_every: float = 5.0
    max_deliveries: int = 5
    max_dead_in_a_row: int = 10
    delete_handled: bool = False
    together: bool = False
    """Entries of all streams in one batch: for a handler that commits once a batch."""
    transient: tuple[type[Exception], ...] = REDIS_DOWN
    heartbeat: Path | None = None
    stopping: Callable[[], bool] = lambda: False
    _known: set[str] = field(default_factory=set)
    _dead_in_a_row: int = 0
    _next_claim: float = 0.0
    _last_beat: float = 0.0

    def run(self) -> None:
        """Consumes until `stopping()`; waits with back-off while Redis is away."""
        pause = 0.2
        while not self.stopping():
            self.beat()
            try:
                self.turn()
                pause = 0.2
            except REDIS_DOWN:
                if pause == 0.2:
                    logger.warning("redis does not answer, waiting", extra={"group": self.group})
                self._known.clear()
                time.sleep(pause)
                pause = min(pause * 2, 5.0)

    def turn(self) -> int:
        """One round; returns how many entries were taken."""
        names = self._ready_streams()
        if not names:
            time.sleep(self.block_ms / 1000)
            return 0
        try:
            self._claim_now_and_then(names)
            return self._read_new(names)
        except ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            logger.error("stream lost its group, was redis emptied? creating it again", extra={"group": self.group})
            self._known.clear()
            return 0

    def recover(self, stream: str) -> int:
        """Handles what this very consumer name took before it died. Only for a name that nobody else uses now."""
        ensure_group(self.client, stream, self.group)
        recovered = 0
        while rows := _rows(self.client.xreadgroup(self.group, self.name, {stream: "0"}, count=self.batch)):
            self._process([entry for _, entries in rows for entry in entries])
            recovered += sum(len(entries) for _, entries in rows)
        return recovered

    def beat(self) -> None:
        """Touches the heartbeat file, at most once a second; health checks look at its age."""
        if self.heartbeat and time.monotonic() - self._last_beat > 1:
            self._last_beat = time.monotonic()
            self.heartbeat.touch()

    def _ready_streams(self) -> list[str]:
        names = list(self.streams())
        for name in names:
            if name not in self._known:
                ensure_group(self.client, name, self.group)
                self._known.add(name)
        return names

    def _read_new(self, names: Sequence[str]) -> int:
        found = self.client.xreadgroup(
            self.group, self.name, dict.fromkeys(names, ">"), count=self.batch, block=self.block_ms
        )
        by_stream = [entries for _, entries in _rows(found)]
        entries = [entry for of_one in by_stream for entry in of_one]
        for batch in [entries] if self.together and entries else by_stream:
            self._process(batch)
        return len(entries)

    def _claim_now_and_then(self, names: Sequence[str]) -> None:
        if time.monotonic() >= self._next_claim:
            self._next_claim = time.monotonic() + self.claim_every
            for name in names:
                self._claim(name)

    def _claim(self, name: str) -> None:
        """Takes over entries that another consumer held too long; gives up on those that keep failing."""
        cursor = "0-0"
        for _ in range(10):
            reply: Any = self.client.xautoclaim(name, self.group, self.name, self.claim_idle_ms, cursor, count=100)
            cursor = reply[0].decode() if isinstance(reply[0], bytes) else reply[0]
            entries = [_entry(name, row) for row in reply[1] if row[1]]
            for entry in entries:
                if self._deliveries(entry) > self.max_deliveries:
                    self._bury(entry, f"failed {self.max_deliveries} times")
                else:
                    self._process([entry])
            if cursor == "0-0":
                return

    def _deliveries(self, entry: Entry) -> int:
        found: Any = self.client.xpending_range(entry.stream, self.group, entry.entry_id, entry.entry_id, 1)
        return int(found[0]["times_delivered"]) if found else 1

    def _process(self, entries: list[Entry]) -> None:
        try:
            self._handle_patiently(entries)
        except InvalidMessage as error:
            if len(entries) > 1:
                for entry in entries:
                    self._process([entry])
            else:
                self._bury(entries[0], error.reason)
            return
        self._dead_in_a_row = 0
        self._acknowledge(entries)

    def _handle_patiently(self, entries: Sequence[Entry]) -> None:
        """A database or Redis that is away is nobody's fault: the same entries are tried until it is back."""
        pause = 0.2
        while True:
            try:
                return self.handle(entries)
            except self.transient as error:
                if self.stopping():
                    raise
                logger.warning("waiting for a server", extra={"group": self.group, "reason": type(error).__name__})
            self.beat()
            time.sleep(pause)
            pause = min(pause * 2, 5.0)

    def _bury(self, entry: Entry, reason: str) -> None:
        logger.error("entry is unusable", extra={"stream": entry.stream, "entry": entry.entry_id, "reason": reason})
        body = {"json": entry.data, "reason": reason, "entry": entry.entry_id}
        self.client.xadd(f"{entry.stream}.dead", body, maxlen=10_000)  # type: ignore[arg-type]
        self._acknowledge([entry])
        self._dead_in_a_row += 1
        if self._dead_in_a_row > self.max_dead_in_a_row:
            raise DeadLetterLimit(f"{self._dead_in_a_row} unusable entries in a row on {entry.stream}")

    def _acknowledge(self, entries: Sequence[Entry]) -> None:
        # One transaction: an entry acknowledged but not deleted is claimed by nobody and holds its producer for ever.
        by_stream = defaultdict[str, list[str]](list)
        for entry in entries:
            by_stream[entry.stream].append(entry.entry_id)
        with self.client.pipeline(transaction=True) as both:
            for stream, ids in by_stream.items():
                both.xack(stream, self.group, *ids)
                if self.delete_handled:
                    both.xdel(stream, *ids)
            both.execute()


def _rows(reply: Any) -> list[tuple[str, list[Entry]]]:
    """Streams with their entries out of a reply of either protocol version; trimmed entries have no values."""
    found: list[tuple[str, list[Entry]]] = []
    for stream, items in reply.items() if isinstance(reply, dict) else reply or []:
        rows = items[0] if items and isinstance(items[0], list) else items
        if rows:
            found.append((stream.decode(), [_entry(stream, row) for row in rows]))
    return found


def _entry(stream: str | bytes, row: Any) -> Entry:
    name = stream.decode() if isinstance(stream, bytes) else stream
    values = row[1] or {}
    return Entry(name, row[0].decode(), values.get(b"json", b""), values.get(b"blob", b""))
