"""Which characters a name or note may hold, said once for validators and schemas alike."""

from __future__ import annotations

import re

UNSEEN = "\\x00-\\x1f\\x7f-\\x9f\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff\\ufff9-\\ufffb"
"""Controls, and what changes how the characters beside it are shown; for the inside of a [set] in a pattern."""
_UNSEEN = re.compile(f"[{UNSEEN}]")


def has_unseen(text: str) -> bool:
    return _UNSEEN.search(text) is not None
