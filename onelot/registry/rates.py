"""Counting how often something is done within a minute, over all processes and machines that share the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import connection

from onelot.registry.models import Attempts

MINUTE = 60


def minute_of(now: datetime) -> int:
    """When the minute of ``now`` began, in seconds since 1970."""
    return int(now.timestamp()) // MINUTE * MINUTE


def seconds_left(now: datetime) -> int:
    """Until the next minute begins; at least 1."""
    return minute_of(now) + MINUTE - int(now.timestamp())


def count(key: str, now: datetime, by: int = 1) -> int:
    """Count ``by`` more in the minute of ``now``; how many there are in it with these."""
    begun = minute_of(now)
    until = datetime.fromtimestamp(begun + MINUTE, UTC)
    table = Attempts._meta.db_table  # noqa: SLF001 - the model's own name of its table
    with connection.cursor() as cursor:
        # One statement, so that two processes never count the same attempt.
        cursor.execute(
            f"INSERT INTO {table} (key, until, count) VALUES (%s, %s, %s) "  # noqa: S608
            f"ON CONFLICT (key) DO UPDATE SET count = {table}.count + EXCLUDED.count RETURNING count",
            [f"{key[:140]}:{begun}", connection.ops.adapt_datetimefield_value(until), by],
        )
        found = int(cursor.fetchone()[0])
    if found == by:
        Attempts.objects.filter(until__lt=now - timedelta(seconds=MINUTE)).delete()
    return found
