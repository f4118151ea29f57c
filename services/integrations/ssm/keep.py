"""Keeps the server open in which SSM finds a camera, from when the destination is enabled until it is not."""

from __future__ import annotations

from services.integrations.ssm.board import Board
from services.integrations.ssm.desk import Desk, Office
from services.integrations.ssm.digest import Doorkeeper, User
from services.integrations.ssm.onvif.service import OnvifService
from services.integrations.ssm.recorder import Recorder
from services.integrations.ssm.running import running
from services.integrations.ssm.server import Server
from services.integrations.ssm.settings import Settings
from services.integrations.ssm.upstream import Upstream
from shared.addresses import Reach
from shared.errors import PlatewireError, Retry, Trouble
from shared.integration import Standing

BREATH = 0.5


class ServerEnded(PlatewireError):
    """The thread that accepts connections ended by a fault."""


def keep(standing: Standing, settings: Settings) -> None:
    """As shared.integration.Keep says. Raises Retry when the port cannot be had."""
    _refuse_our_own(settings)
    office = _office(standing, settings)
    try:
        server = Server(settings.listen_address, settings.port, lambda wire: Desk(office, wire))
    except OSError as error:
        where = f"Port {settings.port} of {settings.listen_address}"
        sentence = f"{where} cannot be listened on: {error.strerror or error}"
        raise Retry(sentence, trouble=Trouble.CANNOT_CONNECT) from None
    try:
        with running(standing.destination_id, office.board):
            while not standing.stopping.is_set():
                office.board.rest(BREATH)
                office.onvif.subscriptions.prune()
                if server.died:
                    raise ServerEnded("The server for SSM ended by a fault")
    finally:
        server.stop()


def _office(standing: Standing, settings: Settings) -> Office:
    profile = settings.names
    board = Board(settings.known_channels, settings.pulse)
    wire = profile.wire
    door = Doorkeeper(_users(settings), profile.realm, wire.digests, charset=wire.charset)
    return Office(
        settings,
        profile,
        board,
        door,
        Recorder(standing.folder if settings.record else None),
        OnvifService(board, profile, door),
        Upstream(settings) if settings.mode == "proxy" else None,
    )


def _users(settings: Settings) -> list[User]:
    users = [User(settings.user, settings.password.get_secret_value(), admin=True)]
    if settings.guest_user:
        users.append(User(settings.guest_user, settings.guest_password.get_secret_value(), admin=False))
    return users


def _refuse_our_own(settings: Settings) -> None:
    """A port of the site's own servers is never taken, also while that server happens to be away."""
    if settings.port in {port for _host, port in Reach.from_environment().own}:
        raise Retry(f"Port {settings.port} belongs to a server of this site: choose another")
