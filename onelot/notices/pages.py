"""The page on which a person chooses their mails."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from onelot.kernel.refusals import Refusal, Refused
from onelot.notices.kinds import notices
from onelot.notices.service import LANGUAGES, Mails, choice_of
from onelot.registry.requests import PersonRequest


@require_http_methods(["GET", "POST"])
def mails_page(request: HttpRequest) -> HttpResponse:
    """Which notices come by mail, and in which language; a post chooses."""
    person = cast("PersonRequest", request)
    refusals: Sequence[Refusal] = ()
    if request.method == "POST":
        wanted = set(request.POST.getlist("wanted"))
        declined = [
            name for name, notice in notices().items() if name not in wanted and not notice.is_mandatory
        ]
        try:
            Mails(person.ledger, person.actor, person.clock).choose(
                language=request.POST.get("language", ""), declined=declined
            )
        except Refused as refused:
            refusals = refused.refusals
        else:
            messages.success(request, _("Your choice is recorded."))
            return HttpResponseRedirect(reverse("notices:mails"))
    choice = choice_of(person.actor.person)
    titles = dict(settings.LANGUAGES)
    context = {
        "account": person.account, "choice": choice, "is_on": settings.ONELOT_MAIL, "refusals": refusals,
        "notices": notices().values(), "languages": [(code, titles[code]) for code in LANGUAGES],
    }  # fmt: skip
    return render(request, "notices/mails.html", context, status=409 if refusals else 200)
