"""Collections and containers: what belongs to which patient from the vein on, divided and brought together.

A pool of two patients cannot be made: a command is about one COI identifier, and refuses every parent of another one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from onelot.identity import events
from onelot.identity.commands.base import (
    Commands,
    Witness,
    check_going,
    check_times,
    checked_code,
    tags_of,
    therapy_number,
)
from onelot.identity.domain.check_character import is_guarded_by
from onelot.identity.domain.isbt import is_din
from onelot.identity.models import ContainerCard, ScanCard, TherapyCard
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said
from onelot.ledger.entry import Draft
from onelot.ledger.query import Query

MAX_CONTAINERS = 60


class Collecting(Commands):
    """The commands on collections and containers."""

    def record_collection(
        self, *, coi_identifier: str, din: str, started_at: datetime, ended_at: datetime, site: str, bags: int = 1,
        check: str = "", volume: str = "", unit: str = "", device: str = "", witness: Witness | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Record a collection under its DIN, with its bags; the codes of the bags.

        The patient's identity must have been read before, since the lot was assigned. ``check`` is the DIN's check
        character where the DIN was typed. Raises Refused: ``identity.din``, ``identity.din_taken``,
        ``identity.not_read``, ``identity.times``, ``identity.count``."""
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "collection.record", "collect")
        self._check_lot(card)
        check_going(card)
        _check_din(din, check)
        _check_count(bags)
        check_times(started_at, ended_at, self.clock(), "collection")
        if not ScanCard.objects.filter(
            coi_identifier=coi_identifier, lot=card.lot, kind="coi_identifier", agrees=True
        ).exists():
            raise refuse(
                "identity.not_read", "The patient's identity was not read before the collection.",
                where=coi_identifier, expected="the COI identifier, read from wristband or label at the chairside",
                hint="Scan it at the scan station first.",
            )  # fmt: skip
        event = events.CollectionRecorded(
            coi_identifier=coi_identifier, lot=card.lot, din=din, started_at=started_at, ended_at=ended_at, site=site,
            collected_by=self.actor.person, verified_by=witness.person if witness else "", device=device[:80],
            volume=volume[:32], unit=unit[:32],
        )  # fmt: skip
        taken = Query(tags=(f"din:{din}",), types=(events.CollectionRecorded,))
        if next(self.ledger.read(taken), None) is not None:
            raise _din_taken(din)
        codes = new_codes(card, bags)
        drafts = [self._draft(event, tags_of(card, f"din:{din}"))]
        drafts += [
            self._container_draft(
                card, code, kind="bag", of="collection", din=din, number=number, total=bags,
                material="apheresate",
            )
            for number, code in enumerate(codes, 1)
        ]  # fmt: skip
        self._append_containers(
            drafts,
            card,
            codes,
            seen=seen,
            witness=witness,
            action="collection.record",
            act="collection",
            unless=taken,
        )
        return codes

    def register_containers(
        self, *, coi_identifier: str, kind: events.ContainerKind, count: int = 1, codes: Sequence[str] = (),
        of: str = "lot", parents: Sequence[str] = (), material: str = "", volume: str = "", unit: str = "",
        witness: Witness | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Register containers that were filled: from the lot, or samples and aliquots of ``parents``; their codes.

        ``codes``: those that they have already. Raises Refused: ``identity.code``, ``identity.container_taken``,
        ``identity.other_patient``, ``identity.count``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "label.print", "register")
        check_going(card)
        parent_cards = [self._container(code, card, "split") for code in parents]
        given = tuple(checked_code(code, "container") for code in codes)
        _check_count(len(given) or count)
        made = given or new_codes(card, count)
        dins = {parent.din for parent in parent_cards if parent.din}
        drafts = [
            self._container_draft(
                card, code, kind=kind, of="split" if parents else of, parents=tuple(parents), material=material,
                volume=volume, unit=unit, number=number, total=len(made), din=dins.pop() if len(dins) == 1 else "",
            )
            for number, code in enumerate(made, 1)
        ]  # fmt: skip
        self._append_containers(
            drafts, card, made, seen=seen, witness=witness, action="label.print", act="containers"
        )
        return made

    def split_container(
        self, *, coi_identifier: str, parent: str, kind: events.ContainerKind, count: int, witness: Witness,
        is_emptied: bool = True, codes: Sequence[str] = (), volume: str = "", unit: str = "",
    ) -> tuple[str, ...]:  # fmt: skip
        """Divide the content of a container, seen by a second person; the codes of the new ones.

        Raises Refused as ``register_containers`` does.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "label.print", "register")
        check_going(card)
        source = self._container(parent, card, "split")
        given = tuple(checked_code(code, "container") for code in codes)
        _check_count(len(given) or count)
        made = given or new_codes(card, count)
        event = events.ContainersSplit(
            coi_identifier=coi_identifier, lot=source.lot, parent=parent, children=made, is_emptied=is_emptied,
            performed_by=self.actor.person, verified_by=witness.person, split_at=self.clock(),
        )  # fmt: skip
        drafts = [
            self._container_draft(
                card, code, kind=kind, of="split", parents=(parent,), din=source.din, material=source.material,
                volume=volume, unit=unit, number=number, total=len(made),
            )
            for number, code in enumerate(made, 1)
        ]  # fmt: skip
        drafts.append(self._draft(event, tags_of(card, f"container:{parent}")))
        self._append_containers(
            drafts, card, made, seen=seen, witness=witness, action="label.print", act="split"
        )
        return made

    def pool_containers(
        self, *, coi_identifier: str, parents: Sequence[str], kind: events.ContainerKind, witness: Witness,
        code: str = "", volume: str = "", unit: str = "",
    ) -> str:  # fmt: skip
        """Bring the content of containers of ONE patient together, seen by a second person; the new one's code.

        Raises Refused: ``identity.other_patient`` for any parent of somebody else, ``identity.count``.
        """
        seen = self.ledger.size()
        card = self._therapy(coi_identifier, "label.print", "register")
        check_going(card)
        if len(set(parents)) < 2 or len(parents) != len(set(parents)):
            raise refuse(
                "identity.count", "A pool is made of at least two different containers.", where="containers",
                expected="two or more", got=", ".join(parents)[:200] or "none",
            )  # fmt: skip
        sources = [self._container(parent, card, "pool") for parent in parents]
        made = (checked_code(code, "container"),) if code else new_codes(card, 1)
        event = events.ContainersPooled(
            coi_identifier=coi_identifier, lot=card.lot, parents=tuple(parents), child=made[0],
            performed_by=self.actor.person, verified_by=witness.person, pooled_at=self.clock(),
        )  # fmt: skip
        dins = {source.din for source in sources}
        draft = self._container_draft(
            card, made[0], kind=kind, of="pool", parents=tuple(parents), volume=volume, unit=unit,
            material=sources[0].material, din=dins.pop() if len(dins) == 1 else "",
        )  # fmt: skip
        pooled = self._draft(event, tags_of(card, *(f"container:{parent}" for parent in parents)))
        self._append_containers(
            [draft, pooled], card, made, seen=seen, witness=witness, action="label.print", act="pool"
        )
        return made[0]

    def _container_draft(
        self, card: TherapyCard, code: str, *, kind: events.ContainerKind, of: str, din: str = "",
        parents: tuple[str, ...] = (), material: str = "", volume: str = "", unit: str = "", number: int = 1,
        total: int = 1,
    ) -> Draft:  # fmt: skip
        event = events.ContainerRegistered(
            container=code, coi_identifier=card.coi_identifier, lot=card.lot, kind=kind,
            of=of, din=din, parents=parents, material=material[:64], volume=volume[:32],  # type: ignore[arg-type]
            unit=unit[:32], number=number, total=total,
        )  # fmt: skip
        return self._draft(event, tags_of(card, f"container:{code}"))

    def _append_containers(
        self, drafts: Sequence[Draft], card: TherapyCard, codes: Sequence[str], *, seen: int,
        witness: Witness | None, action: str, act: str, unless: Query | None = None,
    ) -> None:  # fmt: skip
        """Append unless one of the codes exists, or something happened to the therapy meanwhile."""
        if len(set(codes)) != len(codes) or ContainerCard.objects.filter(code__in=codes).exists():
            raise _container_taken(codes)
        condition = unless
        for code in codes:
            taken = Query(tags=(f"container:{code}",), types=(events.ContainerRegistered,))
            condition = condition | taken if condition else taken
        if witness is None:
            self._append(drafts, card.coi_identifier, seen, unless=condition)
        else:
            self._append_signed(
                witness, card, action, act, "", seen=seen, also=drafts, content={"containers": list(codes)},
                unless=condition,
            )  # fmt: skip


def new_codes(card: TherapyCard, count: int) -> tuple[str, ...]:
    """Codes that nobody has: the therapy's number, and a running number within it.

    So two clinics never wait for each other, and all containers of one patient look alike.
    """
    prefix = f"{therapy_number('C', card)}-"
    used = ContainerCard.objects.filter(code__startswith=prefix).values_list("code", flat=True)
    numbers = [int(code.removeprefix(prefix)) for code in used if code.removeprefix(prefix).isdigit()]
    first = max(numbers, default=0) + 1
    return tuple(f"{prefix}{first + place:02}" for place in range(count))


def _check_din(din: str, check: str) -> None:
    if not is_din(din):
        raise refuse(
            "identity.din", "This is not a donation identification number.", where="DIN",
            expected="13 characters as ISBT 128 makes them, without flag and check characters", got=din[:40],
        )  # fmt: skip
    if check and not is_guarded_by(din, check.strip().upper()):
        raise refuse(
            "identity.typed_wrong", "The identifier and its check character do not fit together.", where="DIN",
            expected="both as they are printed on the label", got=said("{text} and {check}", text=din, check=check[:8]),
            hint="Read the label again and type it anew. Nothing was recorded.",
        )  # fmt: skip


def _check_count(count: int) -> None:
    if not 1 <= count <= MAX_CONTAINERS:
        raise refuse(
            "identity.count", "So many containers cannot be registered at once.", where="containers",
            expected=said("1 to {count}", count=MAX_CONTAINERS), got=str(count),
        )  # fmt: skip


def _din_taken(din: str) -> Refused:
    return refuse(
        "identity.din_taken", "A collection was recorded under this number already, and it is never given again.",
        where="DIN", got=din,
    )  # fmt: skip


def _container_taken(codes: Sequence[str]) -> Refused:
    return refuse(
        "identity.container_taken", "One of these codes belongs to a container already, and is never given again.",
        where="container", got=", ".join(codes)[:200],
    )  # fmt: skip
