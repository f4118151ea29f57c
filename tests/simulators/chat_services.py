"""Slack, Microsoft Teams, Telegram, ntfy and Discord as their documentation describes them; knows none of our code.

All of them at one address, told apart by their paths. Each checks its credentials, takes pictures where the service
does, and answers in the service's own form. Every request is recorded; `plan` overrides the next answers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from simulators.json_receiver import Answer, JsonReceiver, Request

SLACK_WEBHOOK = "/services/T0GATE/B0GATE/slackSecretSecret"
SLACK_TOKEN = "xoxb-1234567890-slackBotSecret"
TEAMS_WEBHOOK = (
    "/workflows/0123456789abcdef/triggers/manual/paths/invoke"
    "?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=teams_Secret-Signature"
)
TELEGRAM_TOKEN = "123456:telegram-Secret_Token"
NTFY_TOKEN = "tk_ntfysecretntfysecret"
DISCORD_WEBHOOK = "/api/webhooks/1234567890/discord-Secret_Token"
CHANNEL, CHAT = "C0GATEGATE", "-1001234567"


def _json(status: int, **document: object) -> Answer:
    return Answer(status, json.dumps(document).encode(), {"Content-Type": "application/json"})


class ChatServices(JsonReceiver):
    """`url` is where they are."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    def note(self, request: Request) -> Answer:
        planned = bool(self.plan)
        answer = super().note(request)
        return answer if planned else self._answer(request)

    def _answer(self, request: Request) -> Answer:
        path = urlsplit(request.path).path
        for pattern, service in self._services().items():
            if re.fullmatch(pattern, path):
                return service(request)
        return Answer(404, b"404 page not found")

    def _services(self) -> dict[str, Callable[[Request], Answer]]:
        return {
            r"/services/.*": self._slack_webhook,
            r"/api/(chat|auth|files)\..*": self._slack_api,
            r"/upload/.*": lambda request: Answer(200, f"OK - {len(request.body)}".encode()),
            r".*/workflows/.*": self._teams,
            r"/bot.*": self._telegram,
            r"/api/webhooks/.*": self._discord,
            r"/(gate_[a-z]+)?": self._ntfy,
        }

    def _slack_webhook(self, request: Request) -> Answer:
        if request.path != SLACK_WEBHOOK:
            return Answer(404, b"no_service")
        return Answer(200, b"ok") if request.document["attachments"] else Answer(400, b"no_text")

    def _slack_api(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {SLACK_TOKEN}":
            return _json(200, ok=False, error="invalid_auth")
        method = urlsplit(request.path).path.rpartition("/")[2]
        if method == "files.getUploadURLExternal":
            return _json(200, ok=True, file_id="F1", upload_url=f"{self.url}/upload/v1/abc")
        if method == "files.completeUploadExternal":
            return _json(200, ok=True, files=[{"id": "F1"}])
        if method == "chat.postMessage" and request.document["channel"] != CHANNEL:
            return _json(200, ok=False, error="channel_not_found")
        return _json(200, ok=True, channel=CHANNEL, ts="1.2")

    def _teams(self, request: Request) -> Answer:
        given, wanted = urlsplit(request.path), urlsplit(TEAMS_WEBHOOK)
        if given.path != wanted.path:
            return _json(404, error={"code": "WorkflowNotFound", "message": "The workflow could not be found."})
        if parse_qs(given.query) != parse_qs(wanted.query):
            return _json(401, error={"code": "DirectApiAuthorizationRequired", "message": "The signature is wrong."})
        return Answer(202, b"")

    def _telegram(self, request: Request) -> Answer:
        token, _, method = request.path.removeprefix("/bot").partition("/")
        if token != TELEGRAM_TOKEN:
            return _json(401, ok=False, error_code=401, description="Unauthorized")
        if method == "getMe":
            return _json(200, ok=True, result={"id": 123456, "is_bot": True})
        if f'"{CHAT}"'.encode() not in request.body.replace(CHAT.encode(), f'"{CHAT}"'.encode()):
            return _json(400, ok=False, error_code=400, description="Bad Request: chat not found")
        return _json(200, ok=True, result={"message_id": 1})

    def _ntfy(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Bearer {NTFY_TOKEN}":
            return _json(403, code=40301, http=403, error="forbidden")
        return _json(200, id="abc", event="message")

    def _discord(self, request: Request) -> Answer:
        if urlsplit(request.path).path != DISCORD_WEBHOOK:
            return _json(404, message="Unknown Webhook", code=10015)
        return _json(200, id="1234567890", type=1) if request.method == "GET" else Answer(204, b"")
