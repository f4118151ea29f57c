"""What arrives at a receiver, and what its answers mean."""

from __future__ import annotations

import pytest

from services.integrations._template.deliver import check, deliver
from services.integrations._template.settings import Settings
from shared.errors import Reject, Retry, Unauthorised
from simulators.json_receiver import Answer, JsonReceiver
from tests.simulators.sample_delivery import a_delivery, some_pictures


def test_a_delivery_arrives(receiver: JsonReceiver) -> None:
    assert deliver(a_delivery(), some_pictures(), Settings(url=receiver.url)).status == 200
    assert receiver.requests[0].document == {"text": "19ZFZL at Gate"}


@pytest.mark.parametrize(("status", "kind"), [(503, Retry), (401, Unauthorised), (422, Reject)])
def test_each_answer_says_what_comes_next(receiver: JsonReceiver, status: int, kind: type[Exception]) -> None:
    receiver.plan.append(Answer(status))
    with pytest.raises(kind):
        deliver(a_delivery(), some_pictures(), Settings(url=receiver.url))


def test_a_test_tells_of_no_vehicle(receiver: JsonReceiver) -> None:
    check(Settings(url=receiver.url))
    assert [(request.method, request.body) for request in receiver.requests] == [("HEAD", b"")]
