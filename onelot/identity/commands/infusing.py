"""From the thaw to the follow-up: the clock, two people at the bedside, the infusion, or the return or destruction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from onelot.deviations.events import DeviationOpened
from onelot.deviations.service import Deviations
from onelot.identity import events
from onelot.identity.allowed import mbr_of, thaw_clocks
from onelot.identity.commands.base import (
    MAX_NOTE,
    Commands,
    Witness,
    check_going,
    check_times,
    checked_text,
    tags_of,
)
from onelot.identity.models import BedsideCard, ContainerCard, MilestoneCard, ScanCard, TherapyCard
from onelot.identity.ordering_file import ordering_rules
from onelot.identity.queries import may_at, therapy
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query
from onelot.registry.queries import place_of

BEDSIDE = "bedside"
"""Point at which patient and containers are read before an infusion."""
READ_WITHIN = timedelta(hours=4)
"""A bedside check rests on readings that are not older."""


class Infusing(Commands):
    """The commands of those who give the product."""

    def start_thaw(
        self, *, coi_identifier: str, container: str, witness: Witness, started_at: datetime | None = None,
        device: str = "",
    ) -> events.ThawStarted:  # fmt: skip
        """A container is thawed, seen by a second person; its clock runs from ``started_at``.

        The limit is that of the master batch record's clock from the identity point ``thaw``; where it has none,
        that of the rules of ordering. Raises Refused: ``identity.other_patient``, ``identity.times``."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "infusion.record", "thaw")
        check_going(card)
        self._container(container, card, "thaw")
        now = self.clock()
        begun = started_at or now
        check_times(begun, begun, now, "thaw")
        minutes, source = self._thaw_limit(card)
        event = events.ThawStarted(
            coi_identifier=coi_identifier, lot=card.lot, container=container, started_at=begun, limit_minutes=minutes,
            limit_from=source, performed_by=self.actor.person, verified_by=witness.person, device=device[:80],
        )  # fmt: skip
        self._append_signed(
            witness, card, "infusion.record", "thaw", "thaw", seen=seen,
            also=[self._draft(event, tags_of(card, f"container:{container}"))],
            content={"container": container, "started_at": begun.isoformat(), "limit_minutes": minutes},
        )  # fmt: skip
        return event

    def check_bedside(self, *, coi_identifier: str, containers: Sequence[str], witness: Witness) -> None:
        """Two people confirm at the bedside that patient, containers and order agree.

        The patient and every container were read at the point ``bedside`` before, since the thaw. Raises Refused:
        ``identity.not_read``, ``identity.other_patient``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "infusion.record", "check_bedside")
        check_going(card)
        self._check_thawed(card, containers)
        self._check_read(card, containers)
        now = self.clock()
        self._append_signed(
            witness, card, "infusion.record", "bedside", BEDSIDE, seen=seen,
            acts=lambda signature: [
                events.BedsideChecked(
                    coi_identifier=coi_identifier, lot=card.lot, containers=tuple(containers),
                    performed_by=self.actor.person, signature=signature, checked_at=now,
                )
            ],
            content={"containers": list(containers), "order": card.order},
        )  # fmt: skip

    def record_infusion(
        self, *, coi_identifier: str, containers: Sequence[str], started_at: datetime, ended_at: datetime,
        volume: str = "", unit: str = "", residual: str = "", reactions: str = "", late_because: str = "",
    ) -> str:  # fmt: skip
        """The patient received these containers, which were checked at the bedside.

        After the end of a thaw's clock it takes a reason, and a major deviation is opened with it; its number is
        returned, else nothing. What follows is due from the end of the infusion. Raises Refused:
        ``identity.not_checked``, ``identity.clock_ended``, ``identity.times``."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "infusion.record", "infuse")
        check_going(card)
        thawed = self._check_thawed(card, containers)
        check_times(started_at, ended_at, self.clock(), "infusion")
        checked = BedsideCard.objects.filter(coi_identifier=coi_identifier).first()
        if checked is None or set(containers) - set(checked.containers) or started_at < checked.checked_at:
            raise refuse(
                "identity.not_checked", "These containers were not checked at the bedside before the infusion.",
                where=coi_identifier, expected="two people's check at the bedside, then the infusion",
                got=", ".join(checked.containers) if checked else "no check",
            )  # fmt: skip
        late = [code for code, container in thawed.items() if _is_late(container, ended_at)]
        event = events.InfusionRecorded(
            coi_identifier=coi_identifier, lot=card.lot, containers=tuple(containers), started_at=started_at,
            ended_at=ended_at, performed_by=self.actor.person, volume=volume[:32], unit=unit[:32],
            residual=residual[:32], reactions=reactions.strip()[:2000],
        )  # fmt: skip
        drafts = [self._draft(event, tags_of(card, *(f"container:{code}" for code in containers)))]
        drafts += self._milestones(card, ended_at)
        number, condition = "", None
        if late:
            opening = self._late(card, late, late_because)
            assert isinstance(opening.event, DeviationOpened)
            number = opening.event.deviation
            drafts.append(opening)
            condition = Query(tags=(f"deviation:{number}",), types=(DeviationOpened,))
        self._append(drafts, coi_identifier, seen, unless=condition)
        return number

    def return_product(self, *, coi_identifier: str, container: str, reason: str) -> None:
        """A container goes back instead of being infused."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "custody.receive", "dispose")
        self._container(container, card, "return")
        event = events.ProductReturned(
            coi_identifier=coi_identifier, lot=card.lot, container=container, returned_at=self.clock()
        )
        draft = self._draft(event, tags_of(card, f"container:{container}"), checked_text(reason, "reason"))
        self._append([draft], coi_identifier, seen)

    def destroy_product(self, *, coi_identifier: str, container: str, reason: str, witness: Witness) -> None:
        """A container is destroyed, seen and signed by a second person."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "custody.receive", "dispose")
        self._container(container, card, "destroy")
        text, now = checked_text(reason, "reason"), self.clock()
        self._append_signed(
            witness, card, "custody.receive", "destroyed", "", seen=seen, reason=text,
            acts=lambda signature: [
                events.ProductDestroyed(
                    coi_identifier=coi_identifier, lot=card.lot, container=container, destroyed_at=now,
                    performed_by=self.actor.person, signature=signature,
                )
            ],
            content={"container": container, "reason": text},
        )  # fmt: skip

    def follow_up(
        self, *, coi_identifier: str, milestone: str, is_lost: bool = False, note: str = "", reason: str = ""
    ) -> None:
        """A milestone was reached, or the patient was lost to it for a reason.

        Raises Refused: ``identity.unknown``, ``identity.not_now`` where it was said before.
        """
        at_clinic = (
            may_at(self.actor, "infusion.record", known) if (known := therapy(coi_identifier)) else True
        )
        action = "infusion.record" if at_clinic else "order.change"  # who coordinates follows up, too
        card = self._therapy(coi_identifier, action, "follow_up")
        due = MilestoneCard.objects.filter(key=f"{coi_identifier} {milestone}").first()
        if due is None:
            raise refuse(
                "identity.unknown", "There is no such milestone.", where="milestone", got=milestone[:64]
            )
        if due.outcome:
            raise refuse("identity.not_now", "This was said already.", where=milestone, got=due.outcome)
        why = checked_text(reason, "reason") if is_lost else ""
        event = events.FollowUpDone(
            coi_identifier=coi_identifier, lot=card.lot, milestone=milestone, outcome="lost" if is_lost else "done",
            note=note.strip()[:MAX_NOTE],
        )  # fmt: skip
        tag = f"milestone:{coi_identifier} {milestone}"
        said = Query(tags=(tag,), types=(events.FollowUpDone,))
        self._append(
            [self._draft(event, tags_of(card, tag), why)], coi_identifier, self.ledger.size(), unless=said
        )

    def _thaw_limit(self, card: TherapyCard) -> tuple[int, str]:
        """Minutes and where they come from; 0 where nothing is declared."""
        mbr = mbr_of(self.ledger, self.evidence, card.mbr, card.mbr_version)
        for clock, minutes in thaw_clocks(mbr) if mbr else ():
            return minutes, f"MBR {card.mbr} version {card.mbr_version}, clock {clock}"
        loaded = ordering_rules()
        limit = loaded.rules.thaw_limit(card.product, card.market)
        if limit is None:
            return 0, "no limit is declared"
        return int(limit.total_seconds() // 60), f"ordering rules version {loaded.rules.version}"

    def _check_thawed(self, card: TherapyCard, containers: Sequence[str]) -> dict[str, ContainerCard]:
        if not containers or len(set(containers)) != len(containers):
            raise refuse("identity.count", "Name the containers that are given.", where="containers",
                         expected="one or more, each once")  # fmt: skip
        return {code: self._container(code, card, "infuse") for code in containers}

    def _check_read(self, card: TherapyCard, containers: Sequence[str]) -> None:
        """Patient and containers were read at the bedside, not long ago, and agreed."""
        since = self.clock() - READ_WITHIN
        thawed = {
            card.code: card.thawed_at or since for card in ContainerCard.objects.filter(code__in=containers)
        }
        wanted = [("coi_identifier", card.coi_identifier, min(thawed.values()))]
        wanted += [("container", code, thawed[code]) for code in containers]
        read = ScanCard.objects.filter(coi_identifier=card.coi_identifier, point=BEDSIDE, agrees=True)
        missing = [
            identifier
            for kind, identifier, thaw in wanted
            if not read.filter(kind=kind, identifier=identifier, read_at__gte=max(since, thaw)).exists()
        ]
        if missing:
            raise refuse(
                "identity.not_read", "Not everything was read at the bedside.", where=card.coi_identifier,
                expected="the patient's wristband and every container, read at the point bedside since the thaw",
                got=said("not read: {what}", what=", ".join(missing)),
                hint="Read them at the scan station, then check again.",
            )  # fmt: skip

    def _milestones(self, card: TherapyCard, ended_at: datetime) -> list[Draft]:
        known = set(
            MilestoneCard.objects.filter(coi_identifier=card.coi_identifier).values_list(
                "milestone", flat=True
            )
        )
        return [
            self._draft(
                events.FollowUpDue(
                    coi_identifier=card.coi_identifier, lot=card.lot, milestone=item.id, due_at=ended_at + item.after
                ),
                tags_of(card),
            )
            for item in ordering_rules().rules.milestones(card.product, card.market)
            if item.id not in known
        ]  # fmt: skip

    def _late(self, card: TherapyCard, late: Sequence[str], because: str) -> Draft:
        if not because.strip():
            raise refuse(
                "identity.clock_ended", "The time after thawing had ended before the infusion ended.",
                where=", ".join(late), expected="an end within the limit, or the physician's reason",
                hint="Give the reason: a deviation is opened with it.",
            )  # fmt: skip
        service = Deviations(self.ledger, self.actor, place_of(card.site, card.product), self.clock)
        opening = service.draft_found(
            lot=card.lot, severity="major", title="Infused after the end of the time after thawing",
            description=f"{', '.join(late)}: {because.strip()[:1000]}",
        )  # fmt: skip
        return Draft(
            event=opening.event, actor=opening.actor, occurred_at=opening.occurred_at,
            tags=tuple(dict.fromkeys((*opening.tags, f"coi:{card.coi_identifier}"))),
        )  # fmt: skip


def _is_late(container: ContainerCard, ended_at: datetime) -> bool:
    if container.thawed_at is None or container.thaw_limit_minutes is None:
        return False
    return ended_at > container.thawed_at + timedelta(minutes=container.thaw_limit_minutes)
