"""``BatchProductionRecord``: its header and its lists of entries."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from onelot.execution.events import LotOpened
from onelot.intake.b2mml.datasets import DataSets
from onelot.intake.b2mml.entries import EventReader
from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.sections import Comments, Qualifications, Samples
from onelot.intake.b2mml.stream import Container, Plain, Unmapped
from onelot.intake.b2mml.vocabulary import HEADER, OTHER_SECTIONS
from onelot.kernel.said import said

_TIMES = frozenset(("TimeStamp", "PublishedDate", "CreationDate", "ExpirationDate", "LastChangedDate"))
_SILENT = frozenset(
    ("ID", "EntryID", "ObjectType", "TimeStamp", "PublishedDate", "LotID", "Language", "Delimiter")
)
"""Header elements that say which record this is, not what happened."""
_OPENING = {
    "MaterialDefinitionID": "product",
    "BatchProductionRecordSpec": "mbr",
    "Version": "mbr_version",
    "EquipmentScope": "site",
}
"""What the header says of the lot's opening; the writer repeats it there from the event."""


class Events(Plain):
    """``Events``."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._reader = EventReader(reading)

    def read(self, child: Element, name: str, place: str) -> None:
        """One event."""
        if name == "Event":
            self._reader.read(child, place)
        else:
            self.reading.unknown(child, place, "Events")


_READ: dict[str, Callable[[Reading], Container]] = {
    "Comments": Comments,
    "DataSets": DataSets,
    "Events": Events,
    "ResourceQualifications": Qualifications,
    "Samples": Samples,
}


class Record(Plain):
    """One ``BatchProductionRecord``, or the one that may stand inside it."""

    def __init__(self, reading: Reading, *, inner: bool = False) -> None:
        super().__init__(reading)
        self._inner = inner
        self._texts: dict[str, str] = {}
        self._recipe: dict[str, str] = {}
        self._created_at: datetime | None = None
        self._outer_lot = reading.lot if inner else ""
        self._outer_ids = set(reading.entry_ids)
        reading.entry_ids.clear()
        if not inner:
            reading.lot = ""
            reading.running.clear()
        self._start = len(reading.extracts)

    def enter(self, child: Element, name: str, place: str) -> Container | None:
        """Lists of entries, and a record inside this one."""
        if name in _READ:
            return _READ[name](self.reading)
        if name == "MasterRecipes":
            return MasterRecipe(self.reading, name, self._recipe)
        if name in OTHER_SECTIONS or not child.tag.startswith(self.reading.prefix):
            return Unmapped(self.reading, f"BatchProductionRecord/{name}") if len(child) else None
        if name == "BatchProductionRecord":
            if self._inner:
                self.reading.fault(
                    "intake.b2mml.nested", "A record inside a record holds a further one.", child, place,
                    expected="at most one level of BatchProductionRecord in BatchProductionRecord",
                )  # fmt: skip
                return Unmapped(
                    self.reading, "BatchProductionRecord/BatchProductionRecord/BatchProductionRecord"
                )
            return Record(self.reading, inner=True)
        return None

    def read(self, child: Element, name: str, place: str) -> None:
        """One simple element of the header."""
        if name in OTHER_SECTIONS:
            return  # an empty list
        if name not in HEADER:
            self.reading.unknown(child, place, "BatchProductionRecord")
            return
        text = self.reading.text(child, place)
        if child.attrib:
            self.reading.keep_attributes(child, f"BatchProductionRecord/{name}", place)
        if name in self._texts:
            if name == "Description":
                self.reading.keep(child, "BatchProductionRecord/Description", place)
            else:
                self.reading.fault(
                    "intake.b2mml.structure", said("{name} is given twice.", name=name), child, place
                )
            return
        self._texts[name] = text
        if name in _TIMES:
            instant = self.reading.time(child, place)
            if name == "PublishedDate" and self.reading.created_at is None:
                self.reading.created_at = instant
            elif name == "CreationDate":
                self._created_at = instant
        if name == "LotID" or (name == "BatchID" and not self.reading.lot):
            self.reading.lot = text

    def leave(self, element: Element, place: str) -> None:
        """Check the header, and state from it what no entry stated."""
        reading, texts = self.reading, self._texts
        if "ID" not in texts:
            reading.fault("intake.b2mml.missing", "The record has no ID.", element, place, expected="ID")
        reading.entry(element, texts.get("EntryID"), texts.get("ObjectType"), place)
        if not reading.document and not self._inner:
            reading.document = texts.get("ID", "").strip()
        stated = [
            extract.event
            for extract in reading.extracts[self._start :]
            if isinstance(extract.event, LotOpened)
        ]
        used = set(_SILENT)
        if (
            not stated
            and reading.lot
            and not self._inner
            and (self._recipe or texts.keys() & _OPENING.keys())
        ):
            used |= {*_OPENING, "CreationDate"}
            self._open(place)
        for event in stated:
            used |= {name for name, field in _OPENING.items() if texts.get(name) == getattr(event, field)}
            if event.opened_at is not None and event.opened_at == self._created_at:
                used.add("CreationDate")
        if texts.get("BatchID") == reading.lot:
            used.add("BatchID")
        for name, text in texts.items():
            if name not in used and text.strip():
                reading.unmapped(f"BatchProductionRecord/{name}", text, f"{place}/{name}")
        if self._inner:
            reading.lot = self._outer_lot
            reading.entry_ids.clear()
            reading.entry_ids |= self._outer_ids

    def _open(self, place: str) -> None:
        texts = self._texts
        event = LotOpened(
            lot=self.reading.lot, coi_identifier="", product=texts.get("MaterialDefinitionID", ""),
            mbr=self._recipe.get("ID", texts.get("BatchProductionRecordSpec", "")),
            mbr_version=self._recipe.get("Version", texts.get("Version", "")),
            site=texts.get("EquipmentScope", ""), opened_at=self._created_at,
        )  # fmt: skip
        self.reading.found(event, place)


class MasterRecipe(Unmapped):
    """``MasterRecipes``: which recipe was followed has a meaning; its content is the master batch record's."""

    def __init__(self, reading: Reading, name: str, recipe: dict[str, str]) -> None:
        super().__init__(reading, name)
        self._recipe = recipe

    def enter(self, child: Element, name: str, place: str) -> Container | None:
        """Down to the recipe itself."""
        if name in ("MasterRecipeRecord", "MasterRecipe"):
            return MasterRecipe(self._reading, f"{self._name}/{name}", self._recipe)
        return super().enter(child, name, place)

    def read(self, child: Element, name: str, place: str) -> None:
        """The recipe's id and version."""
        if self._name.endswith("/MasterRecipe") and name in ("ID", "Version") and name not in self._recipe:
            self._recipe[name] = self._reading.text(child, place)
        elif not (self._name.endswith("/MasterRecipeRecord") and name in ("EntryID", "ObjectType")):
            super().read(child, name, place)
