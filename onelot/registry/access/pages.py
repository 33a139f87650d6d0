"""Pages on a person's own access: signing in, passwords, the account, sessions."""

from __future__ import annotations

from typing import Any, cast

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, update_session_auth_hash
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.tokens import default_token_generator
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from onelot.kernel.refusals import Refused
from onelot.registry.access.continuity import KEPT, needs_factor
from onelot.registry.access.factors import factors_of
from onelot.registry.access.forms import ChangePasswordForm, LinkedPasswordForm, NewPasswordForm, SignInForm
from onelot.registry.access.locking import locked_response, locked_until, tell_if_locked
from onelot.registry.access.passwords import is_expired
from onelot.registry.access.service import OwnAccess
from onelot.registry.models import Account, Grant
from onelot.registry.requests import PersonRequest
from onelot.registry.statement import STATEMENT_VERSION, statement
from onelot.registry.wording import in_words

LINK = "password_link"


class SignInPage(LoginView):
    """User name and password; who has a second factor is asked for it next."""

    template_name = "web/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the button of single sign-on, where it is configured."""
        return super().get_context_data(
            single_sign_on=settings.ONELOT_OIDC_NAME if settings.ONELOT_OIDC_ISSUER else "", **kwargs
        )

    def form_valid(self, form: Any) -> HttpResponse:
        """The password is right."""
        answer: HttpResponse = perform_login(
            self.request, form.get_user(), redirect_url=self.get_success_url()
        )
        return answer

    def form_invalid(self, form: Any) -> HttpResponse:
        """It is not; administrators are told when that locks the account."""
        person = cast("PersonRequest", self.request)
        tell_if_locked(person.ledger, person, form.cleaned_data.get("username", ""), person.clock)
        return super().form_invalid(form)


@login_not_required
@never_cache
@require_GET
def follow_link(request: HttpRequest, person: str, token: str) -> HttpResponse:
    """Take the token out of the address, where it would stay in the browser's history."""
    request.session[LINK] = {"person": person, "token": token}
    return redirect("new_password")


@login_not_required
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def new_password(request: HttpRequest) -> HttpResponse:
    """The page behind a link: the person sets the password, once."""
    account = _linked(request)
    if account is None:
        return render(request, "access/no_link.html", status=404)
    if locked_until(request, account.person) is not None:
        return locked_response(request)
    form = LinkedPasswordForm(account, request.POST or None)
    if request.method == "POST" and form.is_valid() and _is_set(request, account, form, by_link=True):
        request.session.pop(LINK, None)
        messages.success(request, _("Your password is set. Sign in with it now."))
        return redirect("sign_in")
    status = 422 if form.errors else 200
    return render(request, "access/new_password.html", {"form": form, "named": account}, status=status)


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def change_password(request: HttpRequest) -> HttpResponse:
    """Set a new password over the present one; other sessions end."""
    person = cast("PersonRequest", request)
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["old_password"]
        if authenticate(request, username=person.account.person, password=given) != person.account:
            tell_if_locked(person.ledger, request, person.account.person, person.clock)
            form.add_error("old_password", _("This is not your present password."))
        elif _is_set(request, person.account, form, by_link=False):
            update_session_auth_hash(request, person.account)
            messages.success(request, _("Your password is changed. Your other sessions have ended."))
            return redirect("account")
    context = {"form": form, "is_expired": is_expired(person.account, person.clock)}
    return render(request, "access/change_password.html", context, status=422 if form.errors else 200)


@require_GET
def account_page(request: HttpRequest) -> HttpResponse:
    """What a person may see and do about their own access."""
    person = cast("PersonRequest", request)
    account = person.account
    context = {
        "account": account, "grants": Grant.objects.filter(person=account.person).order_by("role"),
        "held": factors_of(account), "needs_factor": needs_factor(request, account),
        "statement": statement(), "is_accepted": account.statement == STATEMENT_VERSION,
        "version": STATEMENT_VERSION,
    }  # fmt: skip
    return render(request, "access/account.html", context)


@require_POST
def accept_statement(request: HttpRequest) -> HttpResponse:
    """Accept what an electronic signature means."""
    person = cast("PersonRequest", request)
    own = OwnAccess(person.ledger, person.account, clock=person.clock)
    own.accept_statement(request.POST.get("statement", ""), person.evidence)
    return redirect("account")


@require_POST
def stay(_: HttpRequest) -> HttpResponse:
    """The person is at work, though no page was asked for: the session goes on."""
    return HttpResponse(status=204)


@require_GET
def kept(request: HttpRequest) -> HttpResponse:
    """Texts of a session that ended, for the same person."""
    person = cast("PersonRequest", request)
    found = request.session.pop(KEPT, None)
    if not found or found["person"] != person.account.person:
        return redirect("home")
    return render(request, "access/kept.html", {"texts": found["texts"], "back": found["back"]})


def _linked(request: HttpRequest) -> Account | None:
    link = request.session.get(LINK) or {}
    account = Account.objects.filter(person=link.get("person", ""), is_active=True).first()
    if account is None or not default_token_generator.check_token(account, link.get("token", "")):
        return None
    return account


def _is_set(request: HttpRequest, account: Account, form: NewPasswordForm, *, by_link: bool) -> bool:
    """Whether the password was set; else the form says which rules it does not meet."""
    person = cast("PersonRequest", request)
    try:
        OwnAccess(person.ledger, account, clock=person.clock).set_password(
            form.cleaned_data["new_password1"], by_link=by_link
        )
    except Refused as refused:
        for refusal in refused.refusals:
            form.add_error("new_password1", in_words(refusal.what))
        return False
    return True
