"""A record in onelot's own JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from onelot.intake.json_record import FORMAT
from onelot.kernel.events import Event


def json_record(events: Sequence[Event], *, document: str, sender: str, issued_at: datetime) -> bytes:
    """The events as one ``onelot-record/1`` file, indented so that people can read it."""
    record = {
        "format": FORMAT, "document": document, "sender": sender, "issued_at": issued_at, "events": list(events),
    }  # fmt: skip
    return msgspec.json.format(msgspec.json.encode(record), indent=1) + b"\n"
