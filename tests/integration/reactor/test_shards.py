"""Who owns which shard."""

from __future__ import annotations

from sqlalchemy import text

from services.reactor.shards import ShardLocks
from shared.streams import SHARDS
from shared.testing import Site


def test_reactors_that_start_together_share_and_nobody_owns_what_another_owns(site: Site) -> None:
    first, second = ShardLocks(site.engine), ShardLocks(site.engine)
    for _ in range(SHARDS):
        first.refresh()
        second.refresh()
    assert len(first.owned) == len(second.owned) == SHARDS // 2
    assert first.owned | second.owned == set(range(SHARDS))
    first.release()
    for _ in range(SHARDS):
        second.refresh()
    assert second.owned == set(range(SHARDS))
    second.release()


def test_shards_whose_lock_broke_are_given_up_at_once(site: Site) -> None:
    locks, successor = ShardLocks(site.engine), ShardLocks(site.engine)
    for _ in range(SHARDS):
        locks.refresh()
    with site.engine.connect() as connection:
        query = text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
        connection.execute(query)
    locks.refresh()
    assert locks.owned == set()
    while not successor.owned:  # the server ends the connection a moment after it was asked to
        successor.refresh()
    successor.release()
