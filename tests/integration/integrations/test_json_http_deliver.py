"""A JSON receiver's answers, faults and certificates, each against what the ledger must be told."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import socket
import time
from email.utils import formatdate
from typing import Any

import pytest

from services.integrations.json_http.deliver import check, deliver
from services.integrations.json_http.settings import Settings
from shared.errors import Reject, Retry, Unauthorised
from shared.integration import Receipt
from simulators.json_receiver import Answer, JsonReceiver
from tests.simulators.sample_delivery import a_delivery, a_picture, some_pictures

CROP = a_picture(216, 48, ".png")


def send(receiver: JsonReceiver, **settings: Any) -> Receipt:
    pictures = some_pictures(frame=a_picture(1280, 720), crop=CROP)
    return deliver(a_delivery(), pictures, Settings.model_validate({"url": receiver.url} | settings))


def failure(receiver: JsonReceiver, answer: Answer, **settings: Any) -> Retry | Reject:
    receiver.plan.append(answer)
    with pytest.raises((Retry, Reject)) as caught:
        send(receiver, **settings)
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value


def test_an_event_arrives_with_its_picture(receiver: JsonReceiver) -> None:
    receipt = send(receiver)

    request = receiver.requests[0]
    assert receipt == Receipt(200, "OK")
    assert (request.method, request.path) == ("POST", "/events")
    assert request.document["plateText"] == "19ZFZL"
    assert request.document["imagesURI"] == [
        "http://site/api/v1/events/1/frame.jpg",
        "http://site/api/v1/events/1/crop.jpg",
    ]
    image = request.part("image")
    assert (image.data, image.content_type) == (CROP, "image/png")
    assert request.part("event").content_type == "application/json"
    assert request.headers["webhook-id"] == "9a0f3c1e-0000-4000-8000-00000000000a"
    assert request.headers["content-length"] == str(len(request.body))


def test_a_full_frame_can_be_sent_as_json(receiver: JsonReceiver) -> None:
    send(receiver, picture="full", body="json_with_pictures")

    request = receiver.requests[0]
    assert request.headers["content-type"] == "application/json"
    sent = base64.b64decode(request.document["ImageArray"][0]["BinaryImage"])
    assert sent == a_picture(1280, 720)


def test_the_signature_covers_the_bytes_that_arrived(receiver: JsonReceiver) -> None:
    key = bytes(range(24))
    send(receiver, signing_secret="whsec_" + base64.b64encode(key).decode())

    request = receiver.requests[0]
    headers = request.headers
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + request.body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({"auth": "basic", "user": "u", "password": "p"}, "authorization", "Basic dTpw"),
        ({"auth": "bearer", "token": "t0k"}, "authorization", "Bearer t0k"),
        ({"auth": "header", "header_name": "X-Api-Key", "token": "t0k"}, "x-api-key", "t0k"),
    ],
)
def test_credentials_are_sent_in_the_wanted_form(
    receiver: JsonReceiver, settings: dict[str, str], header: str, value: str
) -> None:
    send(receiver, **settings)

    assert receiver.requests[0].headers[header] == value


def test_digest_answers_one_challenge_and_then_uses_its_nonce_again() -> None:
    with JsonReceiver(digest=("gate", "right")) as receiver:
        send(receiver, auth="digest", user="gate", password="right")
        send(receiver, auth="digest", user="gate", password="right")

        authorized = ["authorization" in request.headers for request in receiver.requests]
        assert authorized == [False, True, True]
        assert receiver.requests[0].body == receiver.requests[1].body


def test_digest_with_a_stale_nonce_is_answered_once_more() -> None:
    with JsonReceiver(digest=("gate", "right")) as receiver:
        send(receiver, auth="digest", user="gate", password="right", camera_id="stale")
        receiver.nonce = "another"
        send(receiver, auth="digest", user="gate", password="right", camera_id="stale")

        assert len(receiver.requests) == 4


def test_a_wrong_digest_password_is_tried_exactly_once() -> None:
    with JsonReceiver(digest=("gate", "right")) as receiver:
        with pytest.raises(Unauthorised) as caught:
            send(receiver, auth="digest", user="gate", password="wrong")

        assert len(receiver.requests) == 2
        assert caught.value.status == 401
        assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_passing_trouble_is_tried_again(receiver: JsonReceiver, status: int) -> None:
    error = failure(receiver, Answer(status, b"busy"))

    assert isinstance(error, Retry)
    assert (error.status, error.after) == (status, None)
    assert "busy" in error.reason


def test_retry_after_is_passed_on_in_seconds(receiver: JsonReceiver) -> None:
    in_seconds = failure(receiver, Answer(503, headers={"Retry-After": "17"}))
    until_a_date = failure(receiver, Answer(429, headers={"Retry-After": formatdate(time.time() + 600, usegmt=True)}))
    nonsense = failure(receiver, Answer(429, headers={"Retry-After": "soon"}))

    assert isinstance(in_seconds, Retry)
    assert isinstance(until_a_date, Retry)
    assert isinstance(nonsense, Retry)
    assert in_seconds.after == 17
    assert until_a_date.after is not None
    assert 500 < until_a_date.after <= 600
    assert nonsense.after is None


@pytest.mark.parametrize("status", [400, 404, 405, 410, 413, 415, 422])
def test_any_other_refusal_is_final_and_keeps_what_was_said(receiver: JsonReceiver, status: int) -> None:
    error = failure(receiver, Answer(status, b"no " * 400))

    assert type(error) is Reject
    assert error.status == status
    assert error.reason == ("no " * 400)[:500]


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_need_a_person(receiver: JsonReceiver, status: int) -> None:
    assert isinstance(failure(receiver, Answer(status)), Unauthorised)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(receiver: JsonReceiver, status: int) -> None:
    error = failure(receiver, Answer(status, headers={"Location": receiver.url}))

    assert isinstance(error, Retry)
    assert "redirects to" in error.reason
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("fault", ["reset", "close"])
def test_a_connection_that_breaks_is_tried_again(receiver: JsonReceiver, fault: str) -> None:
    error = failure(receiver, Answer(fault=fault))

    assert isinstance(error, Retry)
    assert "broke off the connection" in error.reason


@pytest.mark.parametrize("answer", [Answer(delay=5), Answer(fault="trickle")])
def test_a_try_ends_after_its_timeout_however_slowly_the_answer_comes(receiver: JsonReceiver, answer: Answer) -> None:
    began = time.monotonic()

    error = failure(receiver, answer, timeout=1)

    assert isinstance(error, Retry)
    assert "did not answer within 1 seconds" in error.reason
    assert time.monotonic() - began < 4


def test_a_receiver_that_reads_nothing_is_given_up_too() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(url=f"http://127.0.0.1:{silent.getsockname()[1]}/", timeout=1, picture="full")

        with pytest.raises(Retry, match="did not answer within 1 seconds"):
            deliver(a_delivery(), some_pictures(frame=bytes(20_000_000)), settings)


def test_a_closed_port_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    with pytest.raises(Retry, match="cannot be reached: Connection refused"):
        deliver(a_delivery(), some_pictures(), Settings(url=f"http://127.0.0.1:{port}/"))


def test_an_unknown_name_is_tried_again() -> None:
    with pytest.raises(Retry, match=r"receiver\.invalid cannot be reached"):
        deliver(a_delivery(), some_pictures(), Settings(url="http://receiver.invalid/"))


def test_an_answer_in_a_strange_encoding_is_no_obstacle(receiver: JsonReceiver) -> None:
    receiver.plan.append(Answer(200, b"\x1f\x8bnot gzip", {"Content-Encoding": "gzip"}))

    assert send(receiver).status == 200


def test_a_long_answer_is_not_read_to_its_end(receiver: JsonReceiver) -> None:
    receiver.plan.append(Answer(200, b"x" * 3_000_000))

    assert len(send(receiver).answer) == 500


def test_a_self_signed_certificate_is_refused_before_anything_is_sent(certificate: Any) -> None:
    with JsonReceiver(certificate=certificate.files) as receiver:
        with pytest.raises(Retry, match=r"not trusted \(self-signed certificate\): enter its authority or pin"):
            send(receiver)

        assert receiver.requests == []


def test_a_pinned_or_own_certificate_is_accepted(certificate: Any) -> None:
    with JsonReceiver(certificate=certificate.files) as receiver:
        assert send(receiver, fingerprint=certificate.fingerprint).status == 200
        assert send(receiver, ca=certificate.pem).status == 200


def test_another_certificate_than_the_pinned_one_is_refused(certificate: Any) -> None:
    with JsonReceiver(certificate=certificate.files) as receiver:
        with pytest.raises(Retry, match="not the pinned certificate"):
            send(receiver, fingerprint="00" * 32)

        assert receiver.requests == []


def test_https_to_a_plain_port_says_so(receiver: JsonReceiver) -> None:
    with pytest.raises(Retry, match=r"is it http:// instead of https://\?"):
        send(receiver, url=receiver.url.replace("http:", "https:"))


@pytest.mark.parametrize(("status", "words"), [(200, "status 200"), (405, "first one"), (501, "first one")])
def test_a_check_leaves_no_event(receiver: JsonReceiver, status: int, words: str) -> None:
    receiver.plan.append(Answer(status))

    receipt = check(Settings(url=receiver.url))

    assert words in receipt.answer
    assert [(request.method, request.body) for request in receiver.requests] == [("HEAD", b"")]


def test_a_check_finds_wrong_credentials(receiver: JsonReceiver) -> None:
    receiver.plan.append(Answer(401))

    with pytest.raises(Unauthorised):
        check(Settings(url=receiver.url))


def test_no_credential_reaches_a_log_or_an_error(receiver: JsonReceiver, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    error = failure(receiver, Answer(500), auth="basic", user="gate", password="s3cret-word")

    assert "s3cret-word" not in f"{error}{caplog.text}"
    assert base64.b64encode(b"gate:s3cret-word").decode() not in caplog.text
