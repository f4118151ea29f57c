"""Messages at a real SMTP server: what arrives, and what each answer of the server means."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from pydantic import ValidationError

from services.integrations.email.deliver import check, deliver
from services.integrations.email.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from tests.integration.integrations.conftest import Certificate
from tests.simulators.mail_server import MailServer
from tests.simulators.sample_delivery import a_camera, a_delivery, a_picture, some_pictures

# asyncio's servers warn at their end about transports that the other side left.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore:Requiring AUTH:UserWarning")
FRAME, CROP = a_picture(640, 360), a_picture(120, 30, ".png")


def the_settings(server: MailServer, certificate: Certificate, **changes: Any) -> Settings:
    known = {"host": "127.0.0.1", "port": server.port, "security": server.security, "user": "gate", "password": "right"}
    people = {"sender": "gate@site.example", "recipients": ["a@site.example", "b@site.example"]}
    return Settings.model_validate(known | people | {"ca": certificate.pem, "timeout": 10} | changes)


def send(settings: Settings, **event: Any) -> Receipt:
    return deliver(a_delivery(**event), some_pictures(frame=FRAME, crop=CROP), settings)


def failure(settings: Settings) -> Retry | Reject:
    with pytest.raises((Retry, Reject)) as caught:
        send(settings)
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_message_arrives_with_its_pictures(certificate: Certificate, security: str) -> None:
    with MailServer(security, certificate.files) as server:
        receipt = send(the_settings(server, certificate))

        (message,) = server.messages
        assert receipt == Receipt(250, "Taken for a@site.example, b@site.example")
        assert server.sent_to == [["a@site.example", "b@site.example"]]
        assert (message["Subject"], message["From"]) == ("19ZFZL at Gate (black, staff)", "gate@site.example")
        assert message["Message-ID"] == "<9a0f3c1e-0000-4000-8000-00000000000a@platewire.invalid>"
        text = message.get_body()
        assert text is not None
        assert "Gate, 2018-12-12 16:34:19, in" in text.get_content()
        attached = [(part.get_filename(), part.get_content()) for part in message.iter_attachments()]
        assert attached == [("19ZFZL_crop.png", CROP), ("19ZFZL_frame.jpg", FRAME)]
        assert server.logins == [True]


def test_nothing_that_is_filled_in_makes_a_header(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files) as server:
        name = "Gate\r\nBcc: thief@evil.example\r\n\r\n<b>Б</b>"
        settings = the_settings(server, certificate, text=".\n{camera}\n.\n", pictures="none")
        send(settings, camera=a_camera(name=name))

        (message,) = server.messages
        assert message["Bcc"] is None
        assert "GateBcc: thief@evil.example<b>Б</b>" in message["Subject"]
        text = message.get_body()
        assert text is not None
        assert text.get_content().split() == [".", "GateBcc:", "thief@evil.example<b>Б</b>", "."]
        assert list(message.iter_attachments()) == []


def test_a_wrong_password_is_tried_once_and_never_told(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files) as server:
        error = failure(the_settings(server, certificate, password="s3cret-word"))
        assert (type(error), error.trouble, error.status) == (Unauthorised, Trouble.CREDENTIALS, 535)
        assert "s3cret-word" not in str(error)
        assert server.logins == [False]


@pytest.mark.parametrize(
    ("verb", "said", "kind"),
    [
        ("MAIL", "451 greylisted", Retry),
        ("MAIL", "553 not your address", Reject),
        ("RCPT", "450 mailbox busy", Retry),
        ("RCPT", "550 nobody", Reject),
        ("DATA", "452 disk full", Retry),
        ("DATA", "552 too large", Reject),
    ],
)
def test_4xx_is_for_now_and_5xx_for_good(certificate: Certificate, verb: str, said: str, kind: type[Exception]) -> None:
    with MailServer("starttls", certificate.files, answers={verb: said}) as server:
        error = failure(the_settings(server, certificate))
        assert type(error) is kind
        assert said.rsplit(maxsplit=1)[-1] in str(error)


def test_one_refused_recipient_does_not_keep_it_from_the_others(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files, refuse="b@site.example") as server:
        receipt = send(the_settings(server, certificate))
        assert server.sent_to == [["a@site.example"]]
        assert receipt.answer == "Not to b@site.example: 550 5.1.1 no such person"


def test_a_certificate_that_is_not_trusted_gets_no_password(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files) as server:
        error = failure(the_settings(server, certificate, ca=""))
        assert (type(error), error.trouble) == (Retry, Trouble.CERTIFICATE)
        assert server.logins == []
        assert send(the_settings(server, certificate, ca="", fingerprint=certificate.fingerprint)).status == 250


def test_a_server_without_tls_gets_no_password(certificate: Certificate) -> None:
    with MailServer("none") as server:
        error = failure(the_settings(server, certificate, security="starttls"))
        assert (type(error), error.trouble) == (Reject, Trouble.CERTIFICATE)
        assert server.logins == []
        plain = the_settings(server, certificate, user="", password="")
        assert send(plain).status == 250


def test_a_server_that_is_away_or_something_else_is_said_so(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files) as server:
        settings = the_settings(server, certificate, timeout=1)
    assert failure(settings).trouble is Trouble.CANNOT_CONNECT
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = failure(settings.model_copy(update={"port": silent.getsockname()[1]}))
        assert (type(error), "in time" in str(error)) == (Retry, True)


def test_a_test_writes_to_nobody(certificate: Certificate) -> None:
    with MailServer("starttls", certificate.files) as server:
        assert "takes mail from gate@site.example" in check(the_settings(server, certificate)).answer
        server.answers["MAIL"] = "553 not your address"
        with pytest.raises(Reject) as caught:
            check(the_settings(server, certificate))
        assert (caught.value.trouble, server.raw) == (Trouble.RIGHTS, [])


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"recipients": ["nobody"]}, "an address looks like"),
        ({"sender": "a@b.example\r\nBcc: c@d.example"}, "an address looks like"),
        ({"recipients": []}, "at least 1"),
        ({"security": "none", "user": "u"}, "only sent encrypted"),
        ({"subject": "{nonsense}"}, "unknown field"),
    ],
)
def test_what_cannot_work_is_said_when_it_is_entered(changes: dict[str, Any], said: str) -> None:
    known = {"host": "mail.example", "sender": "a@b.example", "recipients": ["c@d.example"]}
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(known | changes)
