"""The mappings by which an organisation's tables are read: registered with their reason, kept as evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from onelot.intake.events import MappingRegistered
from onelot.intake.tabular.mapping import LoadedMapping, load_mapping
from onelot.kernel.clock import Clock, system_clock
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.query import Query
from onelot.ledger.store import Ledger
from onelot.registry.permissions import Actor, Place

_TAG = "about:mapping"


@dataclass(frozen=True)
class Mappings:
    """What tables of one organisation are read by."""

    current: tuple[LoadedMapping, ...]
    """The last version of each; one of them must recognise a table."""
    earlier: tuple[LoadedMapping, ...]
    """Versions before, by which documents were read that may be corrected yet."""


def register(
    ledger: Ledger, evidence: EvidenceStore, actor: Actor, *, data: bytes, name: str, organisation: str,
    reason: str, clock: Clock = system_clock,
) -> MappingRegistered:  # fmt: skip
    """Read tables of an organisation (empty: of all) by this mapping from now on; the same again changes nothing.

    Raises Refused: ``registry.not_allowed``, ``intake.mapping.*`` with every fault and its line, and
    ``intake.mapping.version_taken`` where this version was registered with another content.
    """
    actor.check_may("mapping.register", Place(organisation))
    loaded = load_mapping(data, name)
    mapping = loaded.mapping
    seen = ledger.size()
    for known in registered(ledger):
        if (known.organisation, known.mapping, known.version) == (organisation, mapping.id, mapping.version):
            if known.digest == loaded.digest:
                return known
            raise refuse(
                "intake.mapping.version_taken",
                said(
                    "Version {version} of {id} was registered with another content.",
                    version=mapping.version,
                    id=mapping.id,
                ),
                where=name,
                expected=known.digest,
                got=loaded.digest,
                hint="Give the changed mapping a new version.",
            )
    event = MappingRegistered(
        organisation=organisation, mapping=mapping.id, version=mapping.version, digest=loaded.digest,
        document=evidence.put(data),
    )  # fmt: skip
    evidence.put(loaded.canonical)  # under the digest that documents name: dossiers find it
    draft = Draft(event=event, actor=actor.who, occurred_at=clock(), tags=(_TAG,), reason=reason.strip())
    try:
        ledger.append([draft], unless=Query(tags=(_TAG,)), after=seen)
    except Refused as refused:
        if refused.refusals[0].code != "ledger.condition_failed":
            raise
        raise refuse(
            "intake.mapping.contended", "Another mapping was registered just now.", where=name,
            hint="Look at it, then register this one again.",
        ) from refused  # fmt: skip
    return event


def registered(ledger: Ledger) -> Iterator[MappingRegistered]:
    """Every version of every mapping, in order of registration."""
    for entry in ledger.read(Query(tags=(_TAG,), types=(MappingRegistered,))):
        if isinstance(entry.event, MappingRegistered):
            yield entry.event


def mappings_for(ledger: Ledger, evidence: EvidenceStore, organisation: str) -> Mappings:
    """What tables that this organisation sends are read by. Its own mapping goes before everybody's of the same id."""
    versions = [event for event in registered(ledger) if event.organisation in ("", organisation)]
    last: dict[str, MappingRegistered] = {}
    for event in sorted(versions, key=lambda event: event.organisation != ""):
        last[event.mapping] = event
    counting = {event.digest for event in last.values()}
    read = {event.digest: load_mapping(evidence.get(event.document), event.mapping) for event in versions}
    return Mappings(
        tuple(mapping for digest, mapping in read.items() if digest in counting),
        tuple(mapping for digest, mapping in read.items() if digest not in counting),
    )
