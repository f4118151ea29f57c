"""One server as we know it: what it is, our sign-in and its devices, kept from delivery to delivery."""

from __future__ import annotations

import logging
import threading
import time

import httpx

from services.integrations.wave import about, answers
from services.integrations.wave.about import About
from services.integrations.wave.answers import REFUSED_FOR, LockedOut
from services.integrations.wave.devices import Device, devices, match
from services.integrations.wave.dialects import Call, Dialect, Rest
from services.integrations.wave.settings import Settings
from services.integrations.wave.sign_in import Digest, Session, SignIn, by_session, digest_of
from shared.addresses import Reach
from shared.certificates import Trust
from shared.errors import PlatewireError, Reject, Retry, Trouble, Unauthorised
from shared.messages import CameraCard
from shared.peer import Peer
from shared.peer_http import PeerTransport

logger = logging.getLogger(__name__)

BUDGET = 25.0
"""Seconds in which a delivery begins its last request; with a wait for its turn it stays within the lease."""
DEVICES_KEPT = 30.0
"""Seconds before a camera that is not among the devices makes us ask for them again."""
LIMIT = 32_000_000
"""Bytes of one answer: the list of some thousand devices."""


class Server:
    """Not for several threads at once: whoever uses it holds `turn` and calls `begin` first."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.turn = settings, threading.Lock()
        reach = Reach.from_environment(allow_private=settings.allow_private)
        trust = Trust(settings.ca, settings.fingerprint, anybody=not settings.verify)
        self._transport = PeerTransport(reach, settings.timeout, trust, kept=True)
        self._open = Peer(self._transport, settings.timeout)
        self._by_digest = Peer(self._transport, settings.timeout, digest_of(settings))
        self._about: About | None = None
        self._sign_in: SignIn | None = None
        self._devices: list[Device] | None = None
        self._refusal: Unauthorised | LockedOut | None = None
        self._refused_until = self._devices_until = self._over = 0.0

    def begin(self) -> None:
        """Starts the time that a delivery may take in all."""
        self._over = time.monotonic() + BUDGET

    def close(self) -> None:
        """Signs out and closes the connections; a later use opens new ones."""
        with self.turn:
            self.begin()
            try:
                if self._sign_in:
                    self._sign_in.end()
            except PlatewireError as error:
                logger.info("could not sign out", extra={"host": self.settings.host, "reason": str(error)})
            self._transport.close()

    def about(self) -> About:
        """What the server is. Raises Retry, Reject."""
        if self._about is None:
            found = (about.introduced(self._introduction(call)) for call in about.INTRODUCTIONS)
            self._about = next((one for one in found if one), None)
        if self._about is None:
            raise about.stranger()
        return self._about

    @property
    def dialect(self) -> Dialect:
        return self.about().dialect

    def ask(self, call: Call) -> httpx.Response:
        """The server's answer to our user, whatever its status but for a refused sign-in.

        Raises:
            Retry: no answer in time, no connection, the user is locked out.
            Unauthorised: the server does not let the user in.
            Reject: what answers is no such server.
        """
        # A refused sign-in is not repeated at once, or the server would lock the user out.
        if self._refusal and time.monotonic() < self._refused_until:
            raise self._refusal.with_traceback(None)
        try:
            answer = self._signed(call)
            answers.refuse_credentials(answer)
        except (Unauthorised, LockedOut) as error:
            if error.trouble is Trouble.CREDENTIALS:
                self._refusal, self._refused_until = error, time.monotonic() + REFUSED_FOR
                self._about = self._sign_in = None
            raise
        return answer

    def devices(self, *, fresh: bool = False) -> list[Device]:
        """The devices that our user sees. Raises as ask does."""
        if self._devices is None or fresh:
            answer = self.ask(self.dialect.devices())
            answers.judged(answer)
            try:
                found = devices(answers.document(answer))
            except ValueError:
                raise Retry("The server's list of devices cannot be understood", status=answer.status_code) from None
            if not found:
                raise Unauthorised("The user sees no camera of the server", answer.status_code, Trouble.RIGHTS)
            self._devices, self._devices_until = found, time.monotonic() + DEVICES_KEPT
        return self._devices

    def device(self, card: CameraCard) -> Device:
        """The device of one of our cameras; a new one may not be among those that we know. Raises as ask does."""
        chosen = self.settings.cameras.get(card.name, "")
        try:
            return match(self.devices(), card, chosen)
        except Reject as error:
            if isinstance(error, Unauthorised) or time.monotonic() < self._devices_until:
                raise
        return match(self.devices(fresh=True), card, chosen)

    def _signed(self, call: Call) -> httpx.Response:
        if self._sign_in is None:
            session = by_session(self._send, self._open, self.dialect, self.settings)
            self._sign_in = self._session() if session else Digest(self._send, self._by_digest, self.settings.user)
        answer = self._sign_in.send(call)
        if isinstance(self._sign_in, Digest) and answers.wants_session(answer):
            # What was a server without sessions when we asked it may be a newer one by now.
            self._about = None
            if isinstance(self.dialect, Rest):
                self._sign_in = self._session()
                return self._sign_in.send(call)
        return answer

    def _session(self) -> Session:
        dialect = self.dialect
        return Session(self._send, self._open, dialect.version if isinstance(dialect, Rest) else 1, self.settings)

    def _introduction(self, call: Call) -> httpx.Response:
        try:
            # What answers may be anything, also something that closes connections without saying so.
            return self._send(self._open, call, {"connection": "close"})
        except Retry as error:
            if self.settings.https or error.trouble is not Trouble.CANNOT_CONNECT or "broke off" not in error.reason:
                raise
            raise Retry(f"{error.reason}; does it want HTTPS?", trouble=error.trouble) from None

    def _send(self, peer: Peer, call: Call, headers: dict[str, str]) -> httpx.Response:
        if time.monotonic() > self._over:
            raise Retry(f"The server answers too slowly: {BUDGET:g} seconds were not enough for one delivery")
        told = {"content-type": "application/json"} if call.body is not None else {}
        return peer.send(call.method, self.settings.base + call.target, told | headers, call.body, LIMIT)
