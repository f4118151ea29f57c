"""Everything Platewire raises on purpose.

PlatewireError
├── InvalidMessage      a stream entry that can never be handled: dead-letter it
├── Retry               outgoing work failed for now: try again later
│   └── NotSent         … before anything was sent: the peer certainly did nothing
├── Reject              outgoing work is refused for good: dead letter
│   └── Unauthorised    … until a person mends the credentials
├── BadPicture          not a picture, broken, or too large to be decoded safely
├── SourceError         a camera or file cannot be read; the sentence says why
├── Missing             the thing asked for does not exist            404
├── Conflict            it would contradict something that exists     409
└── Invalid             the request is understood and wrong           422
"""

from __future__ import annotations

from enum import StrEnum


class PlatewireError(Exception):
    """Root of the tree; the message is one sentence for a person."""


class InvalidMessage(PlatewireError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Trouble(StrEnum):
    """What is wrong with a peer, in the words that a person who sets it up can act on."""

    CANNOT_CONNECT = "cannot_connect"
    CERTIFICATE = "certificate"
    CREDENTIALS = "credentials"
    RIGHTS = "rights"
    """The credentials hold, but may not do this."""
    WRONG_DEVICE = "wrong_device"
    """Something else answers there."""
    OTHER = "other"


class Retry(PlatewireError):
    """Temporary failure of a delivery; `after` is the peer's wish in seconds (Retry-After), if it had one."""

    def __init__(
        self, reason: str, after: float | None = None, status: int | None = None, trouble: Trouble = Trouble.OTHER
    ) -> None:
        super().__init__(reason)
        self.reason, self.after, self.status, self.trouble = reason, after, status, trouble


class NotSent(Retry):
    """Nothing of the request went out: no address, no connection, no trust. The peer certainly did nothing."""


class Reject(PlatewireError):
    """Permanent failure of a delivery; `reason` may quote the peer's answer."""

    def __init__(self, reason: str, status: int | None = None, trouble: Trouble = Trouble.OTHER) -> None:
        super().__init__(reason)
        self.reason, self.status, self.trouble = reason, status, trouble


class Unauthorised(Reject):
    """The peer refuses our credentials or their rights: a person must mend the destination's settings."""

    def __init__(self, reason: str, status: int | None = None, trouble: Trouble = Trouble.CREDENTIALS) -> None:
        super().__init__(reason, status, trouble)


class BadPicture(PlatewireError):
    """The bytes cannot become a picture."""


class SourceError(PlatewireError):
    """A camera or file cannot be read. Never holds credentials."""


class Missing(PlatewireError):
    def __init__(self, what: str, name: object) -> None:
        super().__init__(f"There is no {what} {name}")
        self.what, self.name = what, name


class Conflict(PlatewireError):
    """Names of what stands in the way belong in the sentence."""


class Invalid(PlatewireError):
    """A value breaks a rule; `field` names it when there is one."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.field = field
