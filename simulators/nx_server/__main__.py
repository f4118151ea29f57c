"""The simulated server as a process."""

from __future__ import annotations

import argparse
import datetime
import signal
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simulators.nx_server import PROFILES, Fault, NxServer, User


def self_signed(folder: Path) -> tuple[str, str]:
    """A certificate as a fresh server makes one for itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nx")])
    today = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(today - datetime.timedelta(days=1))
    signed = builder.not_valid_after(today + datetime.timedelta(days=30)).sign(key, hashes.SHA256())
    paths = folder / "cert.pem", folder / "key.pem"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    return str(paths[0]), str(paths[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="nx_server", description=__doc__)
    parser.add_argument("--profile", choices=sorted(PROFILES), default="v3")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--https", action="store_true", help="with a certificate of its own")
    parser.add_argument("--user", default="anpr:pw", help="name:password")
    parser.add_argument("--status", default="", help="statuses of the first answers that are faults, such as 503,503")
    options = parser.parse_args()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    name, _, password = options.user.partition(":")
    user = User(name, password, digest=True)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        certificate = self_signed(folder) if options.https else None
        nx = NxServer(options.profile, users=[user], certificate=certificate, port=options.port, host=options.host)
        nx.log = options.log
        nx.faults += [Fault("status", status=int(status)) for status in options.status.split(",") if status]
        stack.enter_context(nx)
        stop.wait()


if __name__ == "__main__":
    main()
