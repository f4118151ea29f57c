"""A running application on a fresh site."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from services.api.app import create_app
from shared.credentials import Role, create_api_key, create_user
from shared.db.session import transaction
from shared.db.tables import IntegrationKind
from shared.testing import Site
from tests.integration.api.gateway import PASSWORD, SCHEMA, Api


@pytest.fixture
def api(site: Site) -> Iterator[Api]:
    with transaction(site.engine) as session:
        create_user(session, "admin", Role.ADMIN, PASSWORD)
        create_user(session, "guard", Role.VIEWER, PASSWORD)
        key = create_api_key(session, "everything", ["*"])
        session.add(IntegrationKind(name="json_http", title="JSON", version="1", settings_schema=SCHEMA))
    with TestClient(create_app(site.settings), base_url="http://platewire.test") as client:
        yield Api(site, client, key)
