"""What was planted where: the truth that a review is scored against."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from onelot.kernel.refusals import refuse


class PlantedDefect(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One defect in one lot's record."""

    defect: str
    """``CHECK.variant`` of the finding that must be raised."""
    what: str
    """What was done to the record, in words."""
    subject: str = ""
    """What the finding must be about; empty: anything."""
    also: tuple[str, ...] = ()
    """Checks whose findings follow from the defect: consequences, no false alarms."""
    with_lot: str = ""
    """The other lot, where it shows only beside that one."""
    late: bool = False
    """Shows only once the late results are there."""

    @property
    def check(self) -> str:
        """The check that must find it."""
        return self.defect.partition(".")[0]

    @property
    def variant(self) -> str:
        """The variant that must be found."""
        return self.defect.partition(".")[2]


class TrueLot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One lot, with its files (paths within the folder, in the order in which they arrive)."""

    lot: str
    product: str
    site: str
    market: str
    files: tuple[str, ...]
    late_results: str = ""
    """The last one of the files, where final results of a test come after the record."""
    planted: tuple[PlantedDefect, ...] = ()


class Truth(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All lots of one simulation; ``truth.json``."""

    format: Literal["onelot-truth/1"]
    seed: int
    lots: tuple[TrueLot, ...]
    site_files: tuple[str, ...]
    mbrs: dict[str, str]
    """Product code to the file of its master batch record."""
    mappings: tuple[str, ...] = ()


def load_truth(data: bytes, name: str) -> Truth:
    """Raises Refused (``simulation.truth_unreadable``)."""
    try:
        return msgspec.json.decode(data, type=Truth)
    except msgspec.MsgspecError as error:
        raise refuse(
            "simulation.truth_unreadable", "This is not a truth file of a simulation.", where=name,
            expected="truth.json as written by 'onelot simulate'", got=str(error),
        ) from error  # fmt: skip


def arrived(truth: Truth, files: Collection[str]) -> Truth:
    """The truth as far as files have arrived: what only late results show is not there before them."""
    return msgspec.structs.replace(
        truth,
        lots=tuple(
            msgspec.structs.replace(
                lot,
                planted=tuple(one for one in lot.planted if not one.late or lot.late_results in files),
            )
            for lot in truth.lots
        ),
    )
