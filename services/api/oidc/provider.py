"""Speaks to the provider: its discovery document, its keys, and the token that it gives for a code.

Sources: OpenID Connect Core 1.0 (3.1), Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (the issuer in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from urllib.parse import quote_plus, urlencode

import httpx
import jwt

from services.api.errors import NobodyAnswers, SignInNeeded
from services.api.oidc.schemas import OidcSettings
from shared.addresses import AddressRefused, Reach
from shared.peer_http import PeerTransport

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures only: with a shared secret or without any, whoever knows the client's secret could write tokens."""
_WEB = re.compile(r"https?://[^/]+")
TIMEOUT, PATIENCE, LONGEST, LEEWAY = 5.0, 10.0, 256 * 1024, 60
"""Seconds of one step and of a whole request; bytes; seconds between two clocks."""
Document = dict[str, Any]


@dataclass(frozen=True)
class Endpoints:
    """What discovery tells."""

    authorization: str
    token: str
    jwks: str
    secret_in_body: bool


@dataclass(frozen=True)
class Errand:
    """What one sign-in must bring back from the provider."""

    state: str
    nonce: str
    verifier: str


def discover(settings: OidcSettings) -> Endpoints:
    """Raises NobodyAnswers, SignInNeeded."""
    found = _fetch(settings, "GET", settings.issuer.rstrip("/") + "/.well-known/openid-configuration")
    if found.get("issuer") != settings.issuer:
        raise SignInNeeded("The provider names another issuer than the one that is set here")
    urls = [str(found.get(name, "")) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    if not all(_WEB.match(url) for url in urls):
        raise SignInNeeded("The provider's discovery document lacks an address")
    methods = found.get("token_endpoint_auth_methods_supported")
    in_body = isinstance(methods, list) and "client_secret_basic" not in methods
    return Endpoints(urls[0], urls[1], urls[2], in_body)


def address(settings: OidcSettings, endpoints: Endpoints, errand: Errand) -> str:
    """Where the browser is sent."""
    digest = hashlib.sha256(errand.verifier.encode()).digest()
    query = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": settings.redirect_uri,
        "scope": " ".join(settings.scopes),
        "state": errand.state,
        "nonce": errand.nonce,
        "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "code_challenge_method": "S256",
    }
    return endpoints.authorization + ("&" if "?" in endpoints.authorization else "?") + urlencode(query)


def claims(settings: OidcSettings, secret: str, code: str, errand: Errand) -> Document:
    """What the provider says of who signed in, proven. Raises NobodyAnswers, SignInNeeded."""
    endpoints = discover(settings)
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": settings.redirect_uri,
        "code_verifier": errand.verifier,
    }
    authorization = {}
    if secret and not endpoints.secret_in_body:
        # RFC 6749, 2.3.1: both are form-encoded before they are joined.
        both = f"{quote_plus(settings.client_id)}:{quote_plus(secret)}"
        authorization = {"Authorization": "Basic " + base64.b64encode(both.encode()).decode()}
    else:
        form |= {"client_id": settings.client_id} | ({"client_secret": secret} if secret else {})
    answer = _fetch(settings, "POST", endpoints.token, form, authorization)
    return _proven(settings, _fetch(settings, "GET", endpoints.jwks), str(answer.get("id_token", "")), errand.nonce)


def _proven(settings: OidcSettings, keys: Document, token: str, nonce: str) -> Document:
    try:
        found: Document = jwt.decode(
            token,
            _key(keys, token),
            algorithms=ALGORITHMS,
            audience=settings.client_id,
            issuer=settings.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except jwt.PyJWTError as error:
        raise SignInNeeded(f"The provider's token is not accepted ({type(error).__name__})") from None
    if not compare_digest(str(found.get("nonce", "")).encode(), nonce.encode()):
        raise SignInNeeded("The provider's token belongs to another sign-in")
    if isinstance(found["aud"], list) and len(found["aud"]) > 1 and found.get("azp") != settings.client_id:
        raise SignInNeeded("The provider's token was given to another client")
    return found


def _key(keys: Document, token: str) -> Any:
    """The key that the token names. Raises PyJWTError."""
    name, listed = jwt.get_unverified_header(token).get("kid"), keys.get("keys")
    if not isinstance(listed, list) or not all(isinstance(key, dict) for key in listed):
        raise jwt.InvalidKeyError("no keys")
    known = [key for key in jwt.PyJWKSet.from_dict(keys).keys if key.public_key_use in (None, "sig")]
    fitting = [key for key in known if key.key_id == name] if name else known
    if len(fitting) != 1:
        raise jwt.InvalidKeyError("no such key")
    return fitting[0].key


def _fetch(
    settings: OidcSettings,
    method: str,
    url: str,
    form: dict[str, str] | None = None,
    headers: dict[str, str] | None = None,
) -> Document:
    """A JSON document of the provider. Raises NobodyAnswers, and SignInNeeded when it refuses."""
    transport = PeerTransport(_reach(settings, url), PATIENCE)
    with httpx.Client(transport=transport, timeout=TIMEOUT, follow_redirects=False, trust_env=False) as client:
        try:
            with client.stream(method, url, data=form, headers=headers) as answer:
                status, body = answer.status_code, _beginning(answer)
        except AddressRefused as error:
            raise NobodyAnswers(str(error)) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NobodyAnswers(f"The provider does not answer ({type(error).__name__})") from None
    if status != httpx.codes.OK:
        raise SignInNeeded(f"The provider refuses with status {status}")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SignInNeeded("The provider's answer cannot be understood")
    return found


def _reach(settings: OidcSettings, url: str) -> Reach:
    """Raises NobodyAnswers for a way that anybody could listen to or change."""
    reach = Reach.from_environment(allow_private=settings.allow_private)
    if not url.startswith("https://") and not reach.allow_loopback:
        raise NobodyAnswers("A provider is spoken to by https:// only")
    return reach


def _beginning(answer: httpx.Response) -> bytes:
    body = b""
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LONGEST:
            break
    return body
