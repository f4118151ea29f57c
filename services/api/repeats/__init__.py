"""A request with an `Idempotency-Key` is done once, however often it is sent."""

from services.api.repeats.route import OnceRoute, is_once, once

__all__ = ["OnceRoute", "is_once", "once"]
