"""A site that holds what the examples of the OpenAPI document name, so that they lead somewhere."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from services.api.access import ABSOLUTE
from services.api.description import PLACES
from shared.clock import now
from shared.credentials import Role, Scope, create_api_key, create_user, new_token, token_hash
from shared.db.session import transaction
from shared.db.tables import (
    ApiKey,
    Camera,
    DeliveryRow,
    Destination,
    EventExport,
    EventNote,
    EventTag,
    ListEntry,
    ListImport,
    LoginSession,
    MetaSite,
    PlateList,
    ReactionRule,
    SavedSearch,
    User,
)
from shared.media import MediaStore
from shared.messages import DeliveryState
from shared.secrets import Vault
from tests.integration.api.gateway import JPEG, PASSWORD, Api, an_event

IDS = {name: UUID(example) for name, (_words, example) in PLACES.items() if name.endswith("_id")}


def fill(api: Api) -> dict[str, str]:
    """Adds the rows; returns what the hooks must protect, and the cookie of somebody who is signed in."""
    vault, token = Vault(api.site.settings.secret_key.get_secret_value()), new_token()
    with transaction(api.site.engine) as session:
        person = create_user(session, "anna", Role.ADMIN, PASSWORD)
        own_key = session.query(ApiKey.id).where(ApiKey.name == "everything").scalar()
        moment = now()
        login = LoginSession(token_hash=token_hash(token), user_id=person.id, last_used_at=moment)
        login.id = uuid4()
        login.expires_at = moment + ABSOLUTE
        session.add(login)
        create_api_key(session, "gate", ["events:read"])
        session.query(ApiKey).where(ApiKey.name == "gate").update({"id": IDS["key_id"]})
        session.add(User(id=IDS["user_id"], name="ivan", role="viewer", password_hash=""))
        for kind in ("upload", "demo"):
            row = Camera(name=f"The {kind}", kind=kind, source=vault.seal({"kind": kind}))
            row.id = IDS["camera_id"] if kind == "upload" else row.id
            session.add(row)
        session.add(Destination(id=IDS["destination_id"], name="Recorder", kind="json_http", settings=_settings(vault)))
        session.flush()
        values = {"name": "Told", "rule": "on_list", "settings": {"lists": ["white"]}}
        session.add(ReactionRule(id=IDS["reaction_id"], destination_id=IDS["destination_id"], **values))
        nothing: dict[str, object] = {"criteria": {}, "query": "", "ids": None, "cameras": None}
        own = {"key_id": own_key, "asked_by": "key:everything"}
        session.add(EventExport(id=IDS["export_id"], form="csv", asked=nothing, **own))
        session.add(SavedSearch(id=IDS["search_id"], key_id=own_key, name="Strangers", query="list=none"))
        staff = PlateList(id=IDS["list_id"], name="staff", kind="named")
        session.add(staff)
        session.flush()
        session.add(ListEntry(list_id=staff.id, plate="AA1234BB", typed="AA 1234 BB", pattern=False))
        session.add(
            ListImport(id=IDS["import_id"], list_id=staff.id, mode="append", state="stale", asked_by="key:gate")
        )
        meta_key = _members(session)
    _pass_by(api)
    own = {"KEY_ID": str(own_key), "PERSON_ID": str(person.id), "SESSION": token, "SESSION_ID": str(login.id)}
    return own | {"META_KEY": meta_key}


def _members(session: Session) -> str:
    """Two sites that send their events here: one to be changed, and one whose connection key is returned."""
    session.add(MetaSite(id=IDS["site_id"], name="North"))
    key = create_api_key(session, "Meta: South", [Scope.META_CONNECT])
    key_id = session.query(ApiKey.id).where(ApiKey.name == "Meta: South").scalar()
    session.add(MetaSite(name="South", key_id=key_id, lists=[IDS["list_id"]]))
    return key


def _settings(vault: Vault) -> bytes:
    return vault.seal({"url": "http://receiver.example/in"})


def _pass_by(api: Api) -> None:
    """An event with its pictures, told to the destination."""
    media, moment = MediaStore(api.site.settings.media_dir), now() - timedelta(minutes=1)
    keys = {name: media.put(JPEG, name.replace("_", "-"), moment) for name in ("frame_key", "crop_key")}
    event = an_event(at=moment, event_id=IDS["event_id"], camera_id=IDS["camera_id"], **keys)
    api.store(event, an_event("AB123CD", at=moment, camera_id=IDS["camera_id"]))
    with transaction(api.site.engine) as session:
        mark = {"event_id": event.event_id, "captured_at": event.captured_at, "actor": "user:anna"}
        session.add(EventNote(id=IDS["note_id"], text="Asked for the boss", **mark))
        session.add(EventTag(tag=PLACES["tag"][1], camera_id=event.camera_id, **mark))
    delivery = api.deliver(event, IDS["destination_id"], DeliveryState.DEAD)
    with transaction(api.site.engine) as session:
        session.query(DeliveryRow).where(DeliveryRow.id == delivery).update({"id": IDS["delivery_id"]})
