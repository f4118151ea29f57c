"""Lists that a Meta server sends down: each gets a list of its own here, and a mirror that copies what was pulled.

The integration that speaks with the server writes what it pulled into meta_lists and meta_list_pages. What becomes of
it is decided here, by the plan of an import as for every other mirror.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from services.api import audit
from services.api.lists.queries import RESERVED
from services.api.mirrors.fetch import NotFetched
from services.api.mirrors.schemas import MetaListSource, MirrorSettings
from services.api.transfer.columns import COLUMNS, PLATE
from services.api.transfer.storage import MOST_BYTES
from shared.db.tables import Destination, ListMirror, MetaList, MetaListPage, PlateList
from shared.secrets import Vault

ACTOR = "meta"
EMPTY = "0:0"
"""The fingerprint of a list without entries."""
SETTINGS = MirrorSettings(every_minutes=1440, mode="replace", most_removed=0.5, changed_here="after_approval")
LONGEST_NAME = 64


def take_up(session: Session, vault: Vault) -> None:
    """Gives new lists a place here, and makes the mirrors due whose lists have news."""
    new = select(MetaList, Destination.name).join(Destination, Destination.id == MetaList.destination_id)
    new = new.where(MetaList.version != "", ~MetaList.taken_up).with_for_update(of=MetaList, skip_locked=True)
    for row, server in session.execute(new.order_by(MetaList.name)).all():
        _take_up(session, vault, row, server)
    news = select(MetaList.id).where(MetaList.version != "", MetaList.version != MetaList.copied)
    due = update(ListMirror).where(ListMirror.meta_list_id.in_(news), ListMirror.next_run_at > func.now())
    session.execute(due.values(next_run_at=func.now()))


def write_down(session: Session, mirror: ListMirror, target: Path) -> None:
    """Writes what was pulled as a file of JSON, for the import. Raises NotFetched."""
    row = session.get(MetaList, mirror.meta_list_id) if mirror.meta_list_id else None
    if row is None:
        raise NotFetched(f"{mirror.managed_by} does not send this list any more; its entries stay")
    pages = select(MetaListPage.entries).where(MetaListPage.meta_list_id == row.id).order_by(MetaListPage.first)
    size, before = 0, '{"entries": ['
    with target.open("w", encoding="utf-8") as file:
        for page in session.scalars(pages.execution_options(yield_per=16)):
            for entry in page:
                size += file.write(f"{before}\n{json.dumps(_fields(entry))}")
                before = ","
            if size > MOST_BYTES:
                raise NotFetched(f"The list is larger than {MOST_BYTES // 1024 // 1024} MB")
        file.write("]}" if size else f"{before}]}}")
    row.copied = row.version


def _take_up(session: Session, vault: Vault, row: MetaList, server: str) -> None:
    row.taken_up = True
    listed = _left_behind(session, row, server) or _new_list(session, row, server)
    mirror = session.get(ListMirror, listed.id) or ListMirror(
        list_id=listed.id,
        source=vault.seal(MetaListSource(server=server, list=row.name).model_dump()),
        settings=SETTINGS.model_dump(mode="json"),
        fingerprint=EMPTY,
        set_by=ACTOR,
    )
    mirror.managed_by, mirror.meta_list_id = server, row.id
    mirror.last_sentence = _told(row.name, listed.name)
    session.add(mirror)
    session.flush()
    audit.record(session, ACTOR, "list.managed", listed.name, {"server": server, "called": row.name})


def _left_behind(session: Session, row: MetaList, server: str) -> PlateList | None:
    """The list that this one was before the server took it back and gave it again."""
    mirrors = select(PlateList).join(ListMirror, ListMirror.list_id == PlateList.id)
    mine = (ListMirror.managed_by == server, ListMirror.meta_list_id.is_(None))
    names = [_name(row.name, server, count) for count in range(2)]
    return session.scalar(mirrors.where(*mine, PlateList.name.in_(names)).limit(1))


def _new_list(session: Session, row: MetaList, server: str) -> PlateList:
    """Under the server's name where that is free: a list of the same name here stays what it is."""
    count = 0
    while _taken(session, name := _name(row.name, server, count)):
        count += 1
    listed = PlateList(name=name, kind="named", match=row.match)
    session.add(listed)
    session.flush()
    return listed


def _taken(session: Session, name: str) -> bool:
    return name.lower() in RESERVED or bool(session.scalar(select(PlateList.id).where(PlateList.name == name)))


def _name(name: str, server: str, count: int) -> str:
    """The name itself, then `name (server)`, then with a number."""
    ending = ("", f" ({server[:30]})", f" ({server[:30]} {count})")[min(count, 2)]
    return name.strip()[: LONGEST_NAME - len(ending)] + ending


def _told(called: str, name: str) -> str:
    kept = f"There is a list {called} here already, so this one is kept apart as {name}"
    return kept if called.strip() != name else "Comes for the first time"


def _fields(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with the fields that lists' files have."""
    own = {column.name: entry.get(column.name) for column in COLUMNS}
    return {PLATE: entry.get("typed") or entry.get("plate"), **own}
