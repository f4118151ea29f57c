"""Who did what: `audit.record` writes it in the transaction of the change, the endpoints search and export it."""

from __future__ import annotations

from services.api.audit.writing import record

__all__ = ["record"]
