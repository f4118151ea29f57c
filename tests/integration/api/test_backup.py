"""A site backed up and restored: into another one, over itself, and whenever it should not be."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, insert, literal, select, text, update

from services.api.app import create_app
from shared import totp
from shared.backup import container, entries
from shared.backup.plan import Mode
from shared.backup.restore import Source, back_up, preview, restore
from shared.credentials import Role, create_user
from shared.db.session import transaction
from shared.db.tables import (
    ApiKey,
    Audit,
    Camera,
    Destination,
    IntegrationKind,
    ListEntry,
    ListMirror,
    LoginSession,
    PlateList,
    ReactionRule,
    SiteSetting,
    User,
)
from shared.device_accounts import device_hashes, mark_device
from shared.errors import Conflict
from shared.secrets import Vault
from shared.testing import Site, TestServers
from tests.integration.api.gateway import PASSWORD, SCHEMA, Api, add_camera

PHRASE = "four words are enough"
LISTS = "/api/v1/lists"
DIFFERENT = ("added", "changed", "removed")
NIGHT = {"days": ["fri"], "start": "22:00", "end": "06:00"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving a key costs as little as it may."""
    monkeypatch.setattr(container, "MEMORY_KIB", 32)
    monkeypatch.setattr(container, "PASSES", 1)


@pytest.fixture(name="full")
def _full(api: Api) -> Api:
    """A site with something of everything."""
    client = api.client
    camera = add_camera(api)
    destination = api.destination()
    rule = {"name": "Residents", "destination_id": str(destination), "settings": {"cameras": [camera["id"]]}}
    assert client.post("/api/v1/reactions", json=rule).status_code == 201
    assert client.patch("/api/v1/site", json={"timezone": "Europe/Kyiv"}).status_code == 200
    for name, entry in (
        ("white", {"plate": "AA 1234 BB", "note": "resident", "owner": "Olena"}),
        (
            "white",
            {"plate": "KE12??XX", "schedule": {"periods": [{"days": ["fri"], "start": "22:00", "end": "06:00"}]}},
        ),
        ("black", {"plate": "AB123CD", "valid_to": "2030-01-01T00:00:00Z"}),
    ):
        assert client.post(f"{LISTS}/{name}/entries", json=entry).status_code == 201
    assert client.post(LISTS, json={"name": "staff", "match": "look_alike"}).status_code == 201
    source = {"kind": "url", "url": "https://lists.test/a.csv", "user": "site", "password": "hunter2"}
    assert client.put(f"{LISTS}/staff/mirror", json={"source": source}).status_code == 200
    made = {"name": "gate", "scopes": ["events:read"], "cameras": [camera["id"]], "addresses": ["10.0.0.0/8"]}
    assert client.post("/api/v1/api-keys", json=made).status_code == 201
    with transaction(api.site.engine) as session:
        user = create_user(session, "device", Role.VIEWER, PASSWORD)
        user.cameras = [api.camera_id]
        user.totp_secret = vault(api.site).seal({"secret": totp.new_secret()})
        mark_device(session, vault(api.site), user, PASSWORD)
    return api


@pytest.fixture(name="other")
def _other(servers: TestServers) -> Iterator[Site]:
    """Another site, with a key of its own."""
    with servers.site() as site:
        with transaction(site.engine) as session:
            session.add(IntegrationKind(name="json_http", title="JSON", version="1", settings_schema=SCHEMA))
        yield site


def vault(site: Site) -> Vault:
    return Vault(site.settings.secret_key.get_secret_value())


def backed_up(site: Site) -> io.BytesIO:
    return io.BytesIO(b"".join(back_up(site.engine, vault(site), PHRASE, "test")))


def put_into(site: Site, file: io.BytesIO, mode: Mode = Mode.MERGE) -> None:
    source = Source(file, PHRASE, mode)
    digest = preview(site.engine, vault(site), source).plan.digest
    restore(site.engine, vault(site), source, digest, "test")


def differs(site: Site, file: io.BytesIO, mode: Mode = Mode.REPLACE) -> bool:
    plan = preview(site.engine, vault(site), Source(file, PHRASE, mode)).plan
    return bool(
        plan.changes or any(plan.removed.values()) or sum(plan.entries[n] for n in ("added", "changed", "removed"))
    )


def test_everything_comes_back_at_another_site_and_is_of_use_there(full: Api, other: Site) -> None:
    file = backed_up(full.site)
    assert preview(other.engine, vault(other), Source(file, PHRASE)).own is False
    put_into(other, file)

    assert not differs(other, file)
    with transaction(other.engine) as session:
        camera, destination = session.scalars(select(Camera)).one(), session.scalars(select(Destination)).one()
        assert vault(other).open(camera.source)["url"].startswith("rtsp://admin:hunter2@")
        assert vault(other).open(destination.settings) == {"url": "http://cloud/in"}
        rule = session.scalars(select(ReactionRule)).one()
        assert (rule.destination_id, rule.settings["cameras"]) == (destination.id, [str(camera.id)])
        mirror = session.scalars(select(ListMirror)).one()
        assert vault(other).open(mirror.source)["password"] == "hunter2"
        device = session.scalars(select(User).where(User.name == "device")).one()
        assert device_hashes(session, vault(other), device) is not None
        assert "secret" in vault(other).open(device.totp_secret or b"")
        key = session.scalars(select(ApiKey).where(ApiKey.name == "gate")).one()
        assert (key.cameras, key.addresses) == ([camera.id], ["10.0.0.0/8"])
        found = {entry.typed: entry for entry in session.scalars(select(ListEntry))}
        assert set(found) == {"AA 1234 BB", "KE12??XX", "AB123CD"}
        assert found["KE12??XX"].schedule is not None
    with TestClient(create_app(other.settings), base_url="http://platewire.test") as client:
        assert Api(other, client, "").sign_in().get("/api/v1/session").status_code == 200


def test_a_backup_holds_nothing_readable_and_no_state_of_the_day(full: Api) -> None:
    full.client.put("/api/v1/site/barriers", json={"locked": True, "reason": "Fire drill"})
    data = backed_up(full.site).getvalue()
    for word in (b"hunter2", b"AA1234BB", b"admin", b"Europe/Kyiv"):
        assert word not in data
    _, content = container.read(io.BytesIO(data), PHRASE)
    assert b"".join(content).startswith(b"\x1f\x8b")
    full.client.put("/api/v1/site/barriers", json={"locked": False, "reason": "Over"})
    assert not differs(full.site, io.BytesIO(data))


def test_merge_keeps_what_the_backup_lacks_and_replace_takes_it_away(full: Api) -> None:
    file = backed_up(full.site)
    client = full.client
    assert client.patch("/api/v1/site", json={"timezone": "Europe/Berlin"}).status_code == 200
    assert client.post(f"{LISTS}/white/entries", json={"plate": "NEW1"}).status_code == 201
    assert client.post(LISTS, json={"name": "guests"}).status_code == 201
    assert client.delete(f"{LISTS}/black/entries/AB123CD").status_code == 204
    add_camera(full, "Yard")
    with transaction(full.site.engine) as session:
        session.execute(update(Destination).values(name="Renamed"))

    put_into(full.site, file)
    assert names(full.site, Camera) == {"Gate in", "Yard"}
    assert names(full.site, Destination) == {"Cloud"}
    assert plates(full.site) == {"AA1234BB", "KE12??XX", "AB123CD", "NEW1"}
    assert client.get("/api/v1/site").json()["timezone"] == "Europe/Kyiv"

    put_into(full.site, file, Mode.REPLACE)
    assert names(full.site, Camera) == {"Gate in"}
    assert names(full.site, PlateList) == {"black", "white", "staff"}
    assert plates(full.site) == {"AA1234BB", "KE12??XX", "AB123CD"}


def names(site: Site, table: Any) -> set[str]:
    with transaction(site.engine) as session:
        return {name for (name,) in session.execute(select(table.name))}


def plates(site: Site) -> set[str]:
    with transaction(site.engine) as session:
        return set(session.scalars(select(ListEntry.plate)))


def test_a_row_with_another_id_is_known_by_its_name_and_what_names_it_follows(full: Api, other: Site) -> None:
    with transaction(other.engine) as session:
        sealed = vault(other).seal({"kind": "upload"})
        session.add(Camera(name="Gate in", kind="upload", source=sealed))
        session.flush()
        own_id = session.scalars(select(Camera.id)).one()
    put_into(other, backed_up(full.site))
    with transaction(other.engine) as session:
        assert session.scalars(select(Camera.id)).all() == [own_id]
        assert session.scalars(select(ReactionRule)).one().settings["cameras"] == [str(own_id)]
        assert session.scalars(select(ApiKey).where(ApiKey.name == "gate")).one().cameras == [own_id]
        assert session.scalars(select(Camera.revision)).one() == 2


def test_a_plan_that_is_no_longer_true_is_refused(full: Api) -> None:
    source = Source(backed_up(full.site), PHRASE, Mode.REPLACE)
    digest = preview(full.site.engine, vault(full.site), source).plan.digest
    full.client.post(f"{LISTS}/white/entries", json={"plate": "NEW1"})
    with pytest.raises(Conflict, match="has changed since the preview"):
        restore(full.site.engine, vault(full.site), source, digest, "test")
    assert "NEW1" in plates(full.site)


def test_a_restore_that_fails_half_way_has_done_nothing(full: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    file = backed_up(full.site)
    full.client.patch("/api/v1/site", json={"timezone": "Europe/Berlin"})
    monkeypatch.setattr(entries, "apply", lambda *_args, **_named: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        put_into(full.site, file)
    assert full.client.get("/api/v1/site").json()["timezone"] == "Europe/Berlin"


def test_nobody_is_locked_out(full: Api, other: Site) -> None:
    with transaction(other.engine) as session:
        create_user(session, "admin", Role.VIEWER, PASSWORD)
    with pytest.raises(Conflict, match="nobody could sign in as admin"):
        put_into(full.site, backed_up(other))
    assert full.sign_in().get("/api/v1/session").json()["role"] == "admin"


def test_another_password_ends_sessions(full: Api) -> None:
    file = backed_up(full.site)
    full.sign_in()
    with transaction(full.site.engine) as session:
        session.execute(update(User).where(User.name == "admin").values(password_hash="another"))
    put_into(full.site, file)
    with transaction(full.site.engine) as session:
        assert session.scalar(select(func.count()).select_from(LoginSession)) == 0


def test_a_newer_backup_is_refused(full: Api) -> None:
    with transaction(full.site.engine) as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    file = backed_up(full.site)
    with pytest.raises(Exception, match="made by a newer version"):
        preview(full.site.engine, vault(full.site), Source(file, PHRASE))


def test_by_the_api_it_is_previewed_and_restored_and_leaves_a_trace(full: Api) -> None:
    client = full.client
    made = client.post("/api/v1/backup", json={"passphrase": PHRASE})
    assert made.status_code == 200
    assert made.headers["content-disposition"].endswith('.backup"')
    client.patch("/api/v1/site", json={"timezone": "Europe/Berlin"})
    client.post(f"{LISTS}/white/entries", json={"plate": "NEW1"})

    form = {"passphrase": PHRASE, "mode": "replace"}
    told = client.post("/api/v1/restore/preview", data=form, files={"file": made.content}).json()
    assert told["own"] is True
    assert told["differences"]["settings"]["changed"] == [{"name": "timezone", "fields": ["value"]}]
    assert told["entries"] == {"added": 0, "changed": 0, "removed": 1, "same": 3}
    assert "hunter2" not in json.dumps(told)
    answer = client.post("/api/v1/restore", data=form | {"digest": told["digest"]}, files={"file": made.content})
    assert answer.status_code == 200, answer.text
    assert client.get("/api/v1/site").json()["timezone"] == "Europe/Kyiv"
    again = client.post("/api/v1/restore", data=form | {"digest": told["digest"]}, files={"file": made.content})
    assert (again.status_code, again.json()["error"]) == (409, "conflict")
    with transaction(full.site.engine) as session:
        actions = list(session.scalars(select(Audit.action).where(Audit.action.like("backup.%")).order_by(Audit.id)))
        assert actions == ["backup.make", "backup.restore"]
        assert session.get(SiteSetting, "backup_key") is not None


@pytest.mark.parametrize(
    ("content", "passphrase", "field"),
    [(None, "some other passphrase", "passphrase"), (b"no backup", PHRASE, "file"), (b"", PHRASE, "file")],
)
def test_what_cannot_be_restored_is_told_by_field(
    full: Api, content: bytes | None, passphrase: str, field: str
) -> None:
    data = backed_up(full.site).getvalue() if content is None else content
    form = {"passphrase": passphrase}
    answer = full.client.post("/api/v1/restore/preview", data=form, files={"file": ("site.backup", data)})
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    short = full.client.post("/api/v1/backup", json={"passphrase": "short"})
    assert (short.status_code, short.json()["field"]) == (422, "passphrase")


MEASURED = """
import resource, sys
from shared.backup.plan import Mode
from shared.backup.restore import Source, back_up, preview, restore
from shared.db.session import connect
from shared.secrets import Vault
url, key, path = sys.argv[1:]
engine, vault = connect(url), Vault(key)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with open(path, "wb") as file:
    for piece in back_up(engine, vault, "four words are enough", "test"):
        file.write(piece)
with open(path, "rb") as file:
    source = Source(file, "four words are enough", Mode.REPLACE)
    plan = preview(engine, vault, source).plan
    restore(engine, vault, source, plan.digest, "test")
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(plan.entries["same"], grown // 1024)
"""


def test_a_large_list_costs_no_memory(full: Api, tmp_path: Any) -> None:
    many = 60_000
    with transaction(full.site.engine) as session:
        list_id = session.scalars(select(PlateList.id).where(PlateList.name == "white")).one()
        numbers = func.generate_series(1, many).table_valued("n").render_derived(name="numbers")
        plate = func.concat("Z", numbers.c.n)
        rows = select(func.gen_random_uuid(), literal(list_id), plate, plate).select_from(numbers)
        session.execute(insert(ListEntry).from_select(["id", "list_id", "plate", "typed"], rows))
    settings = full.site.settings
    words = [settings.sqlalchemy_url, settings.secret_key.get_secret_value(), str(tmp_path / "site.backup")]
    command = [sys.executable, "-c", MEASURED, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=True)
    same, grown = map(int, done.stdout.split())
    assert same == many + 3
    # Of the derivation of the key 64 MiB; the entries alone are 9 MB of text, and many times that as objects.
    assert grown < 110
