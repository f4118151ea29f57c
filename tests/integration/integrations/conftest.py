"""Peers that misbehave, and a site whose ledger can be filled and watched."""

from __future__ import annotations

import hashlib
import ipaddress
import os
import threading
import time
from collections.abc import Callable, Iterator
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
from sqlalchemy import func, select

from services.integrations.engine import backoff, wakeups
from services.integrations.engine.discover import load
from services.integrations.engine.worker import Worker
from shared import streams
from shared.clock import now
from shared.db.session import transaction
from shared.db.tables import DeliveryRow, Destination
from shared.integration import Integration
from shared.media import MediaStore
from shared.messages import Moment
from shared.process import Stop
from shared.secrets import Vault
from shared.testing import Site
from simulators.json_receiver import JsonReceiver
from simulators.nvr_text import NvrText
from tests.simulators.sample_delivery import a_camera, an_event


@pytest.fixture
def receiver() -> Iterator[JsonReceiver]:
    with JsonReceiver() as running:
        yield running


@pytest.fixture
def nvr() -> Iterator[NvrText]:
    with NvrText() as running:
        yield running


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries follow within milliseconds."""
    monkeypatch.setattr(backoff, "SCHEDULE", (0, 0.05))


@dataclass(frozen=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1."""

    files: tuple[str, str]
    pem: str
    fingerprint: str


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    today = datetime.now(UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).add_extension(address, critical=False)
    builder = builder.not_valid_before(today - timedelta(days=1)).not_valid_after(today + timedelta(days=30))
    signed = builder.sign(key, hashes.SHA256())
    folder = tmp_path_factory.mktemp("tls")
    pem, key_pem = folder / "cert.pem", folder / "key.pem"
    pem.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key_pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    der = signed.public_bytes(serialization.Encoding.DER)
    return Certificate((str(pem), str(key_pem)), pem.read_text(), hashlib.sha256(der).hexdigest())


@dataclass
class Ledger:
    """Fills and reads the ledger as the reactor and the API do."""

    site: Site

    @property
    def vault(self) -> Vault:
        return Vault(self.site.settings.secret_key.get_secret_value())

    def destination(self, kind: str, **settings: Any) -> UUID:
        with transaction(self.site.engine) as session:
            row = Destination(name=f"{kind} {uuid4()}", kind=kind, settings=self.vault.seal(settings))
            session.add(row)
            session.flush()
            return row.id

    def change(self, destination: UUID, **settings: Any) -> None:
        with transaction(self.site.engine) as session:
            row = session.get_one(Destination, destination)
            row.settings, row.revision = self.vault.seal(settings), row.revision + 1

    def set_destination(self, destination: UUID, **values: Any) -> None:
        with transaction(self.site.engine) as session:
            row = session.get_one(Destination, destination)
            for name, value in values.items():
                setattr(row, name, value)

    def get_destination(self, destination: UUID) -> Destination:
        with transaction(self.site.engine) as session:
            return session.get_one(Destination, destination)

    def add(self, destination: UUID, *plates: str, **columns: Any) -> list[UUID]:
        """One due delivery for each plate, all in one transaction, in the order of their frames."""
        with transaction(self.site.engine) as session:
            rows = [self._row(destination, plate, index, columns) for index, plate in enumerate(plates)]
            session.add_all(rows)
            session.flush()
            ids = [row.id for row in rows]
        streams.publish(self.site.events, streams.wake(destination), "{}", keep=1000)
        return ids

    def _row(self, destination: UUID, plate: str, index: int, columns: dict[str, Any]) -> DeliveryRow:
        read_at = now() + timedelta(seconds=index)
        event = an_event(event_id=uuid4(), plate=plate, read_at=read_at, last_seen=read_at)
        values: dict[str, Any] = {"moment": Moment.DETECT, "expires_at": now() + timedelta(days=7)} | columns
        return DeliveryRow(
            event_id=event.event_id,
            destination_id=destination,
            event=event.model_dump(mode="json"),
            camera=a_camera().model_dump(mode="json"),
            **values,
        )

    def row(self, delivery: UUID) -> DeliveryRow:
        with transaction(self.site.engine) as session:
            return session.get_one(DeliveryRow, delivery)

    def set_row(self, delivery: UUID, **values: Any) -> None:
        with transaction(self.site.engine) as session:
            row = session.get_one(DeliveryRow, delivery)
            for name, value in values.items():
                setattr(row, name, value)

    def states(self, destination: UUID) -> dict[str, int]:
        with transaction(self.site.engine) as session:
            wanted = select(DeliveryRow.state, func.count()).where(DeliveryRow.destination_id == destination)
            return {row.state: row[1] for row in session.execute(wanted.group_by(DeliveryRow.state))}


@pytest.fixture
def ledger(site: Site) -> Ledger:
    return Ledger(site)


@pytest.fixture
def environment(site: Site, tmp_path: Path) -> dict[str, str]:
    """What a process of the service needs to find this site."""
    settings = site.settings
    return dict(os.environ) | {
        "DATABASE_URL": settings.database_url,
        "REDIS_EVENTS_URL": settings.redis_events_url,
        "REDIS_FRAMES_URL": settings.redis_frames_url,
        "PLATEWIRE_DATA_DIR": str(settings.data_dir),
        "PLATEWIRE_SECRET_KEY": settings.secret_key.get_secret_value(),
        "PLATEWIRE_RUN_DIR": str(tmp_path),
    }


StartWorker = Callable[..., Worker]


@pytest.fixture
def start_worker(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[StartWorker]:
    """Starts workers in threads; ends them with the test."""
    monkeypatch.setattr(wakeups, "BLOCK_MS", 100)
    running: list[tuple[Stop, threading.Thread]] = []

    def start(integration: str | Integration[Any], **changes: Any) -> Worker:
        loaded = load(integration) if isinstance(integration, str) else integration
        vault, media = Vault(site.settings.secret_key.get_secret_value()), MediaStore(site.settings.media_dir)
        client, folder = changes.pop("client", site.events), site.settings.data_dir
        worker = Worker(loaded, site.engine, client, vault, media, folder, poll=0.1, **changes)
        stop = Stop()
        thread = threading.Thread(target=worker.run, args=(stop,))
        running.append((stop, thread))
        thread.start()
        return worker

    yield start
    for stop, thread in running:
        stop.set()
        thread.join(15)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never: {what}"
        time.sleep(0.02)


@pytest.fixture
def until() -> Callable[..., None]:
    return wait_until
