"""A delivery as what goes on the wire; pure."""

from __future__ import annotations

import json

from services.integrations._template.settings import Settings
from shared.messages import Delivery
from shared.wording import fill, one_line, values_of


def build(delivery: Delivery, settings: Settings) -> bytes:
    """The same delivery gives the same bytes at each try."""
    return json.dumps({"text": fill(settings.text, values_of(delivery), one_line)}).encode()
