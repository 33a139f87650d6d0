"""Pages of a list by a cursor: the place after the last row that was given, so that no row is missed or given twice."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import HttpRequest

from onelot.kernel.refusals import Refused, refuse
from onelot.ledger.entry import Entry

Row = TypeVar("Row", bound=Model)


def rows_after(
    rows: QuerySet[Row], order: Sequence[OrderBy], *, name: str, cursor: str, limit: int
) -> tuple[list[Row], str]:
    """The next ``limit`` rows in an order that ends with a unique column; the cursor after them, empty at the end.

    Raises Refused (``jsonapi.cursor``) for a cursor of another list or order.
    """
    if cursor:
        rows = rows.filter(_beyond(rows, order, _values(cursor, name, len(order))))
    found = list(rows.order_by(*order)[: limit + 1])
    if len(found) <= limit:
        return found, ""
    last = found[limit - 1]
    values = [_written(getattr(last, _column(by))) for by in order]
    return found[:limit], _encoded([name, *values])


def entries_after(entries: Iterable[Entry], limit: int, *, name: str) -> tuple[list[Entry], str]:
    """The next ``limit`` of entries that begin where ``position_of`` said."""
    found = list(islice(entries, limit + 1))
    if len(found) <= limit:
        return found, ""
    return found[:limit], _encoded([name, found[limit - 1].position])


def position_of(cursor: str, *, name: str) -> int:
    """The ledger position after which to go on. Raises Refused (``jsonapi.cursor``)."""
    if not cursor:
        return 0
    (position,) = _values(cursor, name, 1)
    if not isinstance(position, int) or isinstance(position, bool) or not 0 <= position < 1 << 62:
        raise _wrong()
    return position


def next_link(request: HttpRequest, cursor: str) -> str | None:
    """The address of the next page; None at the end."""
    if not cursor:
        return None
    query = request.GET.copy()
    query["cursor"] = cursor
    return f"{request.path}?{query.urlencode()}"


def _beyond(rows: QuerySet[Row], order: Sequence[OrderBy], values: list[Any]) -> Q:
    """Rows after one with these values: greater in the first column in which they differ; nothing known comes last."""
    found, equal = Q(pk__in=[]), Q()
    for by, raw in zip(order, values, strict=True):
        column = _column(by)
        value = _read(rows, column, raw)
        if value is None:
            equal &= Q(**{f"{column}__isnull": True})
            continue
        found |= equal & (
            Q(**{f"{column}__{'lt' if by.descending else 'gt'}": value}) | Q(**{f"{column}__isnull": True})
        )
        equal &= Q(**{column: value})
    return found


def _column(by: OrderBy) -> str:
    column: Any = by.expression
    return str(column.name)


def _read(rows: QuerySet[Row], column: str, raw: Any) -> Any:
    if raw is None:
        return None
    field: Any = rows.model._meta.get_field(column)  # noqa: SLF001 - Django's documented interface
    try:
        value = field.to_python(raw)
        field.get_prep_value(value)
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise _wrong() from error
    if isinstance(value, int) and abs(value) >= 1 << 62:
        raise _wrong()
    if hasattr(value, "tzinfo") and value.tzinfo is None:
        raise _wrong()
    return value


def _written(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _encoded(values: list[Any]) -> str:
    data = json.dumps(values, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _values(cursor: str, name: str, count: int) -> list[Any]:
    try:
        data = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        found = json.loads(data.decode("utf-8"))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise _wrong() from error
    if not isinstance(found, list) or len(found) != count + 1 or found[0] != name:
        raise _wrong()
    if any(not isinstance(value, str | int | None) or "\x00" in str(value) for value in found):
        raise _wrong()
    try:
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise _wrong() from error
    return found[1:]


def _wrong() -> Refused:
    return refuse(
        "jsonapi.cursor", "This is no cursor of this list.", where="cursor",
        expected="what the answer before gave, with the same filters and order",
        hint="Begin again without a cursor.",
    )  # fmt: skip
