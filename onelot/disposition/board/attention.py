"""How long people work on a lot: measured from what their browsers ask for, pauses cut out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse

from onelot.disposition.board.models import Attention
from onelot.kernel.clock import system_clock

PAUSE = timedelta(minutes=5)
"""A longer silence is a pause and counts nothing; open pages of the desk tell more often."""
_AGAIN = timedelta(seconds=5)
"""What is asked for again sooner is not written anew: measured time is exact to these seconds."""
_ROOMS = ("desk", "disposition")
_OK = 400

GetResponse = Callable[[HttpRequest], HttpResponse]


def seen(lot: str, person: str, now: datetime) -> None:
    """Somebody does something about a lot: a stretch of work goes on, or begins."""
    last = Attention.objects.filter(lot=lot, person=person).order_by("-seen_at").first()
    if last is not None and last.seen_at <= now < last.seen_at + _AGAIN:
        return
    if last is not None and last.seen_at <= now <= last.seen_at + PAUSE:
        Attention.objects.filter(pk=last.pk).update(seen_at=now)
    elif last is None or now > last.seen_at:
        Attention.objects.create(lot=lot, person=person, begun_at=now, seen_at=now)


class AttentionMiddleware:
    """Notes each page and act of a lot at the desk or in disposition, of people who review or dispose."""

    def __init__(self, get_response: GetResponse) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer first: what was refused is no work on the lot."""
        answer = self._get_response(request)
        match = request.resolver_match
        actor = getattr(request, "actor", None)
        if (
            match is not None
            and actor is not None
            and match.app_name in _ROOMS
            and "lot" in match.kwargs
            and answer.status_code < _OK
            and (actor.may("finding.decide") or actor.may("lot.certify"))
        ):
            seen(match.kwargs["lot"], actor.person, system_clock())
        return answer
