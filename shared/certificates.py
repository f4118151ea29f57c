"""Which certificates are believed: settings for it, and the TLS context that comes of them."""

from __future__ import annotations

import hashlib
import re
import ssl
import tempfile
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import httpx
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, Field, SecretStr


@dataclass(frozen=True)
class Trust:
    """The public authorities', unless something else is set.

    Attributes:
        ca: PEM text, used instead of the public authorities.
        fingerprint: SHA-256 of the one certificate that is accepted, 64 lower-case hexadecimal digits.
        anybody: every certificate is accepted, which protects against listeners only.
    """

    ca: str = ""
    fingerprint: str = ""
    anybody: bool = False


@dataclass(frozen=True)
class Own:
    """The certificate that we show, with its chain, and its key; PEM text. Empty: none."""

    certificate: str = ""
    key: str = field(default="", repr=False)


@lru_cache(maxsize=256)
def tls_context(trust: Trust, own: Own = Own()) -> ssl.SSLContext:
    """For connections as a client."""
    context = _judging(trust)
    if own.certificate:
        # OpenSSL reads certificates of one's own from files only; the folder is ours alone and lives for a moment.
        with tempfile.TemporaryDirectory(prefix="platewire-") as folder:
            file = Path(folder, "own.pem")
            file.write_text(f"{own.key}\n{own.certificate}\n")
            context.load_cert_chain(file)
    return context


def _judging(trust: Trust) -> ssl.SSLContext:
    if trust.fingerprint or trust.anybody:
        return _pinned(trust.fingerprint)
    return ssl.create_default_context(cadata=trust.ca) if trust.ca else httpx.create_ssl_context(trust_env=False)


def check_own(certificate: str, key: str, *, tls: bool) -> None:
    """Raises ValueError, in a sentence for the form, unless the key opens and is that of the certificate."""
    if not certificate and not key:
        return
    if not tls:
        raise ValueError("a client certificate needs TLS")
    if not certificate or not key:
        raise ValueError("a client certificate and its key belong together: enter both")
    try:
        ours = x509.load_pem_x509_certificates(certificate.encode())[0]
    except ValueError:
        raise ValueError("this client certificate is no PEM; it begins with -----BEGIN CERTIFICATE-----") from None
    try:
        private = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise ValueError(
            "the key of the client certificate has a password: enter it without, it is sealed here"
        ) from None
    except ValueError:
        raise ValueError("this is no private key in PEM; it begins with -----BEGIN PRIVATE KEY-----") from None
    if private.public_key() != ours.public_key():
        raise ValueError("this key is not that of the client certificate")


def _pinned(fingerprint: str) -> ssl.SSLContext:
    """Accepts exactly one certificate, whoever issued it and whatever name it bears; without fingerprint, any."""

    class PinnedSocket(ssl.SSLSocket):
        def do_handshake(self, block: bool = False) -> None:
            super().do_handshake(block)
            certificate = self.getpeercert(binary_form=True) or b""
            if fingerprint and hashlib.sha256(certificate).hexdigest() != fingerprint:
                raise ssl.SSLCertVerificationError("not the pinned certificate")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.sslsocket_class = PinnedSocket
    return context


def why_not_trusted(error: ssl.SSLError, peer: str, hint: str = "is it a port without TLS?") -> str:
    """What is wrong with a peer's TLS and what to do, in one sentence."""
    if isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message if error.args[1:] else str(error.args[0])
        return f"The certificate of {peer} is not trusted ({why}): enter its authority or pin its fingerprint"
    return f"{peer} does not speak TLS as it should ({error.reason}): {hint}"


def _sha256(fingerprint: str) -> str:
    digits = re.sub(r"[:\s]", "", fingerprint).lower()
    if digits and not re.fullmatch(r"[0-9a-f]{64}", digits):
        raise ValueError("a SHA-256 fingerprint has 64 hexadecimal digits")
    return digits


def _pem(ca: str) -> str:
    if ca:
        try:
            ssl.create_default_context(cadata=ca)
        except ssl.SSLError:
            raise ValueError("this is no PEM certificate; it begins with -----BEGIN CERTIFICATE-----") from None
    return ca


Fingerprint = Annotated[
    str,
    Field(
        title="Pinned certificate",
        description="SHA-256 fingerprint of the peer's certificate; exactly this one is accepted",
    ),
    AfterValidator(_sha256),
]
OwnAuthority = Annotated[
    str,
    Field(
        title="Own certificate authority",
        description="PEM text; used instead of the public authorities",
        max_length=100_000,
    ),
    AfterValidator(_pem),
]
ClientCertificate = Annotated[
    str,
    Field(
        title="Client certificate",
        description="PEM text with its chain, where the broker asks for one",
        max_length=100_000,
    ),
]
ClientKey = Annotated[
    SecretStr, Field(title="Key of the client certificate", description="PEM text without a password")
]
