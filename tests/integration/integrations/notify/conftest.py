"""The chat services, behind TLS, and what makes us believe them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.integration.integrations.conftest import Certificate
from tests.simulators.chat_services import ChatServices


@pytest.fixture
def chats(certificate: Certificate) -> Iterator[ChatServices]:
    with ChatServices(certificate=certificate.files) as running:
        yield running


@pytest.fixture
def trusted(certificate: Certificate) -> dict[str, Any]:
    return {"ca": certificate.pem, "timeout": 2}
