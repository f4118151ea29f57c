"""Sessions, Digest and refused credentials: how often a server is asked, and what the ledger is told."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from services.integrations.wave import server
from shared.errors import Reject, Retry, Trouble, Unauthorised
from simulators.nx_server import Fault, User
from tests.integration.integrations.wave_site import Destination, destination

REST = pytest.mark.parametrize("profile", ["v1", "v2", "v3", "v4"])
EACH = pytest.mark.parametrize("profile", ["legacy", "v1", "v3", "v4"])


def refused(to: Destination) -> Unauthorised:
    with pytest.raises(Unauthorised) as caught:
        to.send()
    return caught.value


@REST
@pytest.mark.parametrize("happens", ["revoked", "expired", "restarted"])
def test_a_session_that_is_over_is_begun_once_more(profile: str, happens: str) -> None:
    with destination(profile) as to:
        to.send()
        if happens == "restarted":
            to.nx.restart()
        elif happens == "revoked":
            to.nx.state.sessions.clear()
        else:
            to.nx.state.sessions = {token: (user, 0.0) for token, (user, _) in to.nx.state.sessions.items()}
        to.send()

        assert (to.nx.state.logins, len(to.nx.state.bookmarks)) == (2, 2)


@REST
def test_a_session_that_is_over_before_its_first_use_is_not_begun_for_ever(profile: str) -> None:
    with destination(profile) as to:
        to.nx.state.session_seconds = 0.0

        assert refused(to).status == to.nx.state.profile.wrong_token
        assert to.nx.state.logins == 1


@EACH
def test_a_wrong_password_is_tried_once_until_the_settings_change(profile: str) -> None:
    with destination(profile, password="wrong") as to:
        first, second = refused(to), refused(to)
        assert to.nx.state.failures["anpr"] == 1
        to.changes["password"] = "pw"
        to.send()

        assert to.nx.state.failures["anpr"] == 0
        assert len(to.nx.state.bookmarks) == 1
    assert (first.trouble, second.reason) == (Trouble.CREDENTIALS, first.reason)
    assert "wrong" not in f"{first.reason}".lower().replace("wrong password", "")


@EACH
def test_a_user_that_is_not_known_is_refused(profile: str) -> None:
    with destination(profile, user="nobody") as to:
        assert refused(to).trouble is Trouble.CREDENTIALS


@EACH
def test_a_locked_out_user_is_left_in_peace(profile: str) -> None:
    with destination(profile) as to:
        to.nx.state.failures["anpr"] = 5
        for _ in range(3):
            with pytest.raises(Retry, match="locked this user out") as caught:
                to.send()

        assert [request.status for request in to.nx.requests].count(403) == 1
    assert (caught.value.after, caught.value.trouble) == (300, Trouble.CREDENTIALS)


@EACH
def test_a_lock_that_is_over_is_noticed_after_the_pause(profile: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "REFUSED_FOR", 0.0)
    with destination(profile) as to:
        to.nx.state.failures["anpr"] = 5
        with pytest.raises(Retry, match="locked this user out"):
            to.send()
        to.nx.state.failures.clear()
        to.send()

        assert len(to.nx.state.bookmarks) == 1


@EACH
@pytest.mark.parametrize(
    ("trouble", "words"),
    [("Auth_DisabledUser", "user is disabled at the server"), ("Auth_PasswordExpired", "password has expired")],
)
def test_a_user_in_trouble_is_told_what_to_do(profile: str, trouble: str, words: str) -> None:
    with destination(profile, User("anpr", "pw", trouble=trouble)) as to:
        error = refused(to)
        assert to.nx.state.logins == 0
    assert words in error.reason
    assert error.trouble is Trouble.CREDENTIALS


@EACH
def test_missing_rights_are_no_reason_to_sign_in_again(profile: str) -> None:
    with destination(profile, User("anpr", "pw", may_bookmark=False)) as to:
        error = refused(to)
        to.changes["bookmarks"] = False
        to.send()

        assert len(to.nx.state.events) == 1
        assert len(to.nx.state.sessions) == (0 if profile == "legacy" else 1)
        assert to.nx.state.failures["anpr"] == 0
    assert (error.trouble, error.status) == (Trouble.RIGHTS, 403)


@EACH
def test_missing_rights_for_events_are_told_apart(profile: str) -> None:
    with destination(profile, User("anpr", "pw", may_send_events=False)) as to:
        assert refused(to).trouble is Trouble.RIGHTS
        assert len(to.nx.state.bookmarks) == 1


def test_digest_uses_its_nonce_until_the_server_wants_another() -> None:
    with destination("legacy", events=False) as to:
        to.send()
        to.send()
        unsigned = [request for request in to.nx.requests if request.status == 401]
        to.nx.state.nonces.clear()
        to.send()

        assert len(unsigned) == 1
        assert len([request for request in to.nx.requests if request.status == 401]) == 2
        assert len(to.nx.state.bookmarks) == 3


@pytest.mark.parametrize("user", ["anpr", "ANPR"])
def test_digest_hashes_the_users_name_in_lower_case(user: str) -> None:
    with destination("legacy", user=user) as to:
        to.send()

        assert len(to.nx.state.bookmarks) == 1


@REST
def test_digest_that_is_switched_off_for_the_user_gives_way_to_a_session(profile: str) -> None:
    with destination(profile, sign_in="digest") as to:
        to.send()
        to.send()

        assert (to.nx.state.logins, len(to.nx.state.bookmarks)) == (1, 2)


@REST
def test_digest_is_used_where_it_is_chosen_or_all_that_the_server_offers(profile: str) -> None:
    for user, how in ((User("anpr", "pw", digest=True), "digest"), (User("anpr", "pw", "local", "http", True), "auto")):
        with destination(profile, user, sign_in=how) as to:
            to.send()

            assert (to.nx.state.logins, len(to.nx.state.bookmarks)) == (0, 1)


@REST
@pytest.mark.parametrize("user", [User("anpr", "pw", "cloud"), User("anpr", "pw", "local", "nxOAuth2")])
def test_a_cloud_account_is_refused_without_trying_its_password(profile: str, user: User) -> None:
    with destination(profile, user) as to:
        assert "make a local user" in refused(to).reason
        assert to.nx.asked("login/sessions") == []


@REST
def test_a_user_of_a_directory_signs_in_by_a_session(profile: str) -> None:
    with destination(profile, User("anpr", "pw", "ldap", "sessions|nxOAuth2")) as to:
        to.send()

        assert to.nx.state.logins == 1


def test_a_server_that_does_not_say_how_is_asked_for_a_session() -> None:
    with destination("v3") as to:
        to.nx.faults.append(Fault("status", "login/users", status=403))
        to.send()

        assert to.nx.state.logins == 1


def test_a_session_at_a_server_that_has_none_is_refused() -> None:
    with destination("legacy", sign_in="session") as to, pytest.raises(Reject, match="knows no sessions"):
        to.send()


def test_a_name_that_digest_cannot_carry_is_refused() -> None:
    with destination("legacy", User("Олена", "pw"), user="Олена") as to:
        assert "ASCII" in refused(to).reason


def test_a_server_that_was_updated_from_version_4_is_recognised_anew() -> None:
    with destination("legacy") as to:
        to.send()
        to.nx.state.profile = type(to.nx.state.profile)("v1", "5.0.0.1", 1, 401, 401)
        to.send()

        assert (to.nx.state.logins, len(to.nx.state.bookmarks)) == (1, 2)


def test_a_proxy_that_takes_our_token_away_is_not_answered_with_sign_ins() -> None:
    with destination("v3") as to:
        to.nx.faults += [Fault("no_authorization", "/devices")] * 9
        refused(to)
        refused(to)

        assert to.nx.state.logins == 1


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    with caplog.at_level(logging.DEBUG):
        yield caplog


@EACH
def test_no_password_and_no_token_reaches_a_log_or_an_error(
    profile: str, everything_logged: pytest.LogCaptureFixture
) -> None:
    with destination(profile, User("anpr", "s3cret-word"), password="s3cret-word") as to:
        to.send()
        tokens = list(to.nx.state.sessions)
        to.nx.faults.append(Fault("status"))
        with pytest.raises(Retry) as caught:
            to.send()

    told = f"{caught.value}{everything_logged.text}"
    assert not [secret for secret in ("s3cret-word", *tokens) if secret in told]
