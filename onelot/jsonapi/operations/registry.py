"""People, sites and documents, for the systems that an administrator lets read them."""

from __future__ import annotations

from django.db.models import F, Q
from django.http import HttpRequest
from ninja import Query, Router

from onelot.jsonapi.cursors import next_link, rows_after
from onelot.jsonapi.operation import Operation, reads
from onelot.jsonapi.operations.asking import asker
from onelot.jsonapi.schemas import (
    DocumentOut,
    DocumentPage,
    DocumentsWanted,
    GrantOut,
    Paged,
    PersonOut,
    PersonPage,
    SiteOut,
    SitePage,
)
from onelot.recipes.documents.queries import Wanted as VersionsWanted
from onelot.recipes.documents.queries import listed
from onelot.registry.models import Account, Grant, Site
from onelot.registry.permissions import Actor

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


@reads(router, DocumentPage, Operation("/documents", scope="documents:read", summary="Documents"))
def list_documents(request: HttpRequest, wanted: Query[DocumentsWanted]) -> DocumentPage:
    """Every version of a master batch record or review policy with its state, in the order they were put forward.

    Only an approved one is used for new reviews.
    """
    actor = asker(request).actor
    actor.check_may("document.open")
    rows = listed(actor, VersionsWanted(kind=wanted.kind or "", state=wanted.state or ""))
    found, after = rows_after(
        rows, (F("first").asc(),), name="documents", cursor=wanted.cursor, limit=wanted.limit
    )
    items = [
        DocumentOut(
            kind=row.kind, id=row.document_id, version=row.version, title=row.title, product=row.product,
            digest=row.digest, state=row.state, prepared_by=row.prepared_by, reviewed_by=row.reviewed_by,
            approved_by=row.approved_by, approved_at=row.approved_at, position=row.position,
        )
        for row in found
    ]  # fmt: skip
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
