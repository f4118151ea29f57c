"""A mail server on loopback: aiosmtpd, which is somebody else's SMTP, told how to answer and keeping what it takes."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import default
from typing import Any, Self

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


@dataclass
class MailServer:
    """`security` is starttls, tls or none; `answers` maps a verb (MAIL, RCPT, DATA) to what is said instead of 250."""

    security: str = "starttls"
    certificate: tuple[str, str] | None = None
    user: str = "gate"
    password: str = "right"
    answers: dict[str, str] = field(default_factory=dict)
    refuse: str = ""
    """A recipient that is refused for good."""
    raw: list[bytes] = field(default_factory=list)
    sent_to: list[list[str]] = field(default_factory=list)
    logins: list[bool] = field(default_factory=list)
    port: int = 0

    def __enter__(self) -> Self:
        context = None
        if self.certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.certificate)
        needs = self.security != "none"
        named: dict[str, Any] = {"authenticator": self._sign_in, "auth_required": needs, "auth_require_tls": needs}
        if self.security == "starttls":
            named |= {"tls_context": context, "require_starttls": True}
        if self.security == "tls":
            named |= {"ssl_context": context, "auth_require_tls": False}
        # The controller connects to its port at once, so it must know it beforehand.
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, ready_timeout=20, **named)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    @property
    def messages(self) -> list[EmailMessage]:
        parsed: list[Message] = [BytesParser(policy=default).parsebytes(raw) for raw in self.raw]
        return [message for message in parsed if isinstance(message, EmailMessage)]

    def _sign_in(self, _s: SMTP, _session: Session, _e: Envelope, _mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (
            self.user.encode(),
            self.password.encode(),
        )
        self.logins.append(right)
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.answers.get("MAIL"):
            return said
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _s: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if said := self.answers.get("RCPT"):
            return said
        if address == self.refuse:
            return "550 5.1.1 no such person"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, _s: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if said := self.answers.get("DATA"):
            return said
        content = envelope.content
        self.raw.append(content if isinstance(content, bytes) else str(content).encode())
        self.sent_to.append([str(one) for one in envelope.rcpt_tos])
        return "250 taken"
