"""`settings`: cameras, destinations, reactions and the site as one document, changed as a whole or not at all."""

from __future__ import annotations

from fastapi import Response
from fastapi.responses import JSONResponse
from sqlalchemy.orm import Session

from services.api import audit
from services.api.access import SAFE, check_unlimited
from services.api.errors import NotAllowed
from services.api.webapi.call import Call
from services.api.webapi.parameters import Parameters, parse
from services.api.webapi.refusals import InvalidFields, Wrong
from services.api.webapi.settings_sections import SECTIONS, Changes, Place, change_section, change_site, site_document
from shared.credentials import Scope
from shared.db.session import transaction
from shared.errors import Invalid
from shared.site import BarriersLocked, load

SITE = "site"
_RIGHTS = {
    "cameras": Scope.CAMERAS_WRITE,
    "destinations": Scope.DESTINATIONS_WRITE,
    "reactions": Scope.REACTIONS_WRITE,
}
Document = dict[str, object]


class Nothing(Parameters):
    """The command takes no parameters."""


def settings(call: Call) -> Response:
    """Raises InvalidFields, which names everything that is wrong in a change, NotAllowed for who sees some cameras."""
    check_unlimited(call.caller.identity)
    reads = call.request.method in SAFE
    parse(Nothing, call.given.without("command", *(() if reads else call.given.document or ())))
    if reads:
        with transaction(call.site.engine) as session:
            return JSONResponse(_shown(Place(session, call.site.vault)))
    asked = _document(call)
    _check_rights(call, asked)
    with call.change() as session:
        place = Place(session, call.site.vault)
        before = load(session, BarriersLocked)
        changes = _apply(place, asked)
        if changes.wrong:
            raise InvalidFields(changes.wrong)
        if changes.made:
            audit.record(session, call.caller.identity, "settings.change", "webapi", {"changed": changes.made})
        _tell_of_barriers(session, call, before)
        return JSONResponse(_shown(place))


def _check_rights(call: Call, asked: Document) -> None:
    """Each part asks for the right that its own address asks for. Raises NotAllowed."""
    needed = {scope for name, scope in _RIGHTS.items() if name in asked}
    site = asked.get(SITE)
    if isinstance(site, dict) and BarriersLocked.name in site:
        needed.add(Scope.BARRIERS_WRITE)
    if lacking := sorted(needed - call.caller.identity.scopes):
        raise NotAllowed(f"These parts need the scope {', '.join(lacking)} too")


def _tell_of_barriers(session: Session, call: Call, before: BarriersLocked) -> None:
    """Leaves the same trace as the kill switch itself does."""
    after = load(session, BarriersLocked)
    if after != before:
        action = "barriers.lock" if after.value else "barriers.unlock"
        audit.record(session, call.caller.identity, action, "site", {"reason": after.reason})


def _document(call: Call) -> Document:
    asked = {name: value for name, value in (call.given.document or {}).items() if name != "command"}
    if not asked:
        raise Invalid("The request needs a body of JSON with a part of the settings")
    return asked


def _shown(place: Place) -> Document:
    shown: Document = {name: section.shown(place) for name, section in SECTIONS.items()}
    return shown | {SITE: site_document(place.session)}


def _apply(place: Place, asked: Document) -> Changes:
    """In the order of the sections, so that a new reaction may name what the same document changes."""
    changes = Changes()
    changes.wrong += [Wrong(_name(one), f"{_name(one)} is not known here") for one in asked if not _known(one)]
    for name, section in SECTIONS.items():
        if name in asked:
            change_section(place, name, section, asked[name], changes)
    if SITE in asked:
        change_site(place.session, asked[SITE], changes)
    return changes


def _known(name: str) -> bool:
    return name == SITE or name in SECTIONS


def _name(text: str) -> str:
    return text if text.isprintable() and len(text) <= 64 else "a name"
