"""A file server by FTP or FTPS (RFC 959, RFC 4217); a file appears under its name when it is complete."""

from __future__ import annotations

import ftplib
import io
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from services.integrations.ftp.settings import Settings
from shared.certificates import Trust, tls_context
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.peer_socket import ended_in_time

PART = ".part"


class FtpServer:
    def __init__(self, server: ftplib.FTP) -> None:
        self._server = server

    def make(self, folder: tuple[str, ...]) -> None:
        for depth in range(1, len(folder) + 1):
            # It is there already, or putting the file tells what is wrong.
            with suppress(ftplib.error_perm):
                self._server.mkd("/".join(folder[:depth]))

    def put(self, folder: tuple[str, ...], name: str, data: bytes) -> None:
        path = "/".join((*folder, name))
        self._server.storbinary(f"STOR {path}{PART}", io.BytesIO(data))
        with suppress(ftplib.error_perm):
            self._server.delete(path)
        self._server.rename(f"{path}{PART}", path)


class _Plain(ftplib.FTP):
    moving: socket.socket | None = None
    """The connection of the transfer that is under way."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        self.moving, size = super().ntransfercmd(cmd, rest)
        return self.moving, size


class _TlsWithReuse(ftplib.FTP_TLS):
    """Data connections resume the session of the control connection, as many servers demand (vsftpd, ProFTPD)."""

    moving: socket.socket | None = None

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        self.moving, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        if self._prot_p:  # type: ignore[attr-defined]
            assert isinstance(self.sock, ssl.SSLSocket)
            resumed = self.sock.session
            secured = self.context.wrap_socket(
                self.moving, server_hostname=self.host, session=resumed, do_handshake_on_connect=False
            )
            self.moving = secured  # known before the handshake, which can be given up then
            secured.do_handshake()
        return self.moving, size


@contextmanager
def signed_in(settings: Settings, address: str) -> Iterator[FtpServer]:
    """The server at an address that was judged. Raises Retry, Reject, Unauthorised."""
    trust = tls_context(Trust(settings.ca, settings.fingerprint)) if settings.protocol == "ftps" else None
    server = _Plain(encoding="utf-8") if trust is None else _TlsWithReuse(context=trust, encoding="utf-8")
    peer = f"{settings.host}:{settings.used_port}"
    in_time = ended_in_time(settings.timeout, peer, lambda: (server.sock, server.moving))
    with _as_delivery_knows_it(), in_time, server:
        server.connect(address, settings.used_port, settings.timeout)
        server.host = settings.host if isinstance(server, ftplib.FTP_TLS) else address
        server.login(settings.user, settings.password.get_secret_value())
        if isinstance(server, ftplib.FTP_TLS):
            server.prot_p()
        yield FtpServer(server)


@contextmanager
def _as_delivery_knows_it() -> Iterator[None]:
    """FTP's answers: 4xx for now, 5xx for good, 530 and 430 about signing in (RFC 959, 4.2)."""
    try:
        yield
    except ftplib.error_temp as error:
        raise Retry(f"The server answers {error}") from None
    except ftplib.error_perm as error:
        said = str(error)
        if said[:3] in ("530", "430", "332", "532"):
            raise Unauthorised(said, int(said[:3])) from None
        raise Reject(f"The server refuses: {said}", int(said[:3]), Trouble.RIGHTS) from None
    except ftplib.Error as error:
        raise Retry(f"The server cannot be understood: {error}", trouble=Trouble.WRONG_DEVICE) from None
    except UnicodeDecodeError:
        sentence = "The server cannot be understood: its answer is no UTF-8 (RFC 2640)"
        raise Retry(sentence, trouble=Trouble.WRONG_DEVICE) from None
