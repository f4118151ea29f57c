"""The commands by name, with the right that each needs."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request

from services.api.access import SAFE
from services.api.webapi.add import add
from services.api.webapi.call import Command
from services.api.webapi.export import export
from services.api.webapi.import_plates import import_plates
from services.api.webapi.list_entries import list_entries
from services.api.webapi.remove import remove
from services.api.webapi.search import search
from services.api.webapi.settings import settings
from shared.credentials import Scope


def _always(scope: Scope) -> Callable[[Request], Scope]:
    return lambda _request: scope


def _for_settings(request: Request) -> Scope:
    return Scope.SETTINGS_READ if request.method in SAFE else Scope.SETTINGS_WRITE


COMMANDS = {
    "search": Command(_always(Scope.EVENTS_READ), search),
    "export": Command(_always(Scope.EVENTS_READ), export),
    "import": Command(_always(Scope.LISTS_WRITE), import_plates),
    "add": Command(_always(Scope.LISTS_WRITE), add),
    "remove": Command(_always(Scope.LISTS_WRITE), remove),
    "list": Command(_always(Scope.LISTS_READ), list_entries),
    "settings": Command(_for_settings, settings),
}
