"""What administrators' forms say, read strictly: dates are days of UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from onelot.kernel.refusals import refuse


def day(text: str, where: str) -> datetime:
    """The first instant of a day. Raises Refused (``people.day``)."""
    try:
        found = datetime.strptime(text.strip(), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise refuse(
            "people.day", "This is not a day.", where=where, expected="a day such as 2026-12-31", got=text[:40]
        ) from error  # fmt: skip
    return found


def last_day(text: str, where: str) -> datetime | None:
    """The first instant after a day, so that the whole day counts; None where none was named."""
    if not text.strip():
        return None
    if text.strip() == "9999-12-31":
        raise refuse("people.day", "There is no day after this one.", where=where, got=text)
    return day(text, where) + timedelta(days=1)


def ledger_position(text: str) -> int:
    """The position at which a page was read. Raises Refused (``people.form``)."""
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise refuse(
            "people.form", "The form is not whole.", where="seen", expected="a ledger position", got=text[:40]
        )
    return int(text)
