"""The certificate that a server shows, so that an installer can compare its fingerprint and pin it."""

from __future__ import annotations

import hashlib
import ssl

from services.integrations.wave.settings import Settings
from shared.addresses import AddressRefused, Reach


def shown_fingerprint(settings: Settings) -> str:
    """SHA-256 in hexadecimal; empty when there is none to be had."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Nothing is sent over this connection, and what it shows is believed only after a person compared it.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    reach = Reach.from_environment(allow_private=settings.allow_private)
    try:
        with reach.connect(settings.host, settings.port, settings.timeout) as connection:
            connection.settimeout(settings.timeout)
            with context.wrap_socket(connection, server_hostname=settings.host) as encrypted:
                certificate = encrypted.getpeercert(binary_form=True) or b""
    except (OSError, AddressRefused):
        return ""
    return hashlib.sha256(certificate).hexdigest() if certificate else ""
