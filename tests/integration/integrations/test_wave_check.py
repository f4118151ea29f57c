"""The Test button at a server: what it says, and that nothing stays behind."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.integrations.wave.deliver import check
from shared.errors import PlatewireError, Reject, Retry, Trouble, Unauthorised
from simulators.json_receiver import Answer, JsonReceiver
from simulators.nx_server import Fault, NxServer, User
from tests.integration.integrations.wave_site import GENERATIONS, destination, settings

TITLES = {
    "legacy": "WAVE 4.2.0, legacy API", "v1": "WAVE 5.0.0, REST v1", "v2": "WAVE 5.1.5, REST v2",
    "v3": "WAVE 6.0.1, REST v3", "v4": "WAVE 6.1.0, REST v4",
}  # fmt: skip


def trouble(nx: NxServer, **changes: Any) -> tuple[Trouble, str]:
    with pytest.raises(PlatewireError) as caught:
        check(settings(nx, **changes))
    assert isinstance(caught.value, (Retry, Reject))
    return caught.value.trouble, caught.value.reason


@pytest.mark.parametrize("profile", GENERATIONS)
def test_it_says_what_answered_and_leaves_nothing_behind(profile: str) -> None:
    with destination(profile, cameras={"Gate": "10.0.0.5", "Yard": "y-2"}) as to:
        receipt = check(to.settings)

        state = to.nx.state
        assert (state.bookmarks, state.events, state.sessions) == ([], [], {})
        added = [r for r in to.nx.requests if r.method == "POST" and "bookmarks" in r.target] or to.nx.asked("/add")
        assert len(added) == 2 or profile == "legacy"
    assert receipt.answer == (
        f"{TITLES[profile]}, 5 cameras, the user may manage bookmarks, whether it takes generic events shows with the"
        " first one; Gate is LPR Gate (10.0.0.5); Yard is Yard (10.0.0.6)"
    )


def test_without_configured_cameras_the_right_is_tried_on_one() -> None:
    with destination("v3", events=False) as to:
        assert check(to.settings).answer == "WAVE 6.0.1, REST v3, 5 cameras, the user may manage bookmarks"


def test_without_bookmarks_none_is_tried() -> None:
    with destination("v3", bookmarks=False) as to:
        check(to.settings)

        assert to.nx.asked("bookmarks") == []


@pytest.mark.parametrize("profile", GENERATIONS)
def test_every_configured_camera_must_be_found(profile: str) -> None:
    with destination(profile) as to:
        unknown = trouble(to.nx, cameras={"Gate": "10.0.0.5", "Yard": "10.0.0.99"})
        double = trouble(to.nx, cameras={"Gate": "10.0.0.9"})

        assert to.nx.state.sessions == {}
    assert unknown == (Trouble.OTHER, "None of the server's 5 devices is 10.0.0.99, which camera Yard is mapped to")
    assert double[1].startswith("2 devices have the address 10.0.0.9: Encoder 1 (")


@pytest.mark.parametrize("profile", GENERATIONS)
def test_wrong_credentials_missing_rights_and_a_lock_are_told_apart(profile: str) -> None:
    users = [User("anpr", "pw"), User("guest", "pw", may_bookmark=False), User("blind", "pw")]
    with destination(profile, *users) as to:
        assert trouble(to.nx, password="wrong")[0] is Trouble.CREDENTIALS
        rights = trouble(to.nx, user="guest", cameras={"Gate": "7"})
        to.nx.state.failures["anpr"] = 5
        locked = trouble(to.nx)
        to.nx.state.devices.clear()
        nothing = trouble(to.nx, user="blind")
    assert rights[0] is Trouble.RIGHTS
    assert re.match(r"LPR Gate: (Manage bookmarks is required|Forbidden)", rights[1])
    assert locked[0] is Trouble.CREDENTIALS
    assert "wait five minutes, then enter the right password and test once" in locked[1]
    assert nothing == (Trouble.RIGHTS, "The user sees no camera of the server")


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, b"<html>router</html>"),
        Answer(200, b'{"version": "firmware"}'),
        Answer(401, b"", {"WWW-Authenticate": 'Digest realm="cam", nonce="1", qop="auth"'}),
        Answer(404, b""),
    ],
)
def test_something_else_is_recognised_before_our_password_is_sent(answer: Answer) -> None:
    with JsonReceiver(otherwise=answer) as stranger:
        found = trouble(NxServer(port=stranger.port))

        assert found == (
            Trouble.WRONG_DEVICE,
            "What answers there is no WAVE, Nx Witness or Nx Meta server: check address and port",
        )
        assert not [request for request in stranger.requests if request.body or "authorization" in request.headers]


def test_a_redirect_and_a_closed_port_are_no_connection_and_no_wrong_device() -> None:
    with JsonReceiver(otherwise=Answer(301, headers={"Location": "https://10.0.4.17:7001/"})) as elsewhere:
        assert "redirects to https://10.0.4.17:7001/" in trouble(NxServer(port=elsewhere.port))[1]
        port = elsewhere.port
    assert trouble(NxServer(port=port))[0] is Trouble.CANNOT_CONNECT


def test_an_untrusted_certificate_is_told_with_its_fingerprint(certificate: Any) -> None:
    with NxServer("v3", certificate=certificate.files) as nx:
        told, sentence = trouble(nx)
        assert told is Trouble.CERTIFICATE
        assert f"The fingerprint of what answers is {certificate.fingerprint}: pin it if" in sentence
        assert check(settings(nx, fingerprint=certificate.fingerprint)).answer.startswith("WAVE 6.0.1")


@pytest.mark.parametrize(
    ("skew", "words"), [(95_000, "its clock is 0:01:3"), (-7_200_000, "behind ours, so bookmarks miss the vehicle")]
)
def test_a_clock_that_is_wrong_is_told(skew: int, words: str) -> None:
    with destination("v4") as to:
        to.nx.state.skew_ms = skew
        assert words in check(to.settings).answer
        to.nx.state.skew_ms = 3000
        assert "clock" not in check(to.settings).answer


def test_a_bookmark_without_an_id_cannot_be_removed_and_is_told() -> None:
    with destination("v3") as to:
        to.nx.faults.append(Fault("garbage", "bookmarks", body=b"{}"))

        assert "did not tell its id" in trouble(to.nx)[1]


def test_a_check_asks_anew_each_time() -> None:
    with destination("v3") as to:
        for _ in range(2):
            with pytest.raises(Unauthorised):
                check(settings(to.nx, password="wrong"))

        assert to.nx.state.failures["anpr"] == 2
