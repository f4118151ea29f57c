"""The application of the REST API's tests, with the WebAPI's rate limit out of the way."""

from __future__ import annotations

import pytest

from services.api.webapi.site_settings import WebApiRates
from shared.credentials import Role, create_user
from shared.db.session import transaction
from shared.device_accounts import mark_device
from shared.secrets import Vault
from shared.site import save
from tests.integration.api.gateway import PASSWORD, Api
from tests.integration.api.webapi.asking import DEVICE


@pytest.fixture(autouse=True)
def _device_and_rate(api: Api) -> None:
    """A device account, and no rate limit; both stay as every test found them because each has its own site."""
    vault = Vault(api.site.settings.secret_key.get_secret_value())
    with transaction(api.site.engine) as session:
        mark_device(session, vault, create_user(session, DEVICE, Role.ADMIN, PASSWORD), PASSWORD)
        save(session, WebApiRates(value=10_000))
