"""File servers on loopback: pyftpdlib for FTP and FTPS, paramiko's server side for SFTP; they keep real files."""

from __future__ import annotations

import base64
import hashlib
import os
import socket
import threading
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from pyftpdlib.authorizers import DummyAuthorizer
    from pyftpdlib.handlers import FTPHandler, TLS_FTPHandler
    from pyftpdlib.servers import ThreadedFTPServer


@dataclass
class FtpServer:
    """`rights` are pyftpdlib's letters; `greeting` is what an overloaded server would say."""

    folder: Path
    certificate: str = ""
    """A PEM file with key and certificate makes it FTPS, and it insists."""
    rights: str = "elradfmwMT"

    def __enter__(self) -> Self:
        authorizer = DummyAuthorizer()
        authorizer.add_user("gate", "right", str(self.folder), perm=self.rights)
        settings: dict[str, Any] = {"authorizer": authorizer, "banner": "ready", "auth_failed_timeout": 0}
        if self.certificate:
            settings |= {"certfile": self.certificate, "tls_control_required": True, "tls_data_required": True}
        base = TLS_FTPHandler if self.certificate else FTPHandler
        self._server = ThreadedFTPServer(("127.0.0.1", 0), type("Handler", (base,), settings))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"timeout": 0.1}, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close_all()
        self._thread.join(10)

    @property
    def port(self) -> int:
        return int(self._server.address[1])


class _Files(SFTPServerInterface):  # type: ignore[misc]
    """A folder as SFTP; nothing leads out of it."""

    def __init__(self, server: _SignIn, *_: object) -> None:
        self._root = server.sftp.folder
        self._read_only = server.sftp.read_only

    def _path(self, path: str) -> Path:
        return Path(self._root / str(self.canonicalize(path)).lstrip("/"))

    def stat(self, path: str) -> SFTPAttributes | int:
        try:
            return SFTPAttributes.from_stat(self._path(path).stat())
        except OSError as error:
            return int(SFTPServer.convert_errno(error.errno))

    lstat = stat

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> SFTPHandle | int:
        if self._read_only:
            return int(paramiko.SFTP_PERMISSION_DENIED)
        try:
            file = os.fdopen(os.open(self._path(path), flags, 0o644), "wb")
        except OSError as error:
            return int(SFTPServer.convert_errno(error.errno))
        handle = SFTPHandle(flags)
        handle.writefile = file
        return handle

    def mkdir(self, path: str, attr: SFTPAttributes) -> int:
        return self._done(lambda: self._path(path).mkdir())

    def remove(self, path: str) -> int:
        return self._done(lambda: self._path(path).unlink())

    def rename(self, oldpath: str, newpath: str) -> int:
        return self._done(lambda: self._path(oldpath).rename(self._path(newpath)))

    posix_rename = rename

    def _done(self, step: Any) -> int:
        try:
            step()
        except OSError as error:
            return int(SFTPServer.convert_errno(error.errno))
        return int(paramiko.SFTP_OK)


class _SignIn(paramiko.ServerInterface):  # type: ignore[misc]
    def __init__(self, sftp: SftpServer) -> None:
        self.sftp = sftp

    def check_auth_password(self, username: str, password: str) -> int:
        self.sftp.tries += 1
        right = (username, password) == ("gate", "right")
        return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        right = self.sftp.client_key is not None and key.asbytes() == self.sftp.client_key
        return int(paramiko.AUTH_SUCCESSFUL if right else paramiko.AUTH_FAILED)

    def get_allowed_auths(self, username: str) -> str:
        return "password,publickey"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)


@dataclass
class SftpServer:
    """`client_key` is the public key, as bytes, that is let in."""

    folder: Path
    client_key: bytes | None = None
    read_only: bool = False
    tries: int = 0

    def __enter__(self) -> Self:
        self._key = paramiko.ECDSAKey.generate()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._open: list[paramiko.Transport] = []
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for transport in self._open:
            transport.close()

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def host_key(self) -> str:
        digest = hashlib.sha256(self._key.asbytes()).digest()
        return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(self._key)
            transport.set_subsystem_handler("sftp", SFTPServer, _Files)
            self._open.append(transport)
            with suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=threading.Event(), server=_SignIn(self))
