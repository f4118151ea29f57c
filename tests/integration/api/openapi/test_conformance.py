"""What schemathesis cannot look into: the live feed and files hold what the document says of them."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator

from shared import streams
from tests.integration.api.gateway import JPEG, Api, an_event
from tests.integration.api.openapi.filled import IDS, fill
from tests.integration.api.openapi.served import served


def checked(api: Api, name: str) -> Draft202012Validator:
    schemas = api.client.get("/api/v1/openapi.json").json()["components"]["schemas"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def answer_of(api: Api, path: str) -> dict[str, Any]:
    found: dict[str, Any] = api.client.get("/api/v1/openapi.json").json()["paths"][path]["get"]["responses"]["200"]
    return found


def test_what_flows_in_the_live_feed_is_an_event_of_the_list(api: Api) -> None:
    validator = checked(api, "EventOut")
    headers = {"Authorization": f"Bearer {api.key}"}
    with (
        served(api.site.settings) as address,
        httpx.stream("GET", f"{address}/api/v1/live", headers=headers, timeout=60) as feed,
    ):
        assert feed.headers["content-type"].partition(";")[0] in answer_of(api, "/api/v1/live")["content"]
        lines = feed.iter_lines()
        next(line for line in lines if line == "event: hello")
        sent = an_event("AA1234BB", lists=("white",))
        streams.publish(api.site.events, streams.EVENTS, sent.model_dump_json(), keep=10)
        next(line for line in lines if line == "event: event")
        told = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
    validator.validate(told)
    assert told["event_id"] == str(sent.event_id)


@pytest.mark.parametrize("form", ["csv", "xlsx", "json", "text"])
def test_an_exported_list_is_of_a_kind_that_is_told(api: Api, form: str) -> None:
    fill(api)
    answer = api.client.get("/api/v1/lists/staff/exports", params={"format": form})
    told = answer_of(api, "/api/v1/lists/{name}/exports")["content"]
    assert (answer.status_code, len(told)) == (200, 4)
    assert answer.headers["content-type"].partition(";")[0] in told
    assert answer.content.startswith(b"PK") if form == "xlsx" else b"AA1234BB" in answer.content.replace(b" ", b"")


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_an_exported_audit_log_is_of_a_kind_that_is_told(api: Api, form: str) -> None:
    api.client.post("/api/v1/lists", json={"name": "staff"})
    answer = api.client.get("/api/v1/audit/export", params={"format": form})
    assert answer.headers["content-type"].partition(";")[0] in answer_of(api, "/api/v1/audit/export")["content"]
    if form == "jsonl":
        validator = checked(api, "AuditEntry")
        rows = [json.loads(line) for line in answer.text.splitlines()]
        assert rows
        for row in rows:
            validator.validate(row)


@pytest.mark.parametrize("kind", ["frame", "crop"])
def test_a_picture_is_of_a_kind_that_is_told(api: Api, kind: str) -> None:
    fill(api)
    answer = api.client.get(f"/api/v1/events/{IDS['event_id']}/{kind}.jpg")
    assert answer.content == JPEG
    assert answer.headers["content-type"] in answer_of(api, "/api/v1/events/{event_id}/{kind}.jpg")["content"]
