"""Hands a message to the mail server, and says by its answer what became of it (RFC 5321, RFC 3207, RFC 4954)."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from services.integrations.email.message import build
from services.integrations.email.settings import Settings
from shared.addresses import Reach
from shared.certificates import Trust, tls_context
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Pictures, Receipt
from shared.messages import Delivery
from shared.peer_socket import as_delivery_knows_it, ended_in_time

ANSWER_LIMIT = 300
READY = 220


def deliver(delivery: Delivery, pictures: Pictures, settings: Settings) -> Receipt:
    """As shared.integration.Deliver says. Whom the server refuses for good is named; the others get the message."""
    message = build(delivery, pictures, settings)
    with _signed_in(settings) as server:
        refused = server.send_message(message, settings.sender, list(settings.recipients))
    if refused:
        return Receipt(250, f"Not to {', '.join(refused)}: {_text(next(iter(refused.values())))}")
    return Receipt(250, f"Taken for {', '.join(settings.recipients)}")


def check(settings: Settings) -> Receipt:
    """Signs in and asks whether the server takes mail from the sender; writes to nobody."""
    with _signed_in(settings) as server:
        code, said = server.mail(settings.sender)
        if code != 250:
            raise _judged(smtplib.SMTPSenderRefused(code, said, settings.sender))
    return Receipt(250, f"{settings.host} takes mail from {settings.sender}")


class _Judged(smtplib.SMTP):
    """Connects to an address that was judged; the certificate is still checked for the name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context = tls_context(Trust(settings.ca, settings.fingerprint))
        super().__init__(local_hostname="platewire.invalid", timeout=settings.timeout)
        self._host = settings.host  # for which STARTTLS checks the certificate

    def open(self) -> None:
        """Raises SMTPConnectError when it is not ready."""
        code, said = self.connect(self._settings.host, self._settings.port)
        if code != READY:
            raise smtplib.SMTPConnectError(code, said)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = Reach.from_environment(allow_private=self._settings.allow_private).connect(host, port, timeout)
        if self._settings.security != "tls":
            return plain
        secured = self._context.wrap_socket(plain, server_hostname=host, do_handshake_on_connect=False)
        self.sock = secured  # known before the handshake, which can be given up then
        secured.do_handshake()
        return secured

    def encrypt(self) -> None:
        """Raises SMTPNotSupportedError when the server cannot."""
        if self._settings.security == "starttls":
            self.starttls(context=self._context)
            self.ehlo()

    def sign_in(self) -> None:
        """One try: smtplib's own login tries each way that the server offers, which locks accounts."""
        offered = self.esmtp_features.get("auth", "").upper().split()
        ways = {"PLAIN": self.auth_plain, "LOGIN": self.auth_login, "CRAM-MD5": self.auth_cram_md5}
        self.user, self.password = self._settings.user, self._settings.password.get_secret_value()
        for name, way in ways.items():
            if name in offered:
                self.auth(name, way)  # type: ignore[arg-type]
                return
        raise smtplib.SMTPNotSupportedError("it offers no way to sign in with a password")


@contextmanager
def _signed_in(settings: Settings) -> Iterator[smtplib.SMTP]:
    peer = f"{settings.host}:{settings.port}"
    server = _Judged(settings)
    in_time = ended_in_time(settings.timeout, peer, lambda: (server.sock,))
    with as_delivery_knows_it(peer), _as_delivery_knows_it(), in_time:
        try:
            server.open()
            server.ehlo_or_helo_if_needed()
            server.encrypt()
            if settings.user:
                server.sign_in()
            yield server
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
        finally:
            server.close()


@contextmanager
def _as_delivery_knows_it() -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPNotSupportedError as error:
        raise Reject(f"The mail server cannot do what the settings ask: {error}", trouble=Trouble.CERTIFICATE) from None
    except smtplib.SMTPRecipientsRefused as error:
        worst = max(error.recipients.values())
        raise _judged(smtplib.SMTPResponseException(*worst)) from None
    except smtplib.SMTPResponseException as error:
        # smtplib's own word for a line that never ends; no server said it.
        if error.smtp_error == "Line too long.":
            raise Retry(
                "The mail server cannot be understood: its line does not end", trouble=Trouble.WRONG_DEVICE
            ) from None
        raise _judged(error) from None
    except smtplib.SMTPServerDisconnected as error:
        # smtplib wraps a timeout into this.
        what = "did not answer in time" if "timed out" in str(error) else "broke off the connection"
        raise Retry(f"The mail server {what}", trouble=Trouble.CANNOT_CONNECT) from None
    except smtplib.SMTPException as error:
        sentence = f"The mail server cannot be understood: {error}"[:ANSWER_LIMIT]
        raise Retry(sentence, trouble=Trouble.WRONG_DEVICE) from None


def _judged(error: smtplib.SMTPResponseException) -> Retry | Reject:
    """4xx is for now, 5xx for good (RFC 5321, 4.2.1)."""
    code, said = error.smtp_code, _text((error.smtp_code, error.smtp_error))
    if isinstance(error, smtplib.SMTPAuthenticationError) and code >= 500:
        return Unauthorised(said, code)
    if code >= 500:
        wrong = Trouble.RIGHTS if isinstance(error, smtplib.SMTPSenderRefused) else Trouble.OTHER
        return Reject(said, code, wrong)
    sentence = f"The mail server answers {said}"
    if code < 200:
        return Retry("Something else than a mail server answers", trouble=Trouble.WRONG_DEVICE)
    return Retry(sentence, status=code)


def _text(answer: tuple[int, Any]) -> str:
    code, said = answer
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{code} {' '.join(words.split())}"[:ANSWER_LIMIT]
