"""Dossiers as work in the background."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from onelot.disposition.dossier.service import Keys, file_name, known_language, make_dossier
from onelot.jobs.kinds import Kind, Outcome, Work
from onelot.jobs.models import Job
from onelot.jobs.service import enqueue
from onelot.kernel.clock import Clock
from onelot.registry.permissions import Actor

KIND = "dossier.make"


def ask_for_dossier(*, lot: str, position: int, language: str, by: Actor, clock: Clock) -> Job:
    """Ask for a lot's dossier up to a ledger position; asking twice makes one. The caller knows that they may.

    Raises Refused (``dossier.language``).
    """
    return enqueue(
        KIND, {"lot": lot, "position": position, "language": known_language(language)},
        key=f"{KIND}:{by.person}:{position}:{language}:{lot}", by=by, about=lot, once=True, clock=clock,
    )  # fmt: skip


def make(work: Work) -> Outcome:
    """Make the dossier; another attempt makes the same bytes. Raises Refused as ``make_dossier`` does."""
    lot, position = str(work.arguments["lot"]), int(work.arguments["position"])
    place = work.place
    data = make_dossier(
        place.ledger, place.evidence, lot, keys=Keys(place.signing_key(), place.sealing_key()), position=position,
        language=str(work.arguments.get("language", "en")),
        progress=lambda what, done, of: work.tell(done / of, what),
    )  # fmt: skip
    return Outcome(f"{lot}, up to entry {position}", place.evidence.put(data), file_name(lot))


KINDS = (Kind(KIND, gettext_noop("Make a dossier"), make, permission="dossier.open", attempts=3),)
PERIODIC = ()
