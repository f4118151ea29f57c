"""The bytes that a receiver gets."""

from __future__ import annotations

import json

from services.integrations._template.message import build
from services.integrations._template.settings import Settings
from tests.simulators.sample_delivery import a_delivery


def test_the_text_is_filled_in() -> None:
    sent = build(a_delivery(), Settings(url="https://receiver.example/"))

    assert json.loads(sent) == {"text": "19ZFZL at Gate"}


def test_nothing_on_a_plate_harms_the_form() -> None:
    nasty = 'A"<&+%\r\nБ'

    assert json.loads(build(a_delivery(plate=nasty), Settings(url="https://receiver.example/", text="{plate}"))) == {
        "text": 'A"<&+%Б'
    }
