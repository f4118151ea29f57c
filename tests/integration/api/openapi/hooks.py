"""What schemathesis must know of this API: which valid requests it refuses, and which key it must leave alone."""

from __future__ import annotations

import os
import re
from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

NOBODY = "00000000-0000-0000-0000-00000000000a"

REFUSED = {
    r"^The cursor is not one that this server gave": "only a page before can give a cursor",
    r"a period starts before 24:00 and has a length": "start and end must differ, and a schema compares no fields",
    r"this is no IANA time zone": "a pattern says what names look like, the list of them is the system's",
    r"^A password|^This password is among": "a schema cannot tell a common password",
    r"^There is no (list|camera|destination|integration) ": "what settings name must be stored",
    r"^A list cannot be called": "words that rules use",
    r"^A plate |^A pattern needs": "a plate is judged in its normal form, without separators and case",
    r"^The (time|entry) ends before it begins": "a schema compares no fields",
    r"^A network looks like": "a pattern says only roughly what a network is",
    r"the URL needs a host|cannot be an address": "a pattern says only roughly what a URL is",
    r"^The password does not fit|^The code does not fit": "a secret is not in a schema",
    r"^Type the (secret|password) again": "a mask stands for what is stored, for the same address only",
    r"^The integration .* is not installed|^Say which destination|would do the same twice|^Add a destination": (
        "what the simple form asks for must be there, once"
    ),
    r"^The (request|form) holds no (file|picture)": "schemathesis makes empty files whatever minLength says",
    r"^This is not a JPEG|^The picture ": "a schema cannot tell a picture from other bytes",
    r"^settings\.|^settings ": "settings of a destination have the schema of their integration",
}
"""Sentences with which schema-valid requests are refused by 422, and why a schema cannot say it."""


@schemathesis.check
def refusals_have_a_reason(ctx: Any, response: Any, case: Any) -> None:
    """`positive_data_acceptance` with every 422 that is in REFUSED as the only exceptions."""
    try:
        positive_data_acceptance(ctx, response, case)
    except RejectedPositiveData:
        told = response.json().get("detail", "") if response.status_code == 422 else ""
        if not any(re.search(sentence, told) for sentence in REFUSED):
            raise


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """The run must not take away the key and the person and session that it asks as."""
    for place, name in (("key_id", "KEY_ID"), ("user_id", "PERSON_ID"), ("session_id", "SESSION_ID")):
        if (case.path_parameters or {}).get(place) == os.environ[name]:
            case.path_parameters[place] = NOBODY
