"""Figures for Prometheus; give its scraper an API key with the scope metrics:read."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from services.api.access import allow
from services.api.deps import Site
from services.api.metrics.collector import SiteCollector
from shared.credentials import Scope

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=Response)
@allow(Scope.METRICS_READ)
def get_metrics(site: Site) -> Response:
    """The site's figures in the Prometheus text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(SiteCollector(site))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
