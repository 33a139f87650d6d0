"""The limit of requests holds for all processes together, and costs few writes."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from onelot.jsonapi.allowance import Allowance
from onelot.registry.models import Attempts
from tests.site import NOW

PREPARE = "from onelot.settings.stores import open_ledger; open_ledger(create=True)"
TAKE = """
import sys
from datetime import datetime
from onelot.settings.stores import open_ledger
open_ledger()
from onelot.jsonapi.allowance import Allowance
allowance, now = Allowance(), datetime.fromisoformat(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
print(sum(allowance.take("system:S", now, int(sys.argv[2])) is None for _ in range(int(sys.argv[2]))))
"""


@pytest.mark.parametrize("limit", [7, 100])
def test_two_processes_at_once_give_no_more_than_the_limit(database: dict[str, str], limit: int) -> None:
    """Each asks as often as all may together; so half of it is refused, whoever was quicker."""
    root = Path(__file__).parents[2]
    environment = {**os.environ, **database}
    subprocess.run([sys.executable, "-c", PREPARE], env=environment, check=True, cwd=root)
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", TAKE, NOW.isoformat(), str(limit)], env=environment, cwd=root, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for _ in range(2)
    ]  # fmt: skip
    for process in asking:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in asking:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    given_out = [int(process.communicate()[0]) for process in asking]
    assert sum(given_out) == limit


@pytest.mark.site
@pytest.mark.django_db
@examples(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 59)), max_size=80), limit=st.integers(1, 50)
)
def test_in_no_minute_is_more_given_than_the_limit(asked: list[tuple[int, int]], limit: int) -> None:
    Attempts.objects.all().delete()
    processes = [Allowance() for _ in range(3)]
    granted = sum(processes[n].take("system:S", NOW + timedelta(seconds=s), limit) is None for n, s in asked)
    assert granted <= limit
    if len({n for n, _ in asked}) <= 1:
        assert granted == min(limit, len(asked)), "one process alone gives the whole"


@pytest.mark.site
@pytest.mark.django_db
def test_the_next_minute_begins_anew_and_callers_do_not_share(settings: Any) -> None:
    allowance = Allowance()
    assert [allowance.take("system:S", NOW, 2) is None for _ in range(3)] == [True, True, False]
    assert allowance.take("system:T", NOW, 2) is None
    refused = allowance.take("system:S", NOW + timedelta(seconds=59), 2)
    assert refused is not None
    assert "1 seconds" in refused.refusals[0].hint
    assert allowance.take("system:S", NOW + timedelta(seconds=60), 2) is None


@pytest.mark.site
@pytest.mark.django_db
def test_most_requests_write_nothing() -> None:
    allowance = Allowance()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(600):
            assert allowance.take("system:S", NOW, 600) is None
    written = [query for query in queries if query["sql"].startswith("INSERT")]
    assert len(written) == 20
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            assert allowance.take("system:S", NOW, 600) is not None
    assert len(queries) <= 1, "who is over the limit costs nothing more"
