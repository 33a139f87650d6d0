"""Keeps what people chose."""

from __future__ import annotations

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.notices.events import MailChosen
from onelot.notices.models import MailChoice


def _chosen(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, MailChosen)
    said = {"language": event.language, "declined": list(event.declined)}
    MailChoice.objects.update_or_create(person=event.person, defaults=said)


PROJECTOR = Projector(models=(MailChoice,), handlers={MailChosen: _chosen})
