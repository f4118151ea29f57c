"""Mosquitto itself, where it is installed: versions, both sides' certificates, rights, the will, and what it keeps."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import delete

from services.integrations.mqtt.deliver import check, deliver
from services.integrations.mqtt.keep import keep
from services.integrations.mqtt.settings import Settings
from shared.db.session import transaction
from shared.db.tables import Camera, Destination
from shared.errors import NotSent, Retry, Trouble, Unauthorised
from shared.integration import Standing
from shared.testing import Site
from tests.integration.integrations.barrier_orders import pulse
from tests.integration.integrations.conftest import Certificate
from tests.simulators.cutting_proxy import CuttingProxy
from tests.simulators.sample_delivery import a_delivery, some_pictures

# Debian puts it where only root looks.
PATHS = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])
MOSQUITTO, LISTENER = shutil.which("mosquitto", path=PATHS), shutil.which("mosquitto_sub", path=PATHS)
pytestmark = pytest.mark.skipif(
    not (MOSQUITTO and LISTENER), reason="Debian's mosquitto and mosquitto-clients are not installed"
)
versions = pytest.mark.parametrize("version", ["5", "3.1.1"])


def soon(what: Callable[[], bool], sentence: str, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.05)


@dataclass
class Running:
    port: int

    def settings(self, **given: Any) -> Settings:
        return Settings.model_validate({"host": "127.0.0.1", "port": self.port, "timeout": 5} | given)

    def kept(self, topic: str = "#") -> dict[str, str]:
        """What the broker keeps there."""
        asked = [str(LISTENER), "-p", str(self.port), "-t", topic, "-W", "1", "-F", "%t %p", "--retained-only"]
        out = subprocess.run(asked, capture_output=True, text=True, timeout=20, check=False).stdout
        return dict(line.split(" ", 1) for line in out.splitlines())


@contextmanager
def mosquitto(folder: Path, *lines: str) -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "mosquitto.conf"
    # As root it becomes another user, which may not read a test's folder.
    config.write_text("\n".join([f"listener {port} 127.0.0.1", "user root", "allow_anonymous true", *lines, ""]))
    broker = subprocess.Popen([str(MOSQUITTO), "-c", str(config)], stderr=subprocess.DEVNULL)
    try:
        soon(lambda: _listens(port), "mosquitto does not listen")
        yield Running(port)
    finally:
        broker.kill()
        broker.wait(10)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@versions
def test_mosquitto_takes_it_and_its_own_client_hears_it(tmp_path: Path, version: str) -> None:
    with mosquitto(tmp_path) as broker:
        entered = broker.settings(mqtt_version=version)
        name = f"sub-{uuid4().hex[:8]}"
        asked = [str(LISTENER), "-p", str(broker.port), "-i", name, "-t", "platewire/#", "-C", "3", "-W", "30"]
        reader = subprocess.Popen([*asked, "-F", "%t"], stdout=subprocess.PIPE, text=True)
        try:
            # Whoever subscribes late hears nothing of earlier events, so it is told until it has heard three messages.
            soon(lambda: bool(deliver(a_delivery(), some_pictures(), entered)) and _ended(reader), "nothing was heard")
            out, _ = reader.communicate(timeout=15)
        finally:
            reader.kill()
            reader.wait(10)
        assert sorted(out.split()) == [f"platewire/Gate/{end}" for end in ("attributes", "event", "plate")]


def _ended(process: subprocess.Popen[str]) -> bool:
    return process.poll() is not None


@dataclass(frozen=True)
class Client:
    """A certificate of ours that an authority of the site issued."""

    authority: str
    certificate: str
    key: str


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    folder = tmp_path_factory.mktemp("client")
    ca_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _issued("site authority", ca_key, "site authority", ca_key, ca=True)
    own = _issued("platewire", own_key, "site authority", ca_key, ca=False)
    authority = folder / "authority.pem"
    authority.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key = own_key.private_bytes(serialization.Encoding.PEM, form, plain).decode()
    return Client(str(authority), own.public_bytes(serialization.Encoding.PEM).decode(), key)


def _issued(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: str, by: ec.EllipticCurvePrivateKey, *, ca: bool
) -> x509.Certificate:
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(_named(name)).issuer_name(_named(issuer))
    builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=30))
    builder = builder.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return builder.add_extension(address, critical=False).sign(by, hashes.SHA256())


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _tls(certificate: Certificate) -> tuple[str, str]:
    return f"certfile {certificate.files[0]}", f"keyfile {certificate.files[1]}"


def test_its_certificate_must_be_of_our_authority_or_the_pinned_one(tmp_path: Path, certificate: Certificate) -> None:
    with mosquitto(tmp_path, *_tls(certificate)) as broker:
        for trusted in ({"ca": certificate.pem}, {"fingerprint": certificate.fingerprint}):
            entered = broker.settings(tls=True, **trusted)
            assert check(entered).answer
            assert deliver(a_delivery(), some_pictures(), entered).answer.startswith("The broker has platewire/Gate/")
        for wrong in ({}, {"fingerprint": "0" * 64}):
            with pytest.raises(NotSent, match="not trusted") as caught:
                check(broker.settings(tls=True, **wrong))
            assert caught.value.trouble is Trouble.CERTIFICATE
        with pytest.raises(NotSent):
            check(broker.settings())


@versions
def test_a_broker_that_asks_for_our_certificate_gets_it(
    tmp_path: Path, certificate: Certificate, client: Client, version: str
) -> None:
    asks = (f"cafile {client.authority}", "require_certificate true", "use_identity_as_username true")
    with mosquitto(tmp_path, *_tls(certificate), *asks) as broker:
        given = {"tls": True, "ca": certificate.pem, "mqtt_version": version}
        own = {"client_certificate": client.certificate, "client_key": client.key}
        entered = broker.settings(**given, **own)
        assert deliver(a_delivery(), some_pictures(), entered).answer.startswith("The broker has platewire/Gate/")
        with pytest.raises(NotSent, match="client certificate") as caught:
            check(broker.settings(**given))
        assert caught.value.trouble is Trouble.CERTIFICATE
        pinned = {"tls": True, "fingerprint": certificate.fingerprint}
        assert check(broker.settings(**pinned, **own)).answer
        # A relay behind the same broker.
        relay = {"driver": "mqtt", "port": broker.port, "topic": "gate/1/set", "off_payload": "", "timeout": 5}
        if version == "3.1.1":  # MQTT 5 would say that nobody listens
            assert pulse(**relay, **given, **own) == "The broker has gate/1/set, the device ends the pulse"
        with pytest.raises(NotSent, match="client certificate"):
            pulse(**relay, **given)


def test_a_topic_that_we_may_not_write_is_told_with_mqtt_5(tmp_path: Path) -> None:
    rights = tmp_path / "rights"
    rights.write_text("topic write platewire/#\n")
    rights.chmod(0o600)
    with mosquitto(tmp_path, f"acl_file {rights}") as broker:
        assert deliver(a_delivery(), some_pictures(), broker.settings()).answer
        with pytest.raises(Unauthorised, match="refuses the message"):
            deliver(a_delivery(), some_pictures(), broker.settings(topic="elsewhere/{camera}"))


@contextmanager
def standing(site: Site, destination: UUID, folder: Path, settings: Settings) -> Iterator[list[Exception]]:
    stopping, ended = threading.Event(), list[Exception]()

    def run() -> None:
        try:
            keep(Standing(destination, "HA", folder, site.engine, stopping), settings)
        except Retry as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield ended
    finally:
        stopping.set()
        thread.join(30)
        assert not thread.is_alive()


def _set_up(site: Site) -> tuple[UUID, UUID]:
    with transaction(site.engine) as session:
        camera = Camera(name="Gate/+#", kind="upload", source=b"", settings={})
        row = Destination(name="HA", kind="mqtt", settings=b"")
        session.add_all([camera, row])
        session.flush()
        return camera.id, row.id


@versions
def test_what_it_keeps_of_ours_is_gone_with_the_destination(site: Site, tmp_path: Path, version: str) -> None:
    camera, destination = _set_up(site)
    announced = f"homeassistant/device/platewire_{camera.hex[:12]}/config"
    with mosquitto(tmp_path) as broker:
        entered = broker.settings(mqtt_version=version, retain=True)
        with standing(site, destination, tmp_path, entered):
            soon(lambda: broker.kept("homeassistant/#").keys() == {announced}, "nothing was announced")
            told = a_delivery()
            told = told.model_copy(update={"camera": told.camera.model_copy(update={"name": "Gate/+#"})})
            deliver(told, some_pictures(), entered)
            assert broker.kept("platewire/#").keys() == {
                "platewire/status",
                "platewire/Gate___/plate",
                "platewire/Gate___/attributes",
            }
            with transaction(site.engine) as session:
                session.execute(delete(Destination).where(Destination.id == destination))
        assert broker.kept() == {}


@versions
def test_it_says_that_we_are_gone_when_the_line_breaks_and_that_we_are_back(
    site: Site, tmp_path: Path, version: str
) -> None:
    _camera, destination = _set_up(site)
    with mosquitto(tmp_path) as broker, CuttingProxy(broker.port) as line:
        entered = broker.settings(mqtt_version=version, port=line.port)
        with standing(site, destination, tmp_path, entered) as ended:
            soon(lambda: broker.kept("platewire/status") == {"platewire/status": "online"}, "it is not told")
            line.cut()
            soon(lambda: bool(ended), "the break was not noticed")
        assert broker.kept("platewire/status") == {"platewire/status": "offline"}
        line.mend()
        with standing(site, destination, tmp_path, entered):
            soon(lambda: broker.kept("platewire/status") == {"platewire/status": "online"}, "it is not told again")
        assert broker.kept("platewire/status") == {"platewire/status": "offline"}
