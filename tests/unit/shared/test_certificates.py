"""A certificate of our own that a peer asks for: it and its key must fit before anything is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.certificates import Own, Trust, check_own, tls_context

FORM = serialization.PrivateFormat.PKCS8


def made() -> tuple[str, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "platewire")])
    today = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(today)
    signed = builder.not_valid_after(today + timedelta(days=1)).sign(key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode(), key


def pem(key: ec.EllipticCurvePrivateKey, password: bytes = b"") -> str:
    lock = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, FORM, lock).decode()


CERTIFICATE, KEY = made()


def test_a_certificate_and_its_key_are_taken_and_none_at_all_too() -> None:
    check_own("", "", tls=False)
    check_own(CERTIFICATE, pem(KEY), tls=True)
    own = Own(CERTIFICATE, pem(KEY))
    assert tls_context(Trust(), own) is not tls_context(Trust())
    assert "PRIVATE" not in repr(own)


@pytest.mark.parametrize(
    ("certificate", "key", "sentence"),
    [
        (CERTIFICATE, "", "belong together"),
        ("", pem(KEY), "belong together"),
        ("nonsense", pem(KEY), "certificate is no PEM"),
        (CERTIFICATE, "nonsense", "no private key"),
        (CERTIFICATE, pem(KEY, b"word"), "has a password"),
        (CERTIFICATE, pem(made()[1]), "not that of the client certificate"),
    ],
)
def test_each_mistake_has_its_sentence(certificate: str, key: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        check_own(certificate, key, tls=True)
