"""Keeps the registry's read models from its events."""

from __future__ import annotations

from onelot.ledger.entry import Entry
from onelot.ledger.projection import Projector
from onelot.registry import events
from onelot.registry.models import Account, Grant, Organisation, Site


def _organisation(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.OrganisationRegistered)
    Organisation.objects.update_or_create(
        code=event.organisation, defaults={"name": event.name, "kind": event.kind}
    )


def _site(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.SiteRegistered)
    Site.objects.update_or_create(
        code=event.site,
        defaults={"organisation": event.organisation, "name": event.name, "time_zone": event.time_zone},
    )


def _person(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.PersonRegistered)
    said = {"name": event.name, "email": event.email, "organisation": event.organisation}
    Account.objects.update_or_create(
        person=event.person, defaults=said, create_defaults={**said, "password": "!"}
    )


def _access(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.AccessChanged)
    Account.objects.filter(person=event.person).update(is_active=event.change == "enabled")


def _granted(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.RoleGranted)
    Grant.objects.create(
        grant=event.grant, person=event.person, role=event.role, organisation=event.organisation, site=event.site,
        product=event.product, valid_until=event.valid_until,
    )  # fmt: skip


def _revoked(entry: Entry) -> None:
    event = entry.event
    assert isinstance(event, events.RoleRevoked)
    Grant.objects.filter(grant=event.grant).delete()


def _forget_accounts() -> None:
    """Accounts keep their passwords; what the ledger says of them is said again."""
    Account.objects.update(
        name="",
        email="",
        organisation="",
        is_active=False,
        password_set_at=None,
        statement="",
        session_epoch=0,
    )


PROJECTOR = Projector(
    models=(Organisation, Site, Grant),
    handlers={
        events.OrganisationRegistered: _organisation,
        events.SiteRegistered: _site,
        events.PersonRegistered: _person,
        events.AccessChanged: _access,
        events.RoleGranted: _granted,
        events.RoleRevoked: _revoked,
    },
    forget=_forget_accounts,
)
