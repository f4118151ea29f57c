"""Answers one connection's requests: who is it, what is asked, and in a proxy what does the camera say to it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from services.integrations.ssm import documents, inventory, merging
from services.integrations.ssm.board import Board
from services.integrations.ssm.digest import Doorkeeper, User
from services.integrations.ssm.message import Document, one_line
from services.integrations.ssm.onvif.service import OnvifService, refused
from services.integrations.ssm.profile import Profile
from services.integrations.ssm.recorder import BODY_KEPT, Recorder
from services.integrations.ssm.settings import Settings
from services.integrations.ssm.status import ACTIONS, snapshot, wanted
from services.integrations.ssm.streams import Stream
from services.integrations.ssm.upstream import CameraAway, Session, Upstream, returned_headers
from services.integrations.ssm.wire import Answer, Request, Wire
from shared.clock import now

STATUS_PATH, RECORDING_PATH = OUR_PATHS = ("/platewire/status", "/platewire/recording")
"""No camera has these: the Test button's, and the recording to download. Neither stands in the recording."""
ONVIF_PATH = "/onvif/"
FIRST_STEPS = "/init-cgi/pw_init.cgi"
ATTRIBUTES = "/stw-cgi/attributes.cgi"


@dataclass
class Office:
    """What all connections of one server share."""

    settings: Settings
    profile: Profile
    board: Board
    door: Doorkeeper
    recorder: Recorder
    onvif: OnvifService
    upstream: Upstream | None
    began: datetime = field(default_factory=now)
    consumers: dict[Desk, tuple[str, datetime]] = field(default_factory=dict)
    """Streams that are open: what was asked, and since when."""
    last: dict[str, Any] = field(default_factory=dict)

    def status(self) -> Document:
        """For the Test button, which runs in another process."""
        open_streams = [(desk.client, what, since) for desk, (what, since) in list(self.consumers.items())]
        streams = [{"client": client, "asks": what, "since": since.isoformat()} for client, what, since in open_streams]
        return {
            "began": self.began.isoformat(),
            "consumers": streams + self.onvif.consumers(),
            "hearing": {str(channel): self.board.hearing(channel) for channel in self.board.cameras},
            "plates": self.board.plates,
            "last": self.last,
            "camera": self.upstream.trouble if self.upstream else "",
        }


class Desk:
    """One connection."""

    def __init__(self, office: Office, wire: Wire) -> None:
        self._office, self.client = office, wire.client
        self._session: Session | None = office.upstream.session() if office.upstream else None

    def end(self) -> None:
        self._office.consumers.pop(self, None)
        if self._session:
            self._session.close()

    def answer(self, request: Request, wire: Wire) -> bool:
        """As server.Visit says."""
        if not request.target.startswith("/"):
            # A proxy for the whole world would be asked like this.
            return self._write(request, wire, _plain("Only what is on this device can be asked", 400))
        if request.path.startswith(ONVIF_PATH):
            return self._write(request, wire, self._office.onvif.answer(request))
        if request.path == FIRST_STEPS:
            return self._write(request, wire, self._first_steps(request))
        verdict, user = self._office.door.judge(
            request.method, request.target, request.header("authorization"), self.client
        )
        if user is None:
            return self._write(request, wire, refused(self._office.door, verdict))
        if request.path in OUR_PATHS:
            return wire.answer(self._own(request, user))
        return self._of_camera(request, wire, user)

    def _own(self, request: Request, user: User) -> Answer:
        if not user.admin:
            return _plain("Sign in as the user, not as the guest", 403)
        if request.path == STATUS_PATH:
            return Answer(200, "application/json", json.dumps(self._office.status()).encode())
        return Answer(200, "application/x-ndjson", self._office.recorder.read())

    def _of_camera(self, request: Request, wire: Wire, user: User) -> bool:
        query = {name.lower(): value for name, value in reversed(request.query)}
        key = (request.path.rpartition("/")[2].removesuffix(".cgi"), query.get("msubmenu", "").lower())
        action = query.get("action", "").lower()
        if not user.admin and not _for_guests(key, action, request):
            return self._write(request, wire, self._error(609, request))
        if key == ("eventstatus", "eventstatus") and action in ACTIONS:
            return self._events(request, wire, action)
        if ours := self._ours(request, (*key, action)):
            return self._write(request, wire, ours)
        if self._session:
            return self._pass_on(request, wire)
        return self._write(request, wire, self._unknown(request, key))

    def _ours(self, request: Request, key: tuple[str, str, str]) -> Answer | None:
        """What we say ourselves, in a proxy together with the camera."""
        if request.path.startswith(ATTRIBUTES):
            return self._attributes(request)
        make = inventory.DOCUMENTS.get(key)
        return self._document(request, make) if make else None

    def _unknown(self, request: Request, key: tuple[str, str]) -> Answer:
        if not request.path.startswith("/stw-cgi/"):
            return _plain("There is no such page", 404)
        known = key in {made[:2] for made in inventory.DOCUMENTS} | {("eventstatus", "eventstatus")}
        return self._error(601 if known else 600, request)

    def _events(self, request: Request, wire: Wire, action: str) -> bool:
        try:
            wish = wanted(action, request.query, json=request.wants_json)
        except ValueError:
            return self._write(request, wire, self._error(604, request))
        office = self._office
        if action != "check":
            self._note(request, 200, f"the stream of {action}")
            office.consumers[self] = (request.target, now())
            Stream(wire, wish, office.board, office.profile, office.settings.keepalive, office.upstream).serve(request)
            return False
        theirs = self._theirs(request)
        states = office.board.states()
        merged = theirs and merging.status(theirs.text, states, wish, office.profile, now())
        body = merged or snapshot(states, wish, office.profile, now())
        return self._write(request, wire, self._typed(body, json=wish.json))

    def _document(self, request: Request, make: inventory.Maker) -> Answer:
        """Ours, put into the camera's where there is one and it can be read."""
        made = make(self._office.profile, len(self._office.board.cameras))
        theirs = self._theirs(request)
        if request.wants_json:
            known = merging.parsed(theirs.text) if theirs else None
            return self._typed(one_line(made.json if known is None else made.into_json(known)), json=True)
        return self._lines(made.lines) if theirs is None else self._typed(made.into_text(theirs.text), json=False)

    def _attributes(self, request: Request) -> Answer:
        profile = self._office.profile
        theirs = self._theirs(request)
        if theirs is not None:
            merged = merging.attributes(theirs.content, profile)
            return Answer(200, "text/xml", merged if merged is not None else theirs.content, told="attributes")
        words = [word for word in request.path.removeprefix(ATTRIBUTES).split("/") if word]
        found = documents.described(profile, len(self._office.board.cameras), words)
        if found is None:
            return self._error(602, request)
        return Answer(200, "text/xml", documents.xml(found), told="attributes")

    def _first_steps(self, request: Request) -> Answer:
        """Nobody has to sign in for it; the camera is not asked, so that strangers cannot speak to it."""
        told = documents.first_steps(self._office.profile, len(self._office.board.cameras))
        json_wanted = request.wants_json or not request.header("accept")
        return self._typed(one_line(told), json=True) if json_wanted else self._lines(documents.as_lines(told))

    def _theirs(self, request: Request) -> httpx.Response | None:
        """What the camera answers, when it is a document and no refusal."""
        if not self._session or not self._office.upstream:
            return None
        try:
            answer = self._session.document(request)
        except CameraAway as error:
            self._office.upstream.note(str(error))
            return None
        return None if answer.status_code != 200 or merging.refused(answer.text) else answer

    def _pass_on(self, request: Request, wire: Wire) -> bool:
        """Everything else is the camera's own matter: both ways as it is, without credentials."""
        assert self._session
        assert self._office.upstream
        begun = False
        try:
            with self._session.ask(request) as theirs:
                self._note(request, theirs.status_code, "the camera's answer")
                kind = theirs.headers.get("content-type", "application/octet-stream")
                length = [("Content-Length", theirs.headers["content-length"])] * ("content-length" in theirs.headers)
                wire.begin(theirs.status_code, [("Content-Type", kind), *returned_headers(theirs), *length])
                begun = True
                for data in theirs.iter_raw() if request.method != "HEAD" else ():
                    wire.write(data)
        except CameraAway as error:
            self._office.upstream.note(str(error))
            return not begun and self._write(request, wire, _plain(str(error), 502))
        return False

    def _error(self, code: int, request: Request) -> Answer:
        lines, told = documents.refusal(code)
        return self._typed(one_line(told), json=True) if request.wants_json else self._lines(lines, "\n")

    def _lines(self, lines: list[str], end: str = "") -> Answer:
        return self._typed((end or self._office.profile.wire.line_end).join(lines), json=False)

    def _typed(self, body: str, *, json: bool) -> Answer:
        wire = self._office.profile.wire
        kind, end = (wire.json_type, "") if json else (wire.text_type, wire.line_end)
        return Answer(200, kind, f"{body.rstrip()}{end}".encode(), told=body[:BODY_KEPT])

    def _write(self, request: Request, wire: Wire, answer: Answer) -> bool:
        self._note(request, answer.status, answer.told)
        return wire.answer(answer)

    def _note(self, request: Request, status: int, told: str) -> None:
        office = self._office
        if request.path in OUR_PATHS:
            return
        words = f"{request.method} {request.path}"
        office.last = {"at": now().isoformat(), "client": self.client, "request": words, "status": status}
        office.recorder.note(request, status, told)


def _plain(text: str, status: int) -> Answer:
    return Answer(status, "text/plain", text.encode(), told=text)


def _for_guests(key: tuple[str, str], action: str, request: Request) -> bool:
    """As at cameras: events and who the device is, nothing else.

    What a camera could read differently than we do is refused, since it is asked with an administrator's rights.
    """
    names = [name.lower() for name, _value in request.query]
    plain = request.path == f"/stw-cgi/{key[0]}.cgi" and len(names) == len(set(names)) and ";" not in request.target
    if request.method not in ("GET", "HEAD") or request.body or not plain:
        return False
    if key == ("eventstatus", "eventstatus"):
        return action in ACTIONS
    return (*key, action) in (("system", "deviceinfo", "view"), ("system", "date", "view"))
