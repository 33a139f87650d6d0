"""Defects in the chain of identity and in labels."""

from __future__ import annotations

import msgspec

from onelot.execution.events import LotOpened, MaterialUsed
from onelot.identity.events import IdentifierRead, LabelsReconciled
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench


def _coi(work: Workbench) -> IdentifierRead:
    return work.pick(IdentifierRead, lambda e: e.kind == "coi_identifier")


def _swapped(identifier: str) -> str:
    """Two neighbouring digits exchanged or, if they are equal, the last one changed."""
    digits = [i for i, char in enumerate(identifier) if char.isdigit()]
    last, before = digits[-1], digits[-2]
    letters = list(identifier)
    if letters[last] == letters[before]:
        letters[last] = str((int(letters[last]) + 1) % 10)
    else:
        letters[last], letters[before] = letters[before], letters[last]
    return "".join(letters)


@plants("IDM-MATCH", "mismatch")
def another_patient(work: Workbench) -> str:
    """A label with another patient's identifier: two digits exchanged."""
    read = _coi(work)
    work.change(read, identifier=_swapped(read.identifier))
    return read.point


@plants("IDM-MATCH", "blank")
def label_empty(work: Workbench) -> str:
    """A label without an identifier."""
    read = _coi(work)
    work.change(read, identifier="")
    return read.point


@plants("IDM-MATCH", "written_differently")
def written_differently(work: Workbench) -> str:
    """The right identifier, in small letters."""
    read = _coi(work)
    work.change(read, identifier=read.identifier.lower())
    return read.point


@plants("IDM-MATCH", "malformed")
def din_malformed(work: Workbench) -> str:
    """A donation number that lost a character."""
    read = work.pick(IdentifierRead, lambda e: e.kind == "din")
    for other in work.of(IdentifierRead, lambda e: e.kind == "din"):
        work.change(other, identifier=other.identifier[:-1])
    return read.point


@plants("IDM-MATCH", "two_heads", "VER-MBR")
def two_heads(work: Workbench) -> str:
    """Two heads of one lot that name two patients."""
    other = msgspec.structs.replace(work.head, coi_identifier=_swapped(work.plan.coi_identifier))
    work.record.events.insert(1, other)
    return ""


@plants("VER-MBR", "contradiction")
def heads_contradict(work: Workbench) -> str:
    """Two heads of one lot that contradict each other."""
    site = work.plan.network.sites
    elsewhere = next(name for name in site if name != work.plan.site.id)
    work.record.events.insert(1, msgspec.structs.replace(work.head, site=elsewhere))
    return ""


@plants("IDM-POINT", "missing")
def point_missing(work: Workbench) -> str:
    """Identity not read where it must be."""
    point = work.choose([*work.plan.mbr.identity_points])
    carrier = work.choose([*point.carriers])
    reads = work.of(IdentifierRead, lambda e: e.point == point.id and e.carrier == carrier)
    if any(read.kind == "din" for read in reads):
        work.choose([])
    for read in reads:
        work.remove(read)
    return point.id


@plants("IDM-POINT", "not_compared")
def not_compared(work: Workbench) -> str:
    """At a point only identifiers were read that cannot be compared with the lot."""
    point = "fill"
    for read in work.of(IdentifierRead, lambda e: e.point == point):
        work.change(read, kind="container", identifier=f"{work.lot}-BAG1")
    return point


@plants("IDM-POINT", "not_foreseen", "CMP-EXTRA", "TPV-SECOND-PERSON")
def point_not_foreseen(work: Workbench) -> str:
    """Identity read at a point that the master batch record does not name."""
    work.add(msgspec.structs.replace(_coi(work), point="recheck"))
    return "recheck"


@plants("IDM-CONTAINER", "carriers_disagree")
def carriers_disagree(work: Workbench) -> str:
    """Two carriers at one point name two containers."""
    point = next(iter(work.plan.mbr.identity_points))
    reads = {read.carrier: read for read in work.of(IdentifierRead, lambda e: e.point == point.id)}
    for number, read in enumerate(reads.values(), 1):
        work.add(msgspec.structs.replace(read, kind="container", identifier=f"{work.plan.din}-{number:02d}"))
    return point.id


@plants("IDM-CONTAINER", "not_received")
def container_not_received(work: Workbench) -> str:
    """A bag consumed that is none of those collected."""
    used = work.pick(MaterialUsed, lambda e: e.use == "consumed" and bool(e.container))
    work.change(used, container=f"{work.plan.din}-02")
    return ""


@plants("IDM-CONTAINER", "other_lot", "IDM-MATCH", "CUS-CHAIN", alone=True)
def container_of_another_lot(work: Workbench) -> str:
    """A bag of another patient's lot read at receipt."""
    other = next(work.earlier_lots(60), None) or work.choose([])
    read = work.pick(IdentifierRead, lambda e: e.point == "receipt")
    work.add(msgspec.structs.replace(read, kind="container", identifier=f"{other.din}-01"))
    work.also_in.append(other.lot)
    return ""


@plants("REC-LABEL", "unbalanced")
def labels_unbalanced(work: Workbench) -> str:
    """A printed label that nobody can account for."""
    count = work.pick(LabelsReconciled)
    work.change(count, printed=count.printed + 1)
    return count.label


@plants("REC-LABEL", "impossible")
def labels_impossible(work: Workbench) -> str:
    """A negative number of labels."""
    count = work.pick(LabelsReconciled)
    work.change(count, scrapped=-1, printed=count.applied + count.retained - 1)
    return count.label


@plants("REC-LABEL", "missing")
def labels_not_counted(work: Workbench) -> str:
    """Labels that nobody counted."""
    count = work.pick(LabelsReconciled)
    work.remove(count)
    return count.label


@plants("REC-LABEL", "not_foreseen", "CMP-EXTRA")
def label_not_foreseen(work: Workbench) -> str:
    """A label that the master batch record does not know."""
    work.add(msgspec.structs.replace(work.pick(LabelsReconciled), label="study_label"))
    return "study_label"


@plants(
    "VER-MBR",
    "no_head",
    "VER-MARKET",
    "SPC-RESULT",
    "IDM-MATCH",
    "IDM-POINT",
    "SPC-REPEAT",
    "CMP-EXTRA",
    alone=True,
)
def no_head(work: Workbench) -> str:
    """A record without its head."""
    for head in work.of(LotOpened):
        work.remove(head)
    return ""


@plants("VER-MBR", "version", alone=True)
def older_mbr(work: Workbench) -> str:
    """A lot made after an older version of the master batch record."""
    work.change(work.head, mbr_version=str(int(work.plan.mbr.version) - 1))
    return ""


@plants("VER-MBR", "mbr", alone=True)
def another_mbr(work: Workbench) -> str:
    """A lot made after another master batch record."""
    work.change(work.head, mbr=f"{work.plan.mbr.id}-PILOT")
    return ""


@plants("VER-MBR", "product", alone=True)
def another_product(work: Workbench) -> str:
    """A record that names another product."""
    work.change(work.head, product=f"{work.plan.product.code}X")
    return ""


@plants("VER-MARKET", "unknown", "SPC-RESULT", "SPC-REPEAT", alone=True)
def market_unknown(work: Workbench) -> str:
    """A market for which there is no specification."""
    work.change(work.head, intended_market="CH")
    return ""


@plants("VER-MARKET", "missing", "SPC-RESULT", "SPC-REPEAT", alone=True)
def market_missing(work: Workbench) -> str:
    """A record that does not say for which market the lot is meant."""
    work.change(work.head, intended_market="")
    return ""


@plants("CMP-EXTRA", "other", "IDM-POINT", "REC-LABEL", "CUS-CHAIN", "SPC-REPORT", "TRD-SERIES")
def extra_label(work: Workbench) -> str:
    """A label counted that the master batch record does not know."""
    work.add(msgspec.structs.replace(work.pick(LabelsReconciled), label="sample_label"))
    return "sample_label"
