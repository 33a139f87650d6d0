"""Facts about onelot's own users: their training, and reviews of their roles.

``registry.events.TrainingRecorded`` is what a plant reports of its operators, as evidence for reviews. A record from
elsewhere must not let anybody act in onelot, so the training of onelot's users is a fact of its own.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Literal

from onelot.kernel.events import Event


class UserTrained(Event, tag="registry.user_trained.v1"):
    """A user's valid training in one curriculum (21 CFR 11.10(i)). Said again, it replaces what was said before.

    The reason names the evidence, for example the number of the training record.
    """

    reason_required: ClassVar[bool] = True

    person: str
    curriculum: str
    valid_from: datetime
    valid_until: datetime | None = None
    """From this instant on it is not valid any more; None: no end."""


class GrantsReviewed(Event, tag="registry.grants_reviewed.v1"):
    """Somebody else went through all roles of one person (EU GMP Annex 11, 12; 21 CFR 11.10(d)).

    The reason says what was found.
    """

    reason_required: ClassVar[bool] = True

    person: str
    outcome: Literal["kept", "to_change"]
    grants: tuple[str, ...]
    """Identifiers of the grants as they stood."""


EVENTS: tuple[type[Event], ...] = (UserTrained, GrantsReviewed)
