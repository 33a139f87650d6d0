"""For machines that watch the site: does it live, can it work, how is it doing."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from onelot.jobs.queries import counts, living_workers, overdue
from onelot.kernel.clock import system_clock
from onelot.review.desk.queries import all_lanes
from onelot.settings.configuration import configuration
from onelot.settings.stores import site_ledger
from onelot.web.measuring import requests_registry


@login_not_required
@require_GET
def lives(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("lives\n", content_type="text/plain")


@login_not_required
@require_GET
def ready(_request: HttpRequest) -> HttpResponse:
    """What pages need is there, or 503. A worker that does not live is told, and stops no page."""
    needed = {
        "database": _holds(_database), "migrations": _holds(_migrations), "evidence": _holds(_evidence),
    }  # fmt: skip
    told = {**needed, "worker": _holds(_worker)}
    return JsonResponse(told, status=200 if all(needed.values()) else 503)


@login_not_required
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for who knows the token (``ONELOT_METRICS_TOKEN``); for others there is no such page."""
    token = configuration.metrics_token.get_secret_value()
    given = request.headers.get("Authorization", "")
    if not token or not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Http404
    state = CollectorRegistry()
    state.register(State())
    return HttpResponse(
        generate_latest(requests_registry()) + generate_latest(state), content_type=CONTENT_TYPE_LATEST
    )


class State(Collector):
    """How the installation is now, read from the database when asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The ledger's size, jobs by state, workers, lots in each lane."""
        yield GaugeMetricFamily("onelot_ledger_entries", "Entries of the ledger", value=site_ledger().size())
        jobs = GaugeMetricFamily("onelot_jobs", "Jobs by state", labels=["state"])
        for state, count in counts().items():
            jobs.add_metric([state], count)
        yield jobs
        now = system_clock()
        yield GaugeMetricFamily(
            "onelot_jobs_overdue",
            "Jobs that waited a minute for a worker",
            value=overdue(now, timedelta(minutes=1)),
        )
        yield GaugeMetricFamily("onelot_workers", "Workers that live", value=len(living_workers(now)))
        lanes = GaugeMetricFamily("onelot_queue_lots", "Lots in each lane of the queue", labels=["lane"])
        for lane, count in all_lanes().items():
            lanes.add_metric([lane], count)
        yield lanes


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except Exception:  # noqa: BLE001 - whatever is wrong, the answer is no
        return False


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return bool(cursor.fetchone())


def _migrations() -> bool:
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def _evidence() -> bool:
    folder: Path = configuration.home / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        return file.write(b"x") == 1


def _worker() -> bool:
    return bool(living_workers(system_clock()))
