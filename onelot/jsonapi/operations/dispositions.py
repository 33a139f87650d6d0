"""Disposition as it stands. Deciding is for people who sign."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Router

from onelot.disposition.models import Certificate, Decision, Standing
from onelot.jsonapi.operation import Operation, reads
from onelot.jsonapi.operations.asking import asker, lot_of, place_of_lot
from onelot.jsonapi.schemas import CertificateOut, DispositionOut, StandingOut

router = Router(tags=["lots"])


@reads(
    router,
    DispositionOut,
    Operation("/lots/{path:lot}/disposition", scope="lots:read", summary="Disposition of a lot"),
)
def get_disposition(request: HttpRequest, lot: str) -> DispositionOut:
    """The state for each market with the decision that holds, and the certificates; no state: undecided."""
    card = lot_of(request, lot)
    asker(request).actor.check_may("disposition.open", place_of_lot(card))
    decisions = {one.position: one for one in Decision.objects.filter(lot=card.lot)}
    standings = []
    for one in Standing.objects.filter(lot=card.lot).order_by("market"):
        held = decisions.get(one.position)
        standings.append(
            StandingOut(
                market=one.market, state=one.state, closed=one.is_closed, decided_at=one.decided_at,
                decision=held.decision if held else "", decided_by=held.person if held else "",
                signature=held.signature if held else "", position=one.position,
            )
        )  # fmt: skip
    certificates = [
        CertificateOut(
            number=one.number, kind=one.kind, market=one.market, issued_at=one.issued_at, content=one.content,
            signature=one.signature,
        )
        for one in Certificate.objects.filter(lot=card.lot).order_by("position")
    ]  # fmt: skip
    return DispositionOut(lot=card.lot, standings=standings, certificates=certificates)
