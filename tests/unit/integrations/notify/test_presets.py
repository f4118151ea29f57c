"""Addresses as the services show them, taken apart as Apprise wants them."""

from __future__ import annotations

import pytest

from services.integrations.notify.presets import Discord, Slack, Teams, spellings


def test_slacks_address_has_three_tokens() -> None:
    slack = Slack.model_validate({"preset": "slack", "webhook": "https://hooks.slack.com/services/T1/B1/abc"})

    assert slack.pieces() == ("https://hooks.slack.com/services", "T1", "B1", "abc")


@pytest.mark.parametrize(
    ("url", "power", "route", "version"),
    [
        ("https://x.logic.azure.com:443/workflows/1a/triggers/manual/paths/invoke?api-version=2016-06-01&sig=s-1",
         False, None, "2016-06-01"),
        ("https://e.api.powerplatform.com:443/powerautomate/automations/direct/workflows/1a/triggers/manual/paths/invoke"
         "?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=s-1", True, None, "1"),
        ("https://e.api.powerplatform.com/powerautomate/automations/direct/cu/17/workflows/1a/triggers/manual/paths/"
         "invoke?sig=s-1", True, "17", None),
    ],
)  # fmt: skip
def test_both_addresses_of_teams_are_understood(url: str, power: bool, route: str | None, version: str | None) -> None:
    pieces = Teams.model_validate({"preset": "teams", "webhook": url}).pieces()

    assert pieces == {
        "workflow": "1a",
        "signature": "s-1",
        "power_automate": power,
        "routing_id": route,
        "version": version,
    }


def test_discords_address_may_name_a_version_and_a_thread() -> None:
    url = "https://discord.com/api/v10/webhooks/12/a-b_c?thread_id=7"
    discord = Discord.model_validate({"preset": "discord", "webhook": url})

    assert discord.pieces() == ("https://discord.com/api/v10/webhooks", "12", "a-b_c")
    assert discord.thread() == "7"
    assert {url, "a-b_c"} & set(discord.secrets()) == {url}


def test_a_secret_is_known_however_it_is_spelled() -> None:
    assert spellings("a:b/c") == {"a:b/c", "a%3Ab/c", "a%3Ab%2Fc"}
