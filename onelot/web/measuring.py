"""Each request is counted, timed and logged by the name of its route: never by its address, which may name a lot."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

from onelot.kernel.ids import new_id

_log = logging.getLogger("onelot.requests")
REQUESTS = Counter("onelot_requests", "Requests answered", ["route", "method", "status"])
SECONDS = Histogram(
    "onelot_request_seconds", "Time to answer", ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

GetResponse = Callable[[HttpRequest], HttpResponse]


class MeasureMiddleware:
    """Gives each answer the request's number (X-Request-ID), under which it is logged."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and note how long it took."""
        begun, number = time.perf_counter(), new_id()
        response = self._get_response(request)
        seconds = time.perf_counter() - begun
        found = request.resolver_match
        route = found.view_name or "unnamed" if found else "unknown"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(route, method, response.status_code).inc()
        SECONDS.labels(route).observe(seconds)
        response.headers["X-Request-ID"] = number
        _log.info("answered", extra={
            "request_id": number, "route": route, "method": method, "status": response.status_code,
            "ms": round(1000 * seconds, 1),
        })  # fmt: skip
        return response


def requests_registry() -> CollectorRegistry:
    """What all processes of the site counted, where there are several."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return together
