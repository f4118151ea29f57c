"""What an installer may enter, and what they are told otherwise."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from services.integrations.barrier.drive import terms
from services.integrations.barrier.settings import Settings

ENOUGH: dict[str, dict[str, Any]] = {
    "sunapi": {"host": "10.0.3.21"},
    "onvif": {"host": "camera.lan"},
    "shelly": {"host": "10.0.3.30"},
    "shelly_gen1": {"host": "10.0.3.31"},
    "modbus": {"host": "10.0.3.40"},
    "gpio": {},
    "http": {"on_url": "http://10.0.3.50/on?for={seconds}&order={command_id}"},
    "mqtt": {"host": "broker.lan", "topic": "gate/1/set"},
}


@pytest.mark.parametrize("driver", ENOUGH)
def test_each_driver_needs_little(driver: str) -> None:
    settings = Settings.model_validate({"driver": driver} | ENOUGH[driver])
    assert terms(settings).deadline == 5


@pytest.mark.parametrize(
    ("entered", "said"),
    [
        ({"driver": "sunapi"}, "sunapi with feedback none needs an address"),
        ({"driver": "http"}, "needs the URL for on"),
        ({"driver": "mqtt", "host": "x"}, "needs a topic"),
        ({"driver": "mqtt", "host": "x", "topic": "gate/#"}, "enter one topic"),
        ({"driver": "mqtt", "host": "x", "topic": "t", "feedback": "device"}, "choose another feedback"),
        ({"driver": "gpio", "feedback": "sunapi"}, "needs a feedback address"),
        ({"driver": "gpio", "feedback": "http"}, "needs a feedback URL"),
        ({"driver": "gpio", "chip": "/etc/passwd"}, "match pattern"),
        ({"driver": "http", "on_url": "http://x/on", "feedback": "device"}, "needs the URL of the state"),
        ({"driver": "http", "on_url": "ftp://x/"}, "enter a whole address"),
        ({"driver": "http", "on_url": "http://a:b@x/"}, "in their own fields"),
        ({"driver": "http", "on_url": "http://x/{plate}"}, "there is no field {plate}"),
        ({"driver": "http", "on_url": "http://x/", "expects": "("}, "no regular expression"),
        ({"driver": "shelly", "host": "http://10.0.0.1/"}, "without http://"),
        ({"driver": "sunapi", "host": "x", "pulse": 1.5}, "whole seconds"),
        ({"driver": "sunapi", "host": "x", "pulse": 16}, "less than or equal to 15"),
        ({"driver": "gpio", "deadline": 11}, "less than or equal to 10"),
        ({"driver": "telepathy"}, "Input should be"),
        ({"driver": "gpio", "surprise": 1}, "not permitted"),
    ],
)
def test_what_cannot_work_is_refused_with_a_sentence(entered: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("(", r"\(").replace("{", r"\{")):
        Settings.model_validate(entered)


def test_the_form_is_flat_and_draws_a_choice_of_drivers() -> None:
    schema = Settings.model_json_schema()
    assert schema["properties"]["driver"]["enum"] == list(ENOUGH)
    assert schema["required"] == ["driver"]
    assert "$defs" not in schema
    Draft202012Validator.check_schema(schema)


def test_feedback_is_watched_only_where_there_is_one() -> None:
    assert terms(Settings(driver="gpio")).watched == 0
    assert terms(Settings(driver="gpio", feedback="gpio", feedback_seconds=7)).watched == 7
