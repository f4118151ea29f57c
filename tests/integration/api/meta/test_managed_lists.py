"""Lists that a server sends down: their place here, what follows by itself, and what waits until somebody looks."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID, uuid4

import httpx
from sqlalchemy import delete, select

from services.api.mirrors import managed, queries
from services.api.mirrors.schemas import FILES
from services.api.mirrors.work import Mirror
from shared.db.session import transaction
from shared.db.tables import Audit, ListMirror, MetaList, MetaListPage
from shared.secrets import Vault
from tests.integration.api.gateway import Api
from tests.integration.api.transfers import LISTS, Json, bring_in, confirm, entries, imports_of, look

SERVER = "Head office"
Content = Mapping[str, str]
"""Plate → note."""


class Pulled:
    """A list as the integration writes it into the database, page by page."""

    def __init__(self, api: Api, name: str = "staff", destination: UUID | None = None) -> None:
        self.api, self.name = api, name
        self.destination = destination or api.destination(SERVER)
        self.remote = uuid4()

    def has(self, *pages: Content) -> None:
        """What was pulled last; the jobs then do what is to be done."""
        mine = (MetaList.destination_id == self.destination, MetaList.remote_id == self.remote)
        with transaction(self.api.site.engine) as session:
            row = session.scalar(select(MetaList).where(*mine))
            if row is None:
                row = MetaList(destination_id=self.destination, remote_id=self.remote, name=self.name)
                session.add(row)
                session.flush()
            row.version = uuid4().hex
            session.execute(delete(MetaListPage).where(MetaListPage.meta_list_id == row.id))
            for number, page in enumerate(pages):
                told = [{"plate": plate, "typed": plate.lower(), "note": note} for plate, note in page.items()]
                session.add(MetaListPage(meta_list_id=row.id, first=f"{number}", version="1", entries=told))
        run_jobs(self.api)

    def withdrawn(self) -> None:
        with transaction(self.api.site.engine) as session:
            session.execute(delete(MetaList).where(MetaList.remote_id == self.remote))


def run_jobs(api: Api) -> None:
    """A turn of the timetable, and the mirrors that it finds due."""
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    with transaction(api.site.engine) as session:
        managed.take_up(session, vault)
        due = list(queries.due(session))
    transport = httpx.MockTransport(lambda _request: httpx.Response(500))
    for list_id in due:
        Mirror(list_id, imports_of(api.site), vault, api.site.settings.data_dir / FILES, transport).run()


def shown(api: Api, name: str = "staff") -> Json:
    found: Json = api.client.get(f"{LISTS}/{name}/mirror").json()
    return found


def notes(api: Api, name: str = "staff") -> dict[str, str]:
    return {plate: row["note"] for plate, row in entries(api, name).items()}


def test_a_list_comes_and_follows_by_itself(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has({"AA11": "a", "BB22": "b"}, {"CC33": "c"})
    assert notes(api) == {"AA11": "a", "BB22": "b", "CC33": "c"}
    pulled.has({"AA11": "new", "BB22": "b"}, {"DD44": "d"})
    assert notes(api) == {"AA11": "new", "BB22": "b", "DD44": "d"}
    assert entries(api, "staff")["AA11"]["typed"] == "aa11"
    (listed,) = [one for one in api.client.get(LISTS).json()["lists"] if one["name"] == "staff"]
    assert (listed["managed_by"], listed["kind"]) == (SERVER, "named")
    assert shown(api)["source"] == {"kind": "meta", "server": SERVER, "list": "staff"}
    with transaction(api.site.engine) as session:
        assert set(session.scalars(select(Audit.action))) == {"list.managed", "list.import"}


def test_a_list_of_the_same_name_here_is_kept_apart(api: Api) -> None:
    api.client.post(LISTS, json={"name": "visitors"})
    destination = api.destination(SERVER)
    for name in ("white", "black", "visitors"):
        bring_in(api, "Plate,Note\nAA11,ours\n", name)
        Pulled(api, name, destination).has({"AA11": "theirs"})
        assert (notes(api, name), notes(api, f"{name} ({SERVER})")) == ({"AA11": "ours"}, {"AA11": "theirs"})
    # A word that rules use is no name of a list.
    Pulled(api, "any", destination).has({"AA11": "theirs"})
    assert notes(api, f"any ({SERVER})") == {"AA11": "theirs"}


def test_two_servers_may_send_lists_of_one_name(api: Api) -> None:
    first = Pulled(api)
    first.has({"AA11": "a"})
    Pulled(api, destination=first.destination).has({"BB22": "b"})
    Pulled(api, destination=api.destination("Branch office")).has({"CC33": "c"})
    assert [notes(api, name) for name in ("staff", f"staff ({SERVER})", "staff (Branch office)")] == [
        {"AA11": "a"},
        {"BB22": "b"},
        {"CC33": "c"},
    ]


def test_what_somebody_changed_here_stays_until_the_change_is_approved(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has({"AA11": "a", "BB22": "b"})
    api.client.patch(f"{LISTS}/staff/entries/AA11", json={"note": "ours"})
    api.client.post(f"{LISTS}/staff/entries", json={"plate": "LOCAL1"})
    pulled.has({"AA11": "theirs", "BB22": "b"})
    assert notes(api) == {"AA11": "ours", "BB22": "b", "LOCAL1": ""}
    told = shown(api)
    assert "Waits for approval" in told["last_sentence"]
    assert "entries were changed here" in told["last_sentence"]
    report = look(api, told["last_import_id"], "staff")["report"]
    (changed,) = report["changed"]
    assert (changed["before"]["note"], changed["after"]["note"], report["removed"]) == ("ours", "theirs", ["LOCAL1"])

    assert confirm(api, told["last_import_id"], "staff")["state"] == "applied"
    assert notes(api) == {"AA11": "theirs", "BB22": "b"}
    # From then on it follows by itself again.
    pulled.has({"AA11": "theirs", "BB22": "new"})
    assert notes(api)["BB22"] == "new"


def test_more_than_half_of_a_list_goes_only_with_approval(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has({"AA11": "", "BB22": "", "CC33": ""})
    pulled.has({"AA11": ""})
    assert "67% of the list goes" in shown(api)["last_sentence"]
    assert len(entries(api, "staff")) == 3


def test_an_emptied_list_is_no_broken_one(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has()
    assert (shown(api)["last_ok"], shown(api)["last_sentence"]) == (True, "Nothing changed")
    pulled.has({"AA11": ""})
    assert set(entries(api, "staff")) == {"AA11"}
    pulled.has()
    assert "100% of the list goes" in shown(api)["last_sentence"]


def test_a_list_that_is_taken_back_stays_and_goes_on_when_it_is_granted_again(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has({"AA11": "a"})
    pulled.withdrawn()
    api.client.post(f"{LISTS}/staff/mirror/run")
    run_jobs(api)
    assert shown(api)["last_sentence"] == f"{SERVER} does not send this list any more; its entries stay"
    assert notes(api) == {"AA11": "a"}
    pulled.remote = uuid4()
    pulled.has({"AA11": "b"})
    assert notes(api) == {"AA11": "b"}


def test_what_somebody_deletes_or_keeps_for_himself_stays_so(api: Api) -> None:
    kept, deleted = Pulled(api, "kept"), Pulled(api, "deleted", api.destination("Branch office"))
    for pulled in (kept, deleted):
        pulled.has({"AA11": "a"})
    api.client.delete(f"{LISTS}/kept/mirror")
    api.client.delete(f"{LISTS}/deleted")
    for pulled in (kept, deleted):
        pulled.has({"AA11": "b"})
    lists = {one["name"]: one["managed_by"] for one in api.client.get(LISTS).json()["lists"]}
    assert lists == {"black": "", "white": "", "kept": ""}
    assert notes(api, "kept") == {"AA11": "a"}


def test_such_a_mirror_is_not_typed_but_its_limits_are(api: Api) -> None:
    source = {"kind": "meta", "server": SERVER, "list": "staff"}
    refused = api.client.put(f"{LISTS}/white/mirror", json={"source": source})
    assert (refused.status_code, refused.json()["field"]) == (422, "source.kind")
    Pulled(api).has({"AA11": "a"})
    settings = {key: value for key, value in shown(api).items() if key in ("apply", "every_minutes", "mode")}
    changed = api.client.put(
        f"{LISTS}/staff/mirror", json={"source": source, **settings, "most_removed": 1, "changed_here": "overwrite"}
    )
    assert (changed.status_code, changed.json()["managed_by"]) == (200, SERVER)


def test_the_end_of_a_destination_leaves_its_lists(api: Api) -> None:
    pulled = Pulled(api)
    pulled.has({"AA11": "a"})
    assert api.client.delete(f"/api/v1/destinations/{pulled.destination}").status_code == 204
    with transaction(api.site.engine) as session:
        assert session.scalars(select(ListMirror.meta_list_id)).all() == [None]
        assert session.scalars(select(MetaListPage)).all() == []
    assert notes(api) == {"AA11": "a"}
