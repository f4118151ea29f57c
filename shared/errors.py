"""Everything Platewire raises on purpose.

PlatewireError
├── InvalidMessage      a stream entry that can never be handled: dead-letter it
├── Retry               outgoing work failed for now: try again later
├── Reject              outgoing work is refused for good: dead letter
│   └── Unauthorised    … until a person mends the credentials
├── BadPicture          not a picture, broken, or too large to be decoded safely
├── SourceError         a camera or file cannot be read; the sentence says why
├── Missing             the thing asked for does not exist            404
├── Conflict            it would contradict something that exists     409
└── Invalid             the request is understood and wrong           422
"""

from __future__ import annotations


class PlatewireError(Exception):
    """Root of the tree; the message is one sentence for a person."""


class InvalidMessage(PlatewireError):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Retry(PlatewireError):
    """Temporary failure of a delivery; `after` is the peer's wish in seconds (Retry-After), if it had one."""

    def __init__(self, reason: str, after: float | None = None, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.after, self.status = reason, after, status


class Reject(PlatewireError):
    """Permanent failure of a delivery; `reason` may quote the peer's answer."""

    def __init__(self, reason: str, status: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.status = reason, status


class Unauthorised(Reject):
    """The peer refuses our credentials: a person must mend the destination's settings."""


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
