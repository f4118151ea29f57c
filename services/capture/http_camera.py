"""Talking to cameras over HTTP: sign-in as they ask for it, and what went wrong in one sentence."""

from __future__ import annotations

from collections.abc import Generator
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from services.capture.sources.contracts import OPEN_SECONDS, READ_SECONDS
from shared.errors import SourceError

Flow = Generator[httpx.Request, httpx.Response, None]


class CameraAuth(httpx.Auth):
    """Basic or Digest, whichever the camera asks for; nothing is sent before it asks."""

    def __init__(self, user: str, password: str) -> None:
        self._basic = httpx.BasicAuth(user, password)
        self._digest = httpx.DigestAuth(user, password)
        self._chosen: httpx.Auth | None = None

    def auth_flow(self, request: httpx.Request) -> Flow:
        if self._chosen is not None:
            yield from self._chosen.auth_flow(request)
            return
        response = yield request
        challenges = [value.lower() for value in response.headers.get_list("www-authenticate")]
        if response.status_code == httpx.codes.UNAUTHORIZED and any(c.startswith("digest") for c in challenges):
            self._chosen = self._digest
            yield from _answered(self._digest, request, response)
        elif response.status_code == httpx.codes.UNAUTHORIZED:
            self._chosen = self._basic
            yield from self._basic.auth_flow(request)


def _answered(digest: httpx.DigestAuth, request: httpx.Request, challenge: httpx.Response) -> Flow:
    """The rest of a Digest flow whose first, bare request was already sent."""
    flow = digest.auth_flow(request)
    next(flow)
    try:
        response = yield flow.send(challenge)
        flow.send(response)
    except StopIteration:
        return


def client_for(url: str) -> tuple[httpx.Client, str]:
    """A client that signs in with the URL's user and password, and the URL without them."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    auth = CameraAuth(unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    timeout = httpx.Timeout(READ_SECONDS, connect=OPEN_SECONDS)
    # Cameras sign their certificates themselves, so there is nobody to ask whether they are right.
    client = httpx.Client(auth=auth, timeout=timeout, verify=False, follow_redirects=True, trust_env=False)
    return client, bare


def check(response: httpx.Response) -> None:
    """Raises SourceError unless the camera answered 200."""
    match response.status_code:
        case 200:
            return
        case 401 | 403:
            raise SourceError("The camera refuses the user name or the password")
        case 404:
            raise SourceError("The camera has no picture under this path")
        case code:
            raise SourceError(f"The camera answers with HTTP status {code}")


def refused(error: Exception) -> SourceError:
    """What an error of the HTTP client means; its own text may hold the URL, so none of it is kept."""
    match error:
        case httpx.ConnectTimeout():
            return SourceError(f"The camera did not answer within {OPEN_SECONDS:.0f} seconds")
        case httpx.TimeoutException():
            return SourceError(f"The camera sent nothing for {READ_SECONDS:.0f} seconds")
        case httpx.ConnectError():
            return SourceError("The camera cannot be reached: the connection was refused or its address is unknown")
    return SourceError("The camera broke off the connection")
