"""The two addresses of the WebAPI. Who asks is settled before anything else, also before whether the command exists."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.exceptions import HTTPException

from services.api.access import SITE_WIDE, check_unlimited, public
from services.api.deps import state_of
from services.api.errors import NotAllowed
from services.api.webapi.call import Call, Command, Keeper
from services.api.webapi.commands import COMMANDS
from services.api.webapi.door import Caller
from services.api.webapi.given import Given, given
from services.api.webapi.rate import take_turn
from shared.errors import Invalid, Missing, PlatewireError

MAX_BODY = 1024 * 1024
router = APIRouter(prefix="/webapi", include_in_schema=False, max_body_size=MAX_BODY)
METHODS = ["GET", "POST", "PUT"]
_ELSEWHERE = frozenset({"cross-site", "same-site"})


def entered(request: Request) -> Caller:
    """Raises CredentialsNeeded, TooMany and NotAllowed."""
    site, keeper = state_of(request), keeper_of(request)
    caller = keeper.door.enter(request, site)
    take_turn(site.events, str(caller.credential_id), keeper.rates.of(site, caller.identity.actor))
    # Browsers send passwords that they remember wherever another site's page points them.
    if request.headers.get("Sec-Fetch-Site") in _ELSEWHERE:
        raise NotAllowed("A page of another site cannot use the WebAPI")
    return caller


def keeper_of(request: Request) -> Keeper:
    keeper: Keeper = request.app.state.webapi
    return keeper


async def brought(request: Request) -> Given | Exception:
    """What the call brings, or what is wrong with it: a stranger must not learn even that."""
    try:
        return await given(request)
    except (PlatewireError, HTTPException) as error:
        return error


Brought = Annotated[Given | Exception, Depends(brought)]


# Open to the guard alone: `entered` asks for credentials itself, because here no cookie counts.
@router.api_route("", methods=METHODS)
@public
def webapi(request: Request, asked: Brought) -> Response:
    """A command in the parameter `command`, as in the guide."""
    return _answer(request, asked, None)


@router.api_route("/{command}", methods=METHODS)
@public
def webapi_command(command: str, request: Request, asked: Brought) -> Response:
    """A command in the path."""
    return _answer(request, asked, command)


def _answer(request: Request, asked: Given | Exception, name: str | None) -> Response:
    caller = entered(request)
    if isinstance(asked, Exception):
        raise asked
    command = _command(asked.parameters.get("command") if name is None else name)
    scope = command.scope(request)
    if scope not in caller.identity.scopes:
        raise NotAllowed(f"This needs the scope {scope}")
    if scope in SITE_WIDE:
        check_unlimited(caller.identity)
    return command.run(Call(request, state_of(request), keeper_of(request), caller, asked))


def _command(name: object) -> Command:
    if not name:
        raise Invalid("command is missing", "command")
    known = COMMANDS.get(str(name).lower())
    if known is None:
        raise Missing("command of this name; there are", ", ".join(COMMANDS))
    return known
