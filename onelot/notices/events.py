"""What people want to be mailed, and in which language. The mails themselves are no facts."""

from __future__ import annotations

from typing import Literal

from onelot.kernel.events import Event

Language = Literal["en", "de"]


class MailChosen(Event, tag="notices.mail_chosen.v1"):
    """A person said how notices come to them; a later choice supersedes an earlier one."""

    person: str
    language: Language
    declined: tuple[str, ...] = ()
    """Kinds of notices that are not to be mailed; those about access and the ledger always are."""


EVENTS: tuple[type[Event], ...] = (MailChosen,)
"""What the ledger may hold of this room."""
