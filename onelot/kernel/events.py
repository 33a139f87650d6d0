"""The shape of every event, and of an event together with where it was found."""

from __future__ import annotations

from typing import ClassVar, dataclass_transform

import msgspec

TYPE_MEMBER = "@type"
"""The JSON member that names an event's type. In canonical JSON it sorts before all others, so a reader knows the type
before the fields, which saves it a pass over them."""


# Tells type checkers what msgspec passes on at run time: subclasses are frozen and keyword-only too.
@dataclass_transform(frozen_default=True, kw_only_default=True)
class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag_field=TYPE_MEMBER,
    gc=False,  # frozen and without cycles: the collector need not look at millions of them
):
    """A fact: frozen, typed, with an explicit versioned name (its ``tag``).

    Times are aware datetimes as recorded (RFC 3339 with offset). Measured values are text as recorded.
    """

    reason_required: ClassVar[bool] = False
    """Whether the ledger refuses such an event without a reason (21 CFR 11.10(e), EU GMP Annex 11, 9)."""

    @classmethod
    def event_name(cls) -> str:
        """The versioned name, for example ``execution.parameter_recorded.v1``."""
        return str(cls.__struct_config__.tag)


class Sourced(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An event with its evidence: ledger position and place in the source document."""

    position: int
    """Ledger position; for a record reviewed without a ledger, the count from 1 in reading order."""
    event: Event
    document: str = ""
    """SHA-256 of the source file in the evidence store; empty for an event born in onelot."""
    place: str = ""
    """Where in that file: element path, ``sheet!cell``, ``line 12``, JSON pointer."""
