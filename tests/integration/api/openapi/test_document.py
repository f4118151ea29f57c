"""The OpenAPI document: stable, complete, and its examples are true to their schemas."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.api.app import create_app
from services.api.description import EXAMPLES, REFUSALS
from tests.integration.api.gateway import Api
from tests.integration.api.routes import routes_of

OPERATIONS = Path(__file__).with_name("operations.txt")
"""Programs are generated from these names: a line may be added, and changing or removing one needs a new version."""
Document = dict[str, Any]


@pytest.fixture
def document(api: Api) -> Document:
    found: Document = api.client.get("/api/v1/openapi.json").json()
    return found


def operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def test_names_methods_and_paths_stay_as_they_are(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    found = sorted(f"{one['operationId']} {method} {path}" for method, path, one in operations(document))
    assert found == OPERATIONS.read_text().splitlines()


def test_everything_under_the_version_is_in_the_document(api: Api, document: Document) -> None:
    written = {(method, path) for method, path, _ in operations(document)}
    routes = {(one.method, one.path.replace(":uuid", "")) for one in routes_of(api.app_client.app)}
    v1 = {(method, path) for method, path in routes if path.startswith("/api/v1")}
    assert v1 - written == {("GET", "/api/v1/openapi.json")}


def test_every_operation_says_what_it_does_and_what_it_takes(document: Document) -> None:
    for method, path, one in operations(document):
        assert one["summary"], path
        assert len(one["description"]) > 3, (method, path)
        assert one["tags"], path
        for parameter in one.get("parameters", ()):
            assert parameter.get("description"), (method, path, parameter["name"])
        for status, answer in one["responses"].items():
            assert "$ref" in answer or answer["description"] != "Successful Response", (method, path, status)


def test_every_body_and_every_answer_of_json_has_an_example(document: Document) -> None:
    for method, path, one in operations(document):
        answers = [answer for status, answer in one["responses"].items() if "$ref" not in answer]
        for place in (one.get("requestBody", {}), *answers):
            schema = place.get("content", {}).get("application/json", {}).get("schema", {})
            if schema:
                name = schema["$ref"].rpartition("/")[2]
                assert document["components"]["schemas"][name]["examples"], (method, path, name)


@pytest.mark.parametrize("name", sorted(json.loads(EXAMPLES.read_text())))
def test_an_example_is_what_its_schema_says(name: str, shared_document: Document) -> None:
    schemas = shared_document["components"]["schemas"]
    schema = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": schemas}}
    checker = Draft202012Validator.FORMAT_CHECKER
    for example in schemas[name]["examples"]:
        Draft202012Validator(schema, format_checker=checker).validate(example)


@pytest.fixture(scope="module")
def shared_document(servers: Any) -> Document:
    with servers.site() as site:
        return create_app(site.settings).openapi()


def test_every_refusal_has_the_one_shape(document: Document) -> None:
    assert set(document["components"]["responses"]) == set(REFUSALS)
    for answer in document["components"]["responses"].values():
        (kind,) = answer["content"].values()
        assert kind["schema"] == {"$ref": "#/components/schemas/Problem"}
    for method, path, one in operations(document):
        refused = {status for status in one["responses"] if status >= "400"}
        assert refused - {"503"} <= {status for status in refused if "$ref" in one["responses"][status]}, path
        if one["security"]:
            assert {"401", "403"} <= refused, path
        if "requestBody" in one:
            assert {"400", "413", "422"} <= refused, path
        if "{" in path:
            assert "404" in refused, path
        if method != "GET":
            assert "409" in refused, path
    assert "429" in document["paths"]["/api/v1/session"]["post"]["responses"]


def test_pages_are_all_asked_for_in_the_same_way(document: Document) -> None:
    schemas = document["components"]["schemas"]
    paged = []
    for _method, path, one in operations(document):
        names = {parameter["name"]: parameter for parameter in one.get("parameters", ())}
        if "cursor" in names:
            paged.append(path)
            assert names["limit"]["schema"]["maximum"] == 500
            assert "next" in names["cursor"]["description"]
            answer = one["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
            assert "null at the end" in schemas[answer]["properties"]["next"]["description"]
    assert len(paged) == 5


def test_an_address_tells_all_methods_that_it_knows(api: Api, document: Document) -> None:
    for path, methods in document["paths"].items():
        address = path.replace("{reaction_id}", "91b7c5d3-2e4f-4a6b-8c9d-7e8f9a0b1c2d")
        answer = api.client.request("TRACE", address)
        assert answer.status_code == 405
        assert answer.headers["allow"].split(", ") == sorted(method.upper() for method in methods), path
