"""What a person chooses about their mails. The only writer of this room's events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args

from django.conf import settings

from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import refuse
from onelot.ledger.entry import Draft
from onelot.ledger.store import Ledger
from onelot.notices.events import Language, MailChosen
from onelot.notices.kinds import notices
from onelot.notices.models import MailChoice
from onelot.registry.permissions import Actor

LANGUAGES: tuple[Language, ...] = get_args(Language)


@dataclass(frozen=True)
class Mails:
    """One person's own choice."""

    ledger: Ledger
    actor: Actor
    clock: Clock = system_clock

    def choose(self, *, language: str, declined: Sequence[str]) -> None:
        """Be mailed in ``language``, without the kinds that are ``declined``.

        Raises Refused: ``notices.language``, ``notices.mandatory``.
        """
        found = next((one for one in LANGUAGES if one == language), None)
        if found is None:
            raise refuse(
                "notices.language", "There are no mails in this language.", where="language",
                expected=", ".join(LANGUAGES), got=language[:20],
            )  # fmt: skip
        optional = {name for name, notice in notices().items() if not notice.is_mandatory}
        if wrong := set(declined) - optional:
            raise refuse(
                "notices.mandatory", "These notices cannot be declined.", where="declined",
                expected=", ".join(sorted(optional)), got=", ".join(sorted(wrong))[:80],
            )  # fmt: skip
        event = MailChosen(person=self.actor.person, language=found, declined=tuple(sorted(set(declined))))
        draft = Draft(
            event=event, actor=self.actor.who, occurred_at=self.clock(), tags=(f"person:{event.person}",)
        )
        self.ledger.append([draft])


def choice_of(person: str) -> MailChoice:
    """What a person chose, or what holds for who chose nothing."""
    found = MailChoice.objects.filter(person=person).first()
    return found or MailChoice(person=person, language=settings.LANGUAGE_CODE, declined=[])
