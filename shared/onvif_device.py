"""One ONVIF device that is asked things: by HTTP Digest and WS-UsernameToken at once, and by the device's own clock."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta

import httpx

from shared import onvif
from shared.addresses import Reach
from shared.certificates import Trust
from shared.clock import now
from shared.errors import Reject, Retry, Trouble, Unauthorised
from shared.onvif import TDS
from shared.peer import Peer, judge
from shared.peer_http import PeerTransport

_TYPE = "application/soap+xml; charset=utf-8"
_MOST = 1 << 18
"""Bytes of an answer; a camera with many profiles says a lot."""
_SERVICES = f'<GetServices xmlns="{TDS}"><IncludeCapability>false</IncludeCapability></GetServices>'
_ahead: dict[str, timedelta] = {}
"""By how much a device's clock is ahead of ours; asked anew when it refuses a token."""
_lock = threading.Lock()


PUBLIC = Trust()
"""Certificates of public authorities."""


class NotSupported(Reject):
    """The service does not have the operation."""


class OnvifDevice:
    """Where a device is and who we are to it.

    Args:
        base: `http://host:port`.
        path: of the device service.
        timeout: seconds for one request.
    """

    def __init__(self, base: str, path: str, user: str, password: str, timeout: float, trust: Trust = PUBLIC) -> None:
        self._base, self._path, self._timeout, self._trust = base, path, timeout, trust
        self._user, self._password = user, password
        self._auth = httpx.DigestAuth(user, password) if user else None

    def ask(self, body: str, operation: str, space: str = TDS, path: str = "") -> str:
        """The answer's text. Raises NotSent, Retry, Reject, Unauthorised.

        A refused token may be one of the wrong time: the device's is asked and the call made once more.
        """
        try:
            return self._call(body, operation, space, path)
        except Unauthorised:
            if not self._user or not self._learn_time():
                raise
        return self._call(body, operation, space, path)

    def service(self, space: str) -> str:
        """The path of another of its services; empty when it has none."""
        return onvif.service_path(self.ask(_SERVICES, "GetServices"), space)

    def _call(self, body: str, operation: str, space: str, path: str, *, signed: bool = True) -> str:
        token = self._token() if signed and self._user else None
        headers = {"content-type": f'{_TYPE}; action="{space.replace("deviceIO", "deviceio")}/{operation}"'}
        transport = PeerTransport(Reach.from_environment(), self._timeout, self._trust)
        with Peer(transport, self._timeout, self._auth) as peer:
            url = self._base + (path or self._path)
            answer = peer.send("POST", url, headers, onvif.envelope(body, token), limit=_MOST)
        text = answer.text
        if "Envelope" not in text:
            judge(answer, "The device")
        if told := onvif.fault(text):
            raise _refusal(told)
        judge(answer, "The device")
        if f"{operation}Response" not in text:
            raise Retry("the device's answer is none to the question", trouble=Trouble.WRONG_DEVICE)
        return text

    def _token(self) -> onvif.Token:
        created = now() + _ahead.get(self._base, timedelta())
        return onvif.Token(self._user, self._password, secrets.token_bytes(16), created)

    def _learn_time(self) -> bool:
        """Whether the device's clock is another one than we believed."""
        operation = "GetSystemDateAndTime"
        told = onvif.device_time(self._call(f'<{operation} xmlns="{TDS}"/>', operation, TDS, "", signed=False))
        with _lock:
            before = _ahead.get(self._base, timedelta())
            _ahead[self._base] = told - now()
        return abs(told - now() - before) > timedelta(seconds=2)


def _refusal(told: str) -> Reject:
    """A fault is an answer to a call that was not carried out."""
    if "NotAuthorized" in told or "FailedAuthentication" in told:
        return Unauthorised(told)
    if "ActionNotSupported" in told:
        return NotSupported(told)
    return Reject(f"The device answers with a fault, {told}")
