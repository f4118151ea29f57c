"""A small OpenID Connect provider on loopback that can lie in many ways; knows nothing of Platewire's code.

In a test: `with OidcProvider() as provider: ... httpx.get(address)` stands for the person who signs in there.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote_plus, urlencode, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

CLIENT, SECRET = "platewire", "a secret: with + and %"


class OidcProvider:
    """`claims` are what it says of the person; `fault` is how a token lies, `nonsense` what a page says instead."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.claims: dict[str, Any] = {"sub": "person-1", "preferred_username": "olena", "roles": ["gate"]}
        self.fault = ""
        self.named_issuer = ""
        self.nonsense: dict[str, bytes] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"provider": self}))

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}/realm"

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.named_issuer or self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }

    def keys(self) -> dict[str, Any]:
        numbers = self.key.public_key().public_numbers()
        key = {"kty": "RSA", "use": "sig", "kid": "one", "n": _number(numbers.n), "e": _number(numbers.e)}
        return {"keys": [key]}

    def agree(self, asked: dict[str, str]) -> str:
        """The person agrees: the address that the browser is sent back to."""
        code = secrets.token_hex(8)
        self.asked[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"

    def redeem(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """What a code is worth; None when anything of it does not fit."""
        asked = self.asked.pop(form.get("code", ""), None)
        user, _, password = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
        if asked is None or (unquote_plus(user), unquote_plus(password)) != (CLIENT, SECRET):
            return None
        digest = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).decode().rstrip("=")
        if digest != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return None
        return {"access_token": "unused", "token_type": "Bearer", "id_token": self.token(asked["nonce"])}

    def token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce} | self.claims
        header = {"alg": "RS256", "kid": "one", "typ": "JWT"}
        lies: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "expired": {"iat": now - 900, "exp": now - 600},
            "not yet": {"iat": now + 900, "exp": now + 1200},
            "audience": {"aud": "somebody-else"},
            "another client": {"aud": [CLIENT, "somebody-else"], "azp": "somebody-else"},
            "issuer": {"iss": "https://elsewhere.example"},
            "no subject": {"sub": None},
        }
        claims |= lies.get(self.fault, {})
        header |= {"none": {"alg": "none"}, "symmetric": {"alg": "HS256"}, "unknown key": {"kid": "two"}}.get(
            self.fault, {}
        )
        claims = {name: value for name, value in claims.items() if value is not None}
        signed = f"{_text(json.dumps(header).encode())}.{_text(json.dumps(claims).encode())}"
        return f"{signed}.{_text(self._signature(signed.encode()))}"

    def _signature(self, signed: bytes) -> bytes:
        if self.fault == "none":
            return b""
        if self.fault == "symmetric":
            return hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()
        key = self.other_key if self.fault == "signature" else self.key
        return key.sign(signed, padding.PKCS1v15(), hashes.SHA256())


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = parts.path.removeprefix("/realm/")
        if page == "authorize":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self.send_response(302)
            self.send_header("Location", self.provider.agree(asked))
            self.end_headers()
        elif page in self.provider.nonsense:
            self._write(self.provider.nonsense[page], 200)
        elif page == ".well-known/openid-configuration":
            self._answer(self.provider.discovery())
        else:
            self._answer(self.provider.keys())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(body).items()}
        found = self.provider.redeem(form, self.headers.get("Authorization", ""))
        self._answer(found or {"error": "invalid_grant"}, 200 if found else 400)

    def _answer(self, document: dict[str, Any], status: int = 200) -> None:
        self._write(json.dumps(document).encode(), status)

    def _write(self, body: bytes, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8, "big"))
