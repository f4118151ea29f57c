"""A file server by SFTP; its key is pinned, and a file appears under its name when it is complete."""

from __future__ import annotations

import base64
import hashlib
import io
import posixpath
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import paramiko

from services.integrations.ftp.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.peer_socket import ended_in_time

PART = ".part"


class SftpServer:
    def __init__(self, client: paramiko.SFTPClient) -> None:
        self._client = client

    def make(self, folder: tuple[str, ...]) -> None:
        for depth in range(1, len(folder) + 1):
            with suppress(OSError):
                self._client.mkdir("/".join(folder[:depth]))

    def put(self, folder: tuple[str, ...], name: str, data: bytes) -> None:
        path = posixpath.join(*folder, name)
        self._client.putfo(io.BytesIO(data), path + PART, len(data))
        try:
            self._client.posix_rename(path + PART, path)
        except OSError:
            with suppress(OSError):
                self._client.remove(path)
            self._client.rename(path + PART, path)


@contextmanager
def signed_in(settings: Settings, address: str) -> Iterator[SftpServer]:
    """The server at an address that was judged. Raises Retry, Reject, Unauthorised."""
    plain = socket.create_connection((address, settings.used_port), settings.timeout)
    transport = paramiko.Transport(plain)
    in_time = ended_in_time(settings.timeout, f"{settings.host}:{settings.used_port}", lambda: (plain,))
    try:
        with in_time:
            transport.banner_timeout = transport.auth_timeout = transport.handshake_timeout = settings.timeout
            _sign_in(transport, settings)
            client = paramiko.SFTPClient.from_transport(transport)
            if client is None:
                raise Retry("The server offers no SFTP", trouble=Trouble.WRONG_DEVICE)
            channel = client.get_channel()
            if channel:
                channel.settimeout(settings.timeout)
            yield SftpServer(client)
    except PermissionError as error:
        raise Reject(f"The server refuses: {error}", trouble=Trouble.RIGHTS) from None
    except FileNotFoundError as error:
        raise Reject(f"The server has no such folder: {error}") from None
    except paramiko.AuthenticationException:
        raise Unauthorised("the server refuses user, password or key") from None
    except paramiko.SSHException as error:
        raise Retry(f"The server cannot be understood: {error}", trouble=Trouble.WRONG_DEVICE) from None
    finally:
        transport.close()
        plain.close()


def _sign_in(transport: paramiko.Transport, settings: Settings) -> None:
    transport.start_client(timeout=settings.timeout)
    shown = _host_key(transport.get_remote_server_key().asbytes())
    if shown != settings.host_key:
        told = "is another one than the pinned" if settings.host_key else "is not pinned yet"
        sentence = f"The server's key {told}: enter {shown} if that is the server's"
        raise Reject(sentence, trouble=Trouble.CERTIFICATE)
    if text := settings.private_key.get_secret_value():
        transport.auth_publickey(settings.user, _private_key(text))
    else:
        transport.auth_password(settings.user, settings.password.get_secret_value(), fallback=False)


def _host_key(key: bytes) -> str:
    """As OpenSSH shows it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")


def _private_key(text: str) -> paramiko.PKey:
    for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
        with suppress(paramiko.SSHException, ValueError):
            return kind.from_private_key(io.StringIO(text))
    raise Unauthorised("the private key cannot be used: it is no OpenSSH or PEM key, or it has a passphrase")
