"""People, sites and approved documents, for the systems that an administrator lets read them."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import F, Q
from django.http import HttpRequest
from ninja import Query, Router

from onelot.jsonapi.cursors import entries_after, next_link, position_of, rows_after
from onelot.jsonapi.operation import Operation, reads
from onelot.jsonapi.operations.asking import asker
from onelot.jsonapi.schemas import (
    DocumentOut,
    DocumentPage,
    GrantOut,
    Paged,
    PersonOut,
    PersonPage,
    SiteOut,
    SitePage,
)
from onelot.ledger.query import Query as LedgerQuery
from onelot.recipes.events import DocumentApproved
from onelot.registry.models import Account, Grant, Site
from onelot.registry.permissions import Actor, Place

router = Router(tags=["registry"])


@reads(router, PersonPage, Operation("/people", scope="people:read", summary="People and their roles"))
def list_people(request: HttpRequest, wanted: Query[Paged]) -> PersonPage:
    """User names, printed names and grants; no addresses, no credentials."""
    actor = asker(request).actor
    actor.check_may("people.open")
    rows = Account.objects.filter(_of_organisations(actor, "organisation"))
    found, after = rows_after(
        rows, (F("person").asc(),), name="people", cursor=wanted.cursor, limit=wanted.limit
    )
    grants: dict[str, list[GrantOut]] = {}
    for row in Grant.objects.filter(person__in=[account.person for account in found]).order_by("grant"):
        grants.setdefault(row.person, []).append(
            GrantOut(
                role=row.role, organisation=row.organisation, site=row.site, product=row.product,
                valid_until=row.valid_until,
            )
        )  # fmt: skip
    items = [
        PersonOut(
            person=row.person, name=row.name, organisation=row.organisation, enabled=row.is_active,
            grants=grants.get(row.person, []),
        )
        for row in found
    ]  # fmt: skip
    return PersonPage(items=items, next=next_link(request, after))


@reads(router, SitePage, Operation("/sites", scope="people:read", summary="Sites"))
def list_sites(request: HttpRequest, wanted: Query[Paged]) -> SitePage:
    """With the organisation and time zone of each."""
    actor = asker(request).actor
    actor.check_may("people.open")
    rows = Site.objects.filter(_of_organisations(actor, "organisation"))
    found, after = rows_after(
        rows, (F("code").asc(),), name="sites", cursor=wanted.cursor, limit=wanted.limit
    )
    items = [
        SiteOut(code=row.code, organisation=row.organisation, name=row.name, time_zone=row.time_zone) for row in found
    ]  # fmt: skip
    return SitePage(items=items, next=next_link(request, after))


@reads(router, DocumentPage, Operation("/documents", scope="documents:read", summary="Approved documents"))
def list_documents(request: HttpRequest, wanted: Query[Paged]) -> DocumentPage:
    """Every approved version of a master batch record or review policy, in order of approval."""
    person = asker(request)
    person.actor.check_may("document.open", Place())
    start = position_of(wanted.cursor, name="documents")
    entries = person.ledger.read(LedgerQuery(types=(DocumentApproved,)), after=start)
    found, after = entries_after(entries, wanted.limit, name="documents")
    items = []
    for entry in found:
        event = cast("DocumentApproved", entry.event)
        said: dict[str, Any] = {
            name: getattr(event, name) for name in DocumentOut.model_fields if name != "position"
        }
        items.append(DocumentOut(**said, position=entry.position))
    return DocumentPage(items=items, next=next_link(request, after))


def _of_organisations(actor: Actor, column: str) -> Q:
    """Rows of the organisations that the actor's grants cover; a grant for a site or product covers none."""
    found = Q(pk__in=[])
    for grant in actor.scopes("people.open"):
        if grant.site or grant.product:
            continue
        if not grant.organisation:
            return Q()
        found |= Q(**{column: grant.organisation})
    return found
