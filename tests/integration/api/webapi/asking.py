"""What the tests of all commands need: every way in, and the shape of every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx2
from httpx2 import Response

from tests.integration.api.gateway import PASSWORD, Api

DEVICE = "gate camera"
UNKNOWN_KEY = "pw_of_nobody"
SLUGS = {401: "sign_in_needed", 403: "not_allowed", 404: "not_found", 422: "invalid"}


def ask(api: Api, command: str, /, **parameters: Any) -> Response:
    """By GET, with a key that has every right."""
    return api.client.get(f"/webapi/{command}", params=parameters)


def done(answer: Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def refused(answer: Response, status: int, slug: str = "", field: str | None = None) -> str:
    """The sentence of an error in the one shape; `fields` may follow where several may be wrong."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) - {"fields"} == {"error", "detail", "field"}
    assert (body["error"], body["field"]) == (slug or SLUGS[status], field), body
    assert "Traceback" not in body["detail"]
    assert "\n" not in body["detail"]
    assert 5 < len(body["detail"]) < 300
    detail: str = body["detail"]
    return detail


def ways_in(api: Api, scope: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every authentication, as keyword arguments of a request."""
    yield "key", {"headers": api.as_key(scope)}
    yield "basic", {"auth": ("admin", PASSWORD)}
    yield "digest", {"auth": httpx2.DigestAuth(DEVICE, PASSWORD)}


def check_who_may(api: Api, command: str, scope: str, method: str = "GET", **request: Any) -> None:
    """A command opens to every authentication with its scope, in both forms of address, and to nothing else."""
    address = f"/webapi/{command}"
    for name, way in ways_in(api, scope):
        for form in (address, f"/webapi?command={command.upper()}"):
            answer = api.stranger.request(method, form, **_joined(request, way))
            assert answer.status_code not in (401, 403, 405), (name, form, answer.text)
    other = "cameras:read" if scope != "cameras:read" else "events:read"
    lacking = api.stranger.request(method, address, **_joined(request, {"headers": api.as_key(other)}))
    assert scope in refused(lacking, 403)
    for headers in ({}, {"Authorization": f"Bearer {UNKNOWN_KEY}"}, {"X-API-Key": api.key}):
        _refused_with_challenges(api.stranger.request(method, address, **_joined(request, {"headers": headers})))
    _refused_with_challenges(api.stranger.request(method, address, **request, auth=("admin", "wrong password")))
    signed_in = api.sign_in()
    _refused_with_challenges(signed_in.request(method, address, **_joined(request, {"headers": {"X-Platewire": "1"}})))


def _joined(request: dict[str, Any], way: dict[str, Any]) -> dict[str, Any]:
    return {**request, **way, "headers": {**request.get("headers", {}), **way.get("headers", {})}}


def _refused_with_challenges(answer: Response) -> None:
    refused(answer, 401)
    offered = answer.headers.get_list("www-authenticate")
    assert [one.split(",")[0] for one in offered] == ['Digest realm="Platewire"'] * 2 + ['Basic realm="Platewire"']
    assert ["SHA-256" in offered[0], "MD5" in offered[1]] == [True, True]
    assert "set-cookie" not in answer.headers
