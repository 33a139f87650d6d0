"""The part of a dossier on identity and custody: every reading of an identifier, every hand-over, every label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext

from onelot.custody.events import HandedOver
from onelot.disposition.dossier.blocks import Block, heading, notice, paragraph, table
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import when
from onelot.identity.events import IdentifierRead, LabelsReconciled


def chain(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    """Chain of identity, chain of custody, reconciliation of labels."""
    yield heading(gettext("Chain of identity and custody"))
    yield heading(gettext("Identity"), 2)
    yield from _identity(content, exceptions)
    yield heading(gettext("Custody"), 2)
    yield from _custody(content, exceptions)
    labels = [*content.events(LabelsReconciled)]
    if labels:
        yield heading(gettext("Labels"), 2)
        columns = (
            (gettext("Entry"), 16), (gettext("Label"), 38), (gettext("Printed"), 16),
            (gettext("Applied"), 16), (gettext("Scrapped"), 17), (gettext("Retained"), 17),
            (gettext("By, verified by, when"), 54),
        )  # fmt: skip
        yield table(columns, [
            (marked(entry.position, exceptions), event.label, str(event.printed), str(event.applied),
             str(event.scrapped), str(event.retained),
             f"{event.reconciled_by or '–'}, {event.verified_by or gettext('not verified')}\n"
             + when(event.reconciled_at))
            for entry, event in labels
        ])  # fmt: skip


def marked(position: int, exceptions: Mapping[int, int]) -> str:
    """An entry's position, and the exception that it proves."""
    number = exceptions.get(position)
    return f"{position}\n▶ X{number}" if number else str(position)


def _identity(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    head = content.head()
    expected = {"coi_identifier": head.coi_identifier, "lot": head.lot} if head else {}
    readings = [*content.events(IdentifierRead)]
    differing = [
        event for _, event in readings if expected.get(event.kind, event.identifier) != event.identifier
    ]
    if not readings:
        yield notice(gettext("No identifier was read up to this position."), "bad")
        return
    if differing:
        yield notice(
            gettext("%(number)s of %(all)s readings differ from the identifiers of the lot.")
            % {"number": len(differing), "all": len(readings)},
            "bad",
        )
    else:
        yield notice(
            gettext("All %(all)s readings agree with the identifiers of the lot.") % {"all": len(readings)},
            "good",
        )
    columns = (
        (gettext("Entry"), 14),
        (gettext("Point"), 26),
        (gettext("Kind, carrier"), 26),
        (gettext("Identifier read"), 38),
        (gettext("By, verified by"), 32),
        (gettext("Read"), 38),
    )
    yield table(columns, [
        (marked(entry.position, exceptions), event.point, f"{event.kind.replace('_', ' ')}\n{event.carrier}",
         event.identifier if event not in differing else _differs(event.identifier, expected[event.kind]),
         f"{event.read_by or '–'}\n{event.verified_by or gettext('not verified')}", when(event.read_at))
        for entry, event in readings
    ])  # fmt: skip


def _differs(found: str, expected: str) -> str:
    return f"✗ {found}\n" + gettext("expected %(identifier)s") % {"identifier": expected}


def _custody(content: Content, exceptions: Mapping[int, int]) -> Iterator[Block]:
    moves = sorted(content.events(HandedOver), key=lambda item: (item[1].released_at, item[0].position))
    if not moves:
        yield paragraph(gettext("No hand-over was recorded up to this position."))
        return
    columns = (
        (gettext("Entry"), 14),
        (gettext("Leg, container"), 30),
        (gettext("From"), 27),
        (gettext("To"), 27),
        (gettext("Released"), 38),
        (gettext("Received"), 38),
    )
    yield table(columns, [
        (marked(entry.position, exceptions), f"{event.leg}\n{event.container}",
         f"{event.from_party}\n{event.released_by or '–'}", f"{event.to_party}\n{event.received_by or '–'}"
         + (f"\n{event.location}, {event.condition}" if event.location or event.condition else ""),
         when(event.released_at), when(event.received_at) if event.received_at else f"✗ {gettext('not received')}")
        for entry, event in moves
    ])  # fmt: skip
