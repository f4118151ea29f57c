"""What the database says of the integrations that exist."""

from __future__ import annotations

from sqlalchemy import select

from services.integrations.engine import catalogue
from services.integrations.engine.discover import Found, load
from shared.db.session import transaction
from shared.db.tables import IntegrationKind
from shared.testing import Site


def kinds(site: Site) -> dict[str, IntegrationKind]:
    with transaction(site.engine) as session:
        return {kind.name: kind for kind in session.scalars(select(IntegrationKind))}


def test_a_kind_that_breaks_keeps_its_form_and_says_why(site: Site) -> None:
    catalogue.publish(site.engine, [Found("nvr_text", load("nvr_text"))])
    catalogue.publish(site.engine, [Found("nvr_text", None, "ImportError: no x"), Found("new", None, "SyntaxError: y")])

    assert kinds(site)["nvr_text"].broken == "ImportError: no x"
    assert "host" in kinds(site)["nvr_text"].settings_schema["properties"]
    assert (kinds(site)["new"].title, kinds(site)["new"].broken) == ("new", "SyntaxError: y")

    catalogue.publish(site.engine, [Found("nvr_text", load("nvr_text"))])
    assert kinds(site)["nvr_text"].broken == ""


def test_a_kind_whose_folder_is_gone_is_marked(site: Site) -> None:
    catalogue.publish(site.engine, [Found("nvr_text", load("nvr_text")), Found("json_http", load("json_http"))])

    catalogue.forget_missing(site.engine, ["json_http"])

    assert kinds(site)["nvr_text"].broken == "This integration is not installed"
    assert kinds(site)["json_http"].broken == ""
