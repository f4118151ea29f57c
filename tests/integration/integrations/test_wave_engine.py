"""From the ledger's rows to bookmarks at a server, through the worker that runs in production."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from services.integrations.engine import backoff
from services.integrations.engine.checks import check
from services.integrations.wave.settings import Settings
from shared.messages import Moment
from shared.testing import Site
from simulators.nx_server import Fault, NxServer
from tests.integration.integrations.wave_site import GATE, destination, settings

Until = Callable[..., None]
Start = Callable[..., object]


def stored(given: Settings) -> dict[str, Any]:
    """Settings as the API seals them."""
    return given.model_dump(mode="json") | {"password": given.password.get_secret_value()}


def add_destination(ledger: Any, nx: NxServer, **changes: Any) -> UUID:
    identity: UUID = ledger.destination("wave", **stored(settings(nx, cameras={"Gate": GATE}, **changes)))
    return identity


@pytest.mark.parametrize("profile", ["legacy", "v1", "v4"])
def test_rows_become_bookmarks_and_the_session_ends_with_the_worker(
    profile: str, ledger: Any, start_worker: Start, until: Until
) -> None:
    with destination(profile) as to:
        identity = add_destination(ledger, to.nx)
        ledger.add(identity, *[f"AA{number:04}BB" for number in range(20)])
        start_worker("wave")
        until(lambda: ledger.states(identity) == {"delivered": 20}, "all delivered")

        assert len(to.nx.state.bookmarks) == len(to.nx.state.events) == 20
        assert to.nx.state.logins == (0 if profile == "legacy" else 1)
        ledger.set_destination(identity, enabled=False)
        until(lambda: to.nx.state.sessions == {}, "signed out")


@pytest.mark.parametrize("profile", ["legacy", "v3"])
def test_three_tries_whose_answers_are_lost_leave_one_bookmark(
    profile: str, ledger: Any, start_worker: Start, until: Until, quick: None
) -> None:
    with destination(profile) as to:
        target = "/bookmarks/add" if profile == "legacy" else "/bookmarks"
        to.nx.faults += [
            Fault("reset", target, method="GET" if profile == "legacy" else "POST", done=True),
            Fault("close", "createEvent"),
        ]
        identity = add_destination(ledger, to.nx)
        (row,) = ledger.add(identity, "AA1234BB")
        start_worker("wave")
        until(lambda: ledger.states(identity) == {"delivered": 1}, "delivered")

        assert ledger.row(row).attempts == 3
        assert [bookmark.name for bookmark in to.nx.state.bookmarks] == ["AA1234BB"]
        assert len(to.nx.state.events) == 1


def test_a_server_that_is_away_is_told_everything_later_and_in_one_session(
    ledger: Any, start_worker: Start, until: Until, quick: None
) -> None:
    with destination("v3") as to:
        identity = add_destination(ledger, to.nx)
        ledger.add(identity, "AA0001BB")
        start_worker("wave")
        until(lambda: ledger.states(identity) == {"delivered": 1}, "the first delivered")
        to.nx.stop()
        ledger.add(identity, "AA0002BB", "AA0003BB")
        until(lambda: "cannot be reached" in ledger.get_destination(identity).last_error, "trouble noted")
        to.nx.state.restart()
        to.nx.start()
        # Without the breaker's pause; a changed setting ends it as well.
        ledger.set_destination(identity, failures_in_a_row=0, open_until=None)
        until(lambda: ledger.states(identity) == {"delivered": 3}, "the rest delivered", 60.0)

        assert sorted(bookmark.name for bookmark in to.nx.state.bookmarks) == ["AA0001BB", "AA0002BB", "AA0003BB"]
        assert to.nx.state.logins == 2


def test_a_delivery_that_waits_for_its_next_try_holds_up_no_other(
    ledger: Any, start_worker: Start, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "SCHEDULE", (0, 600))
    with destination("v3") as to:
        to.nx.faults.append(Fault("status", "/bookmarks"))
        identity = add_destination(ledger, to.nx)
        ledger.add(identity, "AA0001BB")
        start_worker("wave")
        until(lambda: "status 503" in ledger.get_destination(identity).last_error, "the first try failed")
        ledger.add(identity, "AA0002BB")
        until(lambda: ledger.states(identity) == {"due": 1, "delivered": 1}, "the other was delivered")

        assert [bookmark.name for bookmark in to.nx.state.bookmarks] == ["AA0002BB"]


def test_a_wrong_password_is_not_sent_with_every_delivery(ledger: Any, start_worker: Start, until: Until) -> None:
    with destination("v3") as to:
        identity = add_destination(ledger, to.nx, password="wrong")
        ledger.add(identity, "AA0001BB", "AA0002BB", "AA0003BB", "AA0004BB")
        start_worker("wave")
        until(lambda: ledger.states(identity) == {"dead": 4}, "all dead")
        assert to.nx.state.failures["anpr"] == 1
        assert "Refused the credentials" in ledger.get_destination(identity).last_error

        ledger.change(identity, **stored(settings(to.nx, cameras={"Gate": GATE})))
        ledger.add(identity, "AA0005BB")
        until(lambda: ledger.states(identity).get("delivered") == 1, "delivered with the right one")


def test_both_moments_of_a_vehicle_leave_one_bookmark(ledger: Any, start_worker: Start, until: Until) -> None:
    with destination("v3") as to:
        identity = add_destination(ledger, to.nx)
        (row,) = ledger.add(identity, "AA1234BB")
        event = ledger.row(row).event
        (lost,) = ledger.add(identity, "AA1234BB", moment=Moment.LOST)
        ledger.set_row(lost, event=event | {"state": "lost"}, event_id=UUID(event["event_id"]))
        start_worker("wave")
        until(lambda: ledger.states(identity) == {"delivered": 2}, "both delivered")

        assert (len(to.nx.state.bookmarks), len(to.nx.state.events)) == (1, 2)


def test_the_test_button_says_what_answered(ledger: Any, site: Site) -> None:
    with destination("v2") as to:
        good, bad = add_destination(ledger, to.nx), add_destination(ledger, to.nx, password="wrong")

        said, refused = check(site.settings, good), check(site.settings, bad)

        assert to.nx.state.sessions == {}
    assert (said["ok"], said["trouble"]) == (True, "")
    assert str(said["sentence"]).startswith("WAVE 5.1.5, REST v2, 5 cameras, the user may manage bookmarks")
    assert (refused["ok"], refused["trouble"]) == (False, "credentials")
    assert refused["sentence"] == "The credentials are refused: The server does not know this user with this password"
