"""A sponsor's site at scale: lots of the simulated network, taken in and reviewed, and many more that are like them.

Sixty lots go the whole way: files, intake, review. The first lots with bench numbers repeat the entries of one of these
under their own number, patient, document and review, with further readings up to the wanted number of entries, and then
what people do with a lot, by its number: three in five were decided, signed and disposed; the others wait at each
station. They are appended through the ledger with all projectors. Every further block of lots is a copy of these
(``bench.data.copies``): the ledger's entries with new names and positions, chained as ever, the read models' rows by
SQL. For the exact same rows by the projectors, run ``onelot ledger rebuild`` over it, which takes an hour.
"""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from onelot.ledger.entry import Draft, Entry
    from onelot.ledger.store import Ledger

SIMULATED = 60
PATTERNS = 19
USERS = 50
ENTRIES_A_LOT = 250
ENTRIES_OF_A_LONG_LOT = 1_500
LONG_LOTS = 20
"""The last lots have 1,500 entries each."""
_SEED = 20260202
_FATES = 20
BLOCK = PATTERNS * _FATES
"""So many lots differ; the next ones repeat them."""
_DISPOSED, _ASKED, _DECIDED, _SIGNED, _UNREAD = range(12), (15,), (16,), (17, 18), (19,)
"""What has become of a lot, by its number's remainder; with any other one it waits as its review left it."""


def user(number: int) -> str:
    """Somebody who uses the site: a head of quality, who may open every page that is measured."""
    return f"bench.user-{number:02}"


def lot_number(number: int) -> str:
    """Lots in the order of their numbers."""
    return f"BENCH-26-{number:06}"


@dataclass(frozen=True)
class _Pattern:
    """One lot that went the whole way, as text to be repeated."""

    lot: str
    coi: str
    document: str
    review: str
    record: tuple[bytes, ...]
    review_entries: tuple[bytes, ...]
    first: int
    """Position of its first entry; its entries stand without a gap, the review's apart."""


def make_site(ledger: Ledger, folder: Path, lots: int) -> None:
    """Fill an empty ledger with so many lots; tells how it goes."""
    from django.db import connections

    from bench.data.copies import Copies

    started = time.perf_counter()

    def told(what: str) -> None:
        passed = time.perf_counter() - started
        print(f"{what}: {ledger.size():,} entries after {passed:,.0f} s", file=sys.stderr, flush=True)

    _people(ledger)
    patterns = _patterns(ledger, folder)
    told(f"{SIMULATED} lots taken in and reviewed")
    with connections[ledger.alias].cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")
    maker = _Maker(ledger, patterns)
    first, wanted = ledger.size() + 1, lots - SIMULATED
    _append(maker, range(min(BLOCK, wanted)), ENTRIES_A_LOT)
    told(f"{BLOCK} lots appended")
    blocks = (wanted - LONG_LOTS) // BLOCK
    copies = Copies(ledger, first, BLOCK)
    for number in range(1, blocks):
        copies.add(number * BLOCK)
        if number % 5 == 0:
            told(f"{(number + 1) * BLOCK:,} lots")
    rest = range(max(1, blocks) * BLOCK, wanted)
    _append(maker, rest[:-LONG_LOTS], ENTRIES_A_LOT)
    _append(maker, rest[-LONG_LOTS:], ENTRIES_OF_A_LONG_LOT)
    told(f"all {lots:,} lots")
    with connections[ledger.alias].cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _append(maker: _Maker, numbers: range, entries: int) -> None:
    from django.db import transaction

    with transaction.atomic():
        for number in numbers:
            maker.ledger.append(maker.drafts(number, entries))


def _people(ledger: Ledger) -> None:
    from django.contrib.auth.hashers import make_password

    from onelot.cli.demo_site import agree_turnaround, register_network
    from onelot.registry.models import Account
    from onelot.registry.service import Registry
    from onelot.simulation.network import load_network

    register_network(ledger, load_network(Path("examples/network")))
    agree_turnaround(ledger)
    registry = Registry(ledger, None)
    for number in range(USERS):
        registry.register_person(
            person=user(number), name=f"Bench User {number:02}", organisation="EXAMPLE-SPONSOR"
        )
        registry.grant_role(person=user(number), role="quality_head")
    Account.objects.update(password=make_password("a password for benches"))


def _patterns(ledger: Ledger, folder: Path) -> list[_Pattern]:
    from onelot.cli.inputs import policy_bytes, read_mappings, read_policy
    from onelot.facts.archive import Archive
    from onelot.intake.service import Intake
    from onelot.ledger.query import Query
    from onelot.recipes.approval import approve
    from onelot.recipes.document import load_mbr
    from onelot.review.baseline_fit import fit_baseline
    from onelot.review.engine import Reviewer
    from onelot.review.service import review_ledger
    from onelot.settings.stores import open_evidence
    from onelot.simulation.generate import simulate

    network, evidence = folder / "network", open_evidence()
    shutil.rmtree(network, ignore_errors=True)
    truth = simulate(Path("examples"), SIMULATED, _SEED, network)
    intake = Intake(ledger, evidence, read_mappings([network / name for name in truth.mappings]))
    for file in (*truth.site_files, *(file for lot in truth.lots for file in lot.files)):
        intake.receive((network / file).read_bytes(), file)
    people = {"prepared_by": "demo.author", "approved_by": "demo.quality", "reason": "bench"}
    approve(ledger, evidence, policy_bytes(None), "default policy", **people)
    history, policy = Archive.open(network / "history").facts(), read_policy(None)
    for product, file in sorted(truth.mbrs.items()):
        data = (network / file).read_bytes()
        approve(ledger, evidence, data, file, **people)
        mbr = load_mbr(data, file)
        reviewer = Reviewer(mbr, policy, fit_baseline(mbr, policy, history))
        wanted = [lot.lot for lot in truth.lots if lot.product == product]
        review_ledger(ledger, evidence, reviewer, mbr.mbr.id, lots=wanted)
    made = (_pattern(lot.lot, [*ledger.read_stored(Query(tags=(f"lot:{lot.lot}",)))]) for lot in truth.lots)
    return [pattern for pattern in made if pattern is not None][:PATTERNS]


def _pattern(lot: str, stored: Sequence[tuple[Entry, bytes]]) -> _Pattern | None:
    """None for a lot whose record was corrected, refused or reviewed twice, or is long already."""
    from onelot.execution.events import LotOpened
    from onelot.intake.events import DocumentReceived
    from onelot.review.events import FindingRaised, LotReviewed

    heads: list[Any] = [
        next((entry.event for entry, _ in stored if isinstance(entry.event, kind)), None)
        for kind in (LotOpened, DocumentReceived, LotReviewed)
    ]
    once = all(sum(isinstance(entry.event, type(head)) for entry, _ in stored) == 1 for head in heads)
    if not once or len(stored) > ENTRIES_A_LOT - 20:
        return None
    opened, received, reviewed = heads
    later = (LotReviewed, FindingRaised)
    record = tuple(data for entry, data in stored if not isinstance(entry.event, later))
    review = tuple(data for entry, data in stored if isinstance(entry.event, later))
    return _Pattern(
        lot, opened.coi_identifier, received.document, reviewed.review, record, review, stored[0][0].position
    )


class _Maker:
    """Makes lots from the patterns."""

    def __init__(self, ledger: Ledger, patterns: Sequence[_Pattern]) -> None:
        self.ledger = ledger
        self._patterns = patterns
        self._contents: dict[str, str] = {}

    def drafts(self, number: int, entries: int) -> list[Draft]:
        """What the ledger says of one lot, as it would have come."""
        from onelot.ledger.entry import Draft

        pattern, fate = self._patterns[number % len(self._patterns)], number % _FATES
        base, lot = self.ledger.size(), lot_number(number)
        named = (
            (pattern.lot.encode(), lot.encode()),
            (pattern.coi.encode(), f"COI-{number:08}".encode()),
            (pattern.document.encode(), f"{number:064}".encode()),
            (pattern.review.encode(), f"review-{number:08}".encode()),
        )
        record = [self._read(data, named) for data in pattern.record]
        review = [self._read(data, named) for data in pattern.review_entries] if fate not in _UNREAD else []
        record += [*_further(record, entries - len(record) - len(review) - 4)]
        found = [*record, *self._moved(pattern, review, base)]
        drafts = [
            Draft(event=entry.event, actor=entry.actor, occurred_at=entry.occurred_at, tags=entry.tags,
                  reason=entry.reason, source=entry.source)
            for entry in found
        ]  # fmt: skip
        return [*drafts, *self._done(lot, fate, found, drafts[-1].occurred_at)]

    def _read(self, data: bytes, named: tuple[tuple[bytes, bytes], ...]) -> Entry:
        for old, new in named:
            data = data.replace(old, new)
        return self.ledger.catalogue.read(data)

    def _moved(self, pattern: _Pattern, review: Sequence[Entry], base: int) -> Iterator[Entry]:
        """Exceptions point to the evidence of their own lot."""
        within = range(pattern.first, pattern.first + len(pattern.record))
        for entry in review:
            event: Any = entry.event
            if hasattr(event, "evidence"):
                places = tuple(at - pattern.first + base + 1 if at in within else at for at in event.evidence)
                event = msgspec.structs.replace(event, evidence=places)
            yield msgspec.structs.replace(entry, event=event)

    def _done(self, lot: str, fate: int, entries: Sequence[Entry], at: datetime) -> Iterator[Draft]:
        """What people did with it."""
        from onelot.disposition.events import LotDisposed
        from onelot.execution.events import LotOpened
        from onelot.ledger.entry import Draft
        from onelot.review.desk.events import FindingDecided, InfusionPlanned, QuestionAsked, ReviewSigned
        from onelot.review.desk.keys import finding_key
        from onelot.review.events import FindingRaised, LotReviewed

        number = int(lot[-6:])
        reviewer, tag = f"person:{user(number % USERS)}", f"lot:{lot}"
        opened = next(entry.event for entry in entries if isinstance(entry.event, LotOpened))
        review = next((entry.event.review for entry in entries if isinstance(entry.event, LotReviewed)), "")
        raised = [
            finding_key(entry.event)
            for entry in entries
            if isinstance(entry.event, FindingRaised) and entry.event.state == "open"
        ]
        planned = InfusionPlanned(lot=lot, planned_for=at + timedelta(days=20 + number % 30))
        yield Draft(event=planned, actor=reviewer, occurred_at=at, tags=(tag,))
        if fate in _ASKED and raised:
            asked = QuestionAsked(
                lot=lot, finding=raised[0], question=f"question-{number:08}", text="Which probe?"
            )
            yield Draft(event=asked, actor=reviewer, occurred_at=at, tags=(tag, f"finding:{raised[0]}"))
        if fate in (*_DISPOSED, *_SIGNED, *_DECIDED):
            for key in raised:
                decided = FindingDecided(lot=lot, finding=key, decision="accepted")
                yield Draft(
                    event=decided, actor=reviewer, occurred_at=at, tags=(tag, f"finding:{key}"),
                    reason="Checked against the logger's own record; within what the process was validated for.",
                )  # fmt: skip
        if fate in (*_DISPOSED, *_SIGNED):
            signed = ReviewSigned(lot=lot, review=review, signature=f"s1-{number:08}", decided=len(raised))
            yield from self._signed(reviewer, tag, "reviewed", f"s1-{number:08}", at, signed)
        if fate in _DISPOSED:
            disposed = LotDisposed(
                lot=lot, market=opened.intended_market, decision="released", signature=f"s2-{number:08}",
                through_position=entries[-1].position,
            )  # fmt: skip
            yield from self._signed(
                f"person:{user(number * 7 % USERS)}", tag, "released", f"s2-{number:08}", at, disposed
            )

    def _signed(
        self, actor: str, tag: str, meaning: Any, signature: str, at: datetime, act: Any
    ) -> Iterator[Draft]:  # fmt: skip
        """A signature that holds; what was signed is kept once for all lots."""
        from onelot.kernel.canonical import canonical
        from onelot.ledger.entry import Draft
        from onelot.registry.signature_events import SignatureMade
        from onelot.settings.stores import open_evidence

        if meaning not in self._contents:
            self._contents[meaning] = open_evidence().put(canonical({"meaning": meaning}))
        person = actor.partition(":")[2]
        made = SignatureMade(
            signature=signature, person=person, name=person, meaning=meaning, content=self._contents[meaning],
            factors=("password",), time_zone="Europe/Berlin",
        )  # fmt: skip
        for event in (made, act):
            yield Draft(
                event=event, actor=actor, occurred_at=at, tags=(tag, f"signature:{signature}"),
                reason="The record was reviewed as shown.",
            )  # fmt: skip


def _further(record: Sequence[Entry], count: int) -> Iterator[Entry]:
    """More readings of the parameters that the lot has, each a minute after the one before."""
    from onelot.execution.events import ParameterRecorded

    readings = [entry for entry in record if isinstance(entry.event, ParameterRecorded)]
    for number in range(max(0, count)):
        entry = readings[number % len(readings)]
        event: Any = entry.event
        minutes = timedelta(minutes=1 + number // len(readings))
        at = event.performed_at + minutes if event.performed_at else None
        again = msgspec.structs.replace(event, occurrence=2 + number // len(readings), performed_at=at)
        yield msgspec.structs.replace(entry, event=again)
