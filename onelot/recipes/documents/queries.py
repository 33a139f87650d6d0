"""What the documents' pages and the API read, always within what the person may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Case, F, Max, Q, QuerySet, When

from onelot.recipes.documents.models import Version
from onelot.registry.permissions import Actor, Place

SORTS = {
    "newest": (F("first").desc(),),
    "oldest": (F("first").asc(),),
    "waiting": (Case(When(owed_by="", then=1), default=0).asc(), F("since").asc(), F("first").asc()),
    "document": (F("document_id").asc(), F("first").desc()),
    "state": (F("state").asc(), F("first").desc()),
}
"""Orders of the list."""


@dataclass(frozen=True)
class Wanted:
    """What the person asked the list for; what is not known is as if not asked."""

    kind: str = ""
    state: str = ""
    owed_by: str = ""
    text: str = ""
    sort: str = "newest"


def visible_versions(actor: Actor) -> QuerySet[Version]:
    """The versions that the person may open.

    Documents are the sponsor's own: a grant within one maker or site covers none. One for a product covers that
    product's master batch records; policies are for all products.
    """
    found = Q(pk__in=[])
    for grant in actor.scopes("document.open"):
        if grant.organisation or grant.site:
            continue
        if not grant.product:
            return Version.objects.all()
        found |= Q(product=grant.product)
    return Version.objects.filter(found)


def visible_version(actor: Actor, digest: str) -> Version | None:
    """A version that the person may open; None where there is none, and where it is not theirs to know."""
    return visible_versions(actor).filter(digest=digest).first()


def listed(actor: Actor, wanted: Wanted) -> QuerySet[Version]:
    """The versions asked for, in the order asked for."""
    found = visible_versions(actor)
    for name in ("kind", "state", "owed_by"):
        if getattr(wanted, name):
            found = found.filter(**{name: getattr(wanted, name)})
    if wanted.text:
        found = found.filter(
            Q(document_id__icontains=wanted.text) | Q(title__icontains=wanted.text) | Q(version=wanted.text)
        )
    return found.order_by(*SORTS.get(wanted.sort, SORTS["newest"]))


def place_of(version: Version) -> Place:
    """Where a document belongs: to its product, or, a policy, to all of them."""
    return Place(product=version.product)


def last_act(kind: str, identity: str) -> int:
    """Ledger position of the last act on any version of a document, 0 before the first: what a page of one shows."""
    same = Version.objects.filter(kind=kind, document_id=identity)
    return int(same.aggregate(last=Max("position"))["last"] or 0)
