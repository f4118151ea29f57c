"""The simple form: a view of the rules that never says what does not hold."""

from __future__ import annotations

from uuid import UUID

import pytest

from shared.db.session import transaction
from shared.db.tables import Destination, IntegrationKind
from shared.secrets import Vault
from tests.integration.api.gateway import SCHEMA, Api

TABLE = "/api/v1/reactions/table"
NOTHING = {"action": "no_action", "destination_id": None}
EMPTY = {"reaction_1": NOTHING, "reaction_2": NOTHING}


def install(api: Api, kind: str, *names: str) -> list[str]:
    """The integration and destinations of it; returns their ids."""
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    with transaction(api.site.engine) as session:
        if session.get(IntegrationKind, kind) is None:
            session.add(IntegrationKind(name=kind, title=kind.upper(), version="1", settings_schema=SCHEMA))
        rows = [Destination(name=name, kind=kind, settings=vault.seal({})) for name in names]
        session.add_all(rows)
        session.flush()
        return [str(row.id) for row in rows]


def rules(api: Api) -> list[tuple[str, list[str], str]]:
    found = api.client.get("/api/v1/reactions").json()["reactions"]
    return [(rule["name"], rule["settings"]["lists"], rule["destination_id"]) for rule in found]


def test_on_a_fresh_site_nothing_is_set_and_what_is_missing_is_said(api: Api) -> None:
    table = api.client.get(TABLE).json()
    assert [table[row] for row in ("any", "black", "white")] == [EMPTY] * 3
    assert [(one["action"], one["available"], one["sentence"]) for one in table["options"]] == [
        ("no_action", True, ""),
        ("save_to_sd_card", False, "The integration sd_card is not installed here"),
        ("send_to_nvr", False, "The integration nvr_text is not installed here"),
        ("open_barrier", False, "The integration barrier is not installed here"),
    ]
    install(api, "nvr_text")
    options = {one["action"]: one for one in api.client.get(TABLE).json()["options"]}
    assert options["send_to_nvr"]["sentence"] == "Add a destination of the kind NVR_TEXT first"


def test_what_cannot_be_done_is_refused_with_its_reason_and_nothing_is_stored(api: Api) -> None:
    install(api, "nvr_text", "Recorder")
    asked = {"any": {"reaction_1": {"action": "send_to_nvr"}}, "white": {"reaction_2": {"action": "open_barrier"}}}
    answer = api.client.put(TABLE, json=asked)
    assert (answer.status_code, answer.json()["field"]) == (422, "white.reaction_2.action")
    assert answer.json()["detail"] == "The integration barrier is not installed here"
    assert rules(api) == []


def test_a_table_becomes_ordinary_rules_and_putting_it_again_changes_nothing(api: Api) -> None:
    (nvr,), (gate,) = install(api, "nvr_text", "Recorder"), install(api, "barrier", "Gate")
    asked = {
        "black": {"reaction_1": {"action": "send_to_nvr"}},
        "white": {"reaction_1": {"action": "open_barrier"}, "reaction_2": {"action": "send_to_nvr"}},
    }
    table = api.client.put(TABLE, json=asked).json()
    assert table["white"] == {
        "reaction_1": {"action": "open_barrier", "destination_id": gate},
        "reaction_2": {"action": "send_to_nvr", "destination_id": nvr},
    }
    assert table["any"] == EMPTY
    stored = api.client.get("/api/v1/reactions").json()
    assert rules(api) == [
        ("Black list: Send to NVR, Recorder", ["black"], nvr),
        ("White list: Open barrier, Gate", ["white"], gate),
        ("White list: Send to NVR, Recorder", ["white"], nvr),
    ]
    shown = {row: table[row] for row in ("any", "black", "white")}
    assert api.client.put(TABLE, json=shown).json() == table
    assert api.client.get("/api/v1/reactions").json() == stored


def test_a_reaction_that_is_taken_out_of_the_table_is_a_rule_less(api: Api) -> None:
    install(api, "nvr_text", "Recorder")
    api.client.put(TABLE, json={"any": {"reaction_1": {"action": "send_to_nvr"}}})
    assert len(rules(api)) == 1
    table = api.client.put(TABLE, json={}).json()
    assert (table["any"], rules(api)) == (EMPTY, [])


def test_with_several_recorders_the_cell_must_say_which(api: Api) -> None:
    first, second = install(api, "nvr_text", "East", "West")
    cell: dict[str, object] = {"action": "send_to_nvr"}
    answer = api.client.put(TABLE, json={"any": {"reaction_1": cell}})
    assert (answer.status_code, answer.json()["field"]) == (422, "any.reaction_1.destination_id")
    assert answer.json()["detail"] == "Say which destination Send to NVR means: East, West"
    both = {"reaction_1": cell | {"destination_id": second}, "reaction_2": cell | {"destination_id": first}}
    assert api.client.put(TABLE, json={"any": both}).json()["any"] == both
    twice = {"reaction_1": both["reaction_1"], "reaction_2": both["reaction_1"]}
    assert api.client.put(TABLE, json={"any": twice}).json()["field"] == "any.reaction_2"


def test_rules_made_by_hand_are_shown_where_they_fit_and_named_where_they_do_not(api: Api) -> None:
    east, west, south = install(api, "nvr_text", "East", "West", "South")
    cloud = str(api.destination("Cloud"))

    def add(name: str, destination: str, **more: object) -> UUID:
        body = {"name": name, "destination_id": destination, "settings": {"list": "white"}} | more
        answer = api.client.post("/api/v1/reactions", json=body)
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    add("plain", east)
    add("same again", east)
    add("by night", west, settings={"list": "white", "min_confidence": 0.9})
    add("to the cloud", cloud)
    add("second", west)
    add("third", south)
    add("off", south, enabled=False)
    table = api.client.get(TABLE).json()
    assert [cell["destination_id"] for cell in table["white"].values()] == [east, west]
    assert [(rule["name"], rule["sentence"]) for rule in table["beyond"]] == [
        ("same again", "It says the same as a reaction of the row White list"),
        ("by night", "It has conditions that the table cannot show"),
        ("to the cloud", "It leads to Cloud, which the table does not know"),
        ("third", "The row White list has no more than 2 places"),
    ]
    asked = {"white": {"reaction_1": {"action": "send_to_nvr", "destination_id": west}}}
    after = api.client.put(TABLE, json=asked).json()
    # What a cell showed is gone; what stood beyond the table stays and moves up where there is room.
    assert {name for name, _, _ in rules(api)} == {"same again", "by night", "to the cloud", "second", "third", "off"}
    assert [cell["destination_id"] for cell in after["white"].values()] == [east, west]


@pytest.mark.parametrize(
    "body",
    [
        {"grey": {}},
        {"white": {"reaction_3": {}}},
        {"white": {"reaction_1": {"action": "explode"}}},
        {"white": {"reaction_1": {"action": "no_action", "destination_id": "x"}}},
        {"white": []},
    ],
)
def test_a_table_of_another_form_is_refused(api: Api, body: dict[str, object]) -> None:
    assert api.client.put(TABLE, json=body).status_code == 422
