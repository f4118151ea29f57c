"""What schemathesis must know of this API: which valid requests it refuses, and what it must leave alone."""

from __future__ import annotations

import itertools
import os
import re
from typing import Any

import schemathesis
from schemathesis.openapi.checks import RejectedPositiveData
from schemathesis.specs.openapi.checks import positive_data_acceptance

from services.api.description import PLACES
from services.api.repeats.queries import HEADER
from services.api.repeats.route import KEY

PROTECTED = {os.environ[name] for name in ("KEY_ID", "PERSON_ID", "SESSION_ID")}
"""The key, person and session that ask."""
EXAMPLES = {example for _words, example in PLACES.values()}
"""Rows that are there from the beginning; they stay, so that all operations on them find something."""
_numbers = itertools.count()
NOBODY = "00000000-0000-0000-0000-00000000000a"

REFUSED = {
    r"^The cursor is not one that this server gave": "only a page before can give a cursor",
    r"a period starts before 24:00 and has a length": "start and end must differ, and a schema compares no fields",
    r"this is no IANA time zone": "a pattern says what names look like, the list of them is the system's",
    r"^A password|^This password is among": "a schema cannot tell a common password",
    r"^There is no (list|camera|destination|integration) ": "what settings name must be stored",
    r"^An admin cannot be limited": "a schema compares no fields",
    r"^A list cannot be called": "words that rules use",
    r"^A plate |^A pattern needs": "a plate is judged in its normal form, without separators and case",
    r"^A search has no parameter|^The search cannot be run": "what an address holds has no schema",
    r"^A search needs at least one letter": "a part of a plate is judged in its normal form",
    r"^Statistics (need|cover|cannot)": "a schema compares no fields",
    r"^A tag has 1 to 32": "a tag is judged in its one form, in lower case",
    r"was not misread in the same way": "a schema does not know what was read",
    r"^A list of a Meta server comes by itself": "such a mirror is not made by asking for it",
    r"^The document tells of no plate": "a schema cannot tell what a file holds",
    r"^Two sources have the same id": "a schema compares no fields",
    r"^The key would have expired already": "a schema knows no clock",
    r"^The (time|entry) ends before it begins": "a schema compares no fields",
    r"^A network looks like": "a pattern says only roughly what a network is",
    r"the URL needs a host|cannot be an address": "a pattern says only roughly what a URL is",
    r"^The password does not fit|^The code does not fit": "a secret is not in a schema",
    r"control characters such as NUL": "a schema says it of named fields, not of what a destination's settings hold",
    r"^Type the (secret|password) again": "a mask stands for what is stored, for the same address only",
    r"^The integration .* is not installed|^Say which destination|would do the same twice|^Add a destination": (
        "what the simple form asks for must be there, once"
    ),
    r"^The (request|form) holds no (file|picture)": "schemathesis makes empty files whatever minLength says",
    r"^This is not a JPEG|^The picture ": "a schema cannot tell a picture from other bytes",
    r"^There is no (JSON object|EventNotificationAlert) in the request": "a schema cannot tell what a device sends",
    r"^This is no backup|^The backup|^The passphrase does not open": "a schema cannot tell a backup from other bytes",
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
    """Keeps the run from sawing off what it sits on, and gives each request an `Idempotency-Key` of its own."""
    places = case.path_parameters or {}
    for place, value in places.items():
        is_ours = value in PROTECTED or (case.method == "DELETE" and value in EXAMPLES)
        if is_ours:
            places[place] = "nobody" if place == "name" else NOBODY
    if case.path.endswith("/onvif/devices") and isinstance((case.query or {}).get("seconds"), float):
        case.query["seconds"] = min(case.query["seconds"], 0.2)  # nobody is there to be waited for
    key = (case.headers or {}).get(HEADER)
    if isinstance(key, str) and re.fullmatch(KEY, key):
        case.headers[HEADER] = f"{key[:100]}{next(_numbers)}"
