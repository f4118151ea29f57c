"""A webhook at a receiver: what arrives, and what each answer means."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pytest

from services.integrations.webhook.deliver import check, deliver
from services.integrations.webhook.settings import Settings
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.integration import Receipt
from simulators.json_receiver import Answer, JsonReceiver
from tests.simulators.sample_delivery import a_delivery, some_pictures

KEY = bytes(range(32))


def send(receiver: JsonReceiver, **settings: Any) -> Receipt:
    return deliver(a_delivery(), some_pictures(), Settings.model_validate({"url": receiver.url} | settings))


def test_a_signed_request_arrives_as_it_was_written(receiver: JsonReceiver) -> None:
    secret = "whsec_" + base64.b64encode(KEY).decode()
    receipt = send(receiver, method="PUT", query="p={plate}", headers={"X-Gate": "{camera}"}, signing_secret=secret)

    (request,) = receiver.requests
    assert receipt.status == 200
    assert (request.method, request.path) == ("PUT", "/events?p=19ZFZL")
    assert request.headers["x-gate"] == "Gate"
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode() + request.body
    digest = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{digest}"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(500), Retry),
        (Answer(429, headers={"Retry-After": "7"}), Retry),
        (Answer(302, headers={"Location": "http://127.0.0.1/"}), Retry),
        (Answer(fault="reset"), Retry),
        (Answer(401), Unauthorised),
        (Answer(422, b"no such gate"), Reject),
    ],
)
def test_each_answer_says_what_comes_next(receiver: JsonReceiver, answer: Answer, kind: type[Exception]) -> None:
    receiver.plan.append(answer)
    with pytest.raises(kind):
        send(receiver)
    assert len(receiver.requests) == 1


def test_a_test_tells_of_no_vehicle(receiver: JsonReceiver) -> None:
    receiver.plan += [Answer(200), Answer(404), Answer(403)]
    settings = Settings(url=receiver.url)

    assert "status 200" in check(settings).answer
    assert "shows with the first one" in check(settings).answer
    with pytest.raises(Unauthorised) as caught:
        check(settings)
    assert caught.value.trouble is Trouble.RIGHTS
    assert {(request.method, request.body) for request in receiver.requests} == {("HEAD", b"")}
