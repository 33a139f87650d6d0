"""Dossiers as work in the background."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from onelot.disposition.dossier.service import Keys, file_name, make_dossier
from onelot.jobs.kinds import Kind, Outcome, Work
from onelot.jobs.models import Job
from onelot.jobs.service import enqueue
from onelot.kernel.clock import Clock
from onelot.registry.permissions import Actor

KIND = "dossier.make"


def ask_for_dossier(*, lot: str, position: int, by: Actor, clock: Clock) -> Job:
    """Ask for a lot's dossier up to a ledger position; asking twice makes one. The caller knows that they may."""
    return enqueue(
        KIND, {"lot": lot, "position": position}, key=f"{KIND}:{by.person}:{position}:{lot}", by=by, about=lot,
        once=True, clock=clock,
    )  # fmt: skip


def make(work: Work) -> Outcome:
    """Make the dossier; another attempt makes the same bytes. Raises Refused as ``make_dossier`` does."""
    lot, position = str(work.arguments["lot"]), int(work.arguments["position"])
    place = work.place
    data = make_dossier(
        place.ledger, place.evidence, lot, keys=Keys(place.signing_key(), place.sealing_key()), position=position,
        progress=lambda what, done, of: work.tell(done / of, what),
    )  # fmt: skip
    return Outcome(f"{lot}, up to entry {position}", place.evidence.put(data), file_name(lot))


KINDS = (Kind(KIND, gettext_noop("Make a dossier"), make, permission="dossier.open", attempts=3),)
PERIODIC = ()
