"""Uploads to real FTP, FTPS and SFTP servers, and what each trouble means."""

from __future__ import annotations

import io
import json
import socket
from pathlib import Path
from typing import Any

import paramiko
import pytest

from services.integrations.ftp.deliver import check, deliver
from services.integrations.ftp.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from tests.integration.integrations.conftest import Certificate
from tests.simulators.file_servers import FtpServer, SftpServer
from tests.simulators.sample_delivery import a_camera, a_delivery, some_pictures

# The servers' own sockets are closed by their threads, after the test.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")
PICTURES = some_pictures(frame=b"frame" * 50_000, crop=b"crop")


def the_settings(server: FtpServer | SftpServer, **changes: Any) -> Settings:
    known: dict[str, Any] = {"host": "127.0.0.1", "port": server.port, "user": "gate", "password": "right"}
    if isinstance(server, SftpServer):
        known |= {"protocol": "sftp", "host_key": server.host_key}
    else:
        known |= {"protocol": "ftps" if server.certificate else "ftp"}
    return Settings.model_validate(known | {"timeout": 10} | changes)


def send(settings: Settings, **event: Any) -> Receipt:
    return deliver(a_delivery(**event), PICTURES, settings)


def failure(settings: Settings) -> Retry | Reject:
    with pytest.raises((Retry, Reject)) as caught:
        send(settings)
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value


@pytest.fixture(name="pem")
def _pem(certificate: Certificate, tmp_path: Path) -> str:
    both = tmp_path / "both.pem"
    both.write_text("".join(Path(name).read_text() for name in reversed(certificate.files)))
    return str(both)


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files"


@pytest.mark.parametrize("protocol", ["ftp", "ftps", "sftp"])
def test_files_arrive_complete_and_twice_is_once(
    protocol: str, folder: Path, pem: str, certificate: Certificate
) -> None:
    server = SftpServer(folder) if protocol == "sftp" else FtpServer(folder, pem if protocol == "ftps" else "")
    with server:
        settings = the_settings(server, ca=certificate.pem)
        assert "lets gate in" in check(settings).answer
        assert list(folder.iterdir()) == []
        send(settings, camera=a_camera(name="Вʼїзд <1>&+%"))
        receipt = send(settings, camera=a_camera(name="Вʼїзд <1>&+%"))

    assert receipt.answer == "3 files in Вʼїзд_1_&+%/2018-12-12"
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    assert [path.suffix for path in found] == [".jpg", ".json", ".jpg"]
    assert found[0].read_bytes() == b"frame" * 50_000
    assert found[2].read_bytes() == b"crop"


@pytest.mark.parametrize("protocol", ["ftp", "sftp"])
@pytest.mark.parametrize("plate", ["ÄБ1<&+%>", "AB\r\nDELE x", "../../up", "%2e%2e/1"])
def test_no_plate_makes_a_command_or_leads_out_of_the_folder(protocol: str, plate: str, folder: Path) -> None:
    with SftpServer(folder) if protocol == "sftp" else FtpServer(folder) as server:
        sent = send(the_settings(server, folder="in/{plate}"), plate=plate)
        assert sent.answer.startswith("3 files")
    assert [path.name for path in folder.parent.iterdir()] == ["files"]
    assert [path.name for path in folder.iterdir()] == ["in"]
    (document,) = folder.rglob("*.json")
    assert json.loads(document.read_text())["event"]["plate"] == plate


@pytest.mark.parametrize("protocol", ["ftp", "sftp"])
def test_a_wrong_password_is_tried_once_and_never_told(protocol: str, folder: Path) -> None:
    with SftpServer(folder) if protocol == "sftp" else FtpServer(folder) as server:
        error = failure(the_settings(server, password="s3cret-word"))
        assert (type(error), error.trouble) == (Unauthorised, Trouble.CREDENTIALS)
        assert "s3cret-word" not in str(error)
        assert not isinstance(server, SftpServer) or server.tries == 1


@pytest.mark.parametrize("protocol", ["ftp", "sftp"])
def test_a_server_that_may_not_be_written_to_says_so(protocol: str, folder: Path) -> None:
    server = SftpServer(folder, read_only=True) if protocol == "sftp" else FtpServer(folder, rights="elr")
    with server:
        error = failure(the_settings(server))
        assert (type(error), error.trouble) == (Reject, Trouble.RIGHTS)


def test_a_server_whose_key_is_unknown_gets_no_password(folder: Path) -> None:
    with SftpServer(folder) as server:
        error = failure(the_settings(server, host_key=""))
        assert (error.trouble, server.host_key in str(error)) == (Trouble.CERTIFICATE, True)
        assert failure(the_settings(server, host_key="SHA256:" + "A" * 43)).trouble is Trouble.CERTIFICATE
        assert server.tries == 0


def test_a_certificate_that_is_not_trusted_gets_no_password(folder: Path, pem: str, certificate: Certificate) -> None:
    with FtpServer(folder, pem) as server:
        error = failure(the_settings(server))
        assert (type(error), error.trouble) == (Retry, Trouble.CERTIFICATE)
        assert send(the_settings(server, fingerprint=certificate.fingerprint)).answer.startswith("3 files")


def test_a_private_key_opens_too(folder: Path) -> None:
    key = paramiko.ECDSAKey.generate()
    text = io.StringIO()
    key.write_private_key(text)
    with SftpServer(folder, client_key=key.asbytes()) as server:
        settings = the_settings(server, password="", private_key=text.getvalue())
        assert send(settings).answer.startswith("3 files")
        error = failure(the_settings(server, password="", private_key="no key"))
        assert (type(error), "cannot be used" in str(error)) == (Unauthorised, True)


def test_a_server_that_is_away_silent_or_something_else_is_tried_again(folder: Path) -> None:
    with FtpServer(folder) as server:
        away = the_settings(server, timeout=1)
        other = failure(the_settings(server, protocol="sftp", timeout=3))
    assert (type(other), other.trouble) == (Retry, Trouble.WRONG_DEVICE)
    assert failure(away).trouble is Trouble.CANNOT_CONNECT
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for protocol in ("ftp", "sftp"):
            port = silent.getsockname()[1]
            assert type(failure(away.model_copy(update={"port": port, "protocol": protocol}))) is Retry
