"""Data sets of a BatchProductionRecord: time series."""

from __future__ import annotations

from datetime import datetime

from onelot.execution.events import SeriesPoint, SeriesRecorded
from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.sections import Section
from onelot.intake.b2mml.stream import Container, Plain
from onelot.intake.b2mml.vocabulary import QUALITIES, UNITS
from onelot.kernel.said import said

_TAG_DETAILS = frozenset(
    """DataSource Alias EquipmentID Description PhysicalAssetID ProceduralElementReference Deadband SignificantDigits
    DataCompression SamplingType""".split()  # noqa: SIM905
)


class DataSets(Plain):
    """``DataSets``; a data set is read piece by piece, for it may hold years of readings."""

    def enter(self, child: Element, name: str, place: str) -> Container | None:
        """Each data set."""
        return DataSet(self.reading, child, place) if name == "DataSet" else None

    def read(self, child: Element, name: str, place: str) -> None:  # noqa: ARG002
        """Nothing else belongs here."""
        self.reading.unknown(child, place, "DataSets")


class DataSet(Section):
    """One ``DataSet``: a series for each tag."""

    def __init__(self, reading: Reading, element: Element, place: str) -> None:
        super().__init__(reading)
        self._element, self._place = element, place
        self._texts: dict[str, str] = {}
        self._tags: dict[str, dict[str, str]] = {}
        self._points: dict[str, list[SeriesPoint]] = {}
        self._relative = False
        prefix = reading.prefix
        self._time, self._data = f"{prefix}TimeValue", f"{prefix}DataValue"
        self._order = f"{prefix}OrderIndex"
        self._index, self._value, self._quality = f"{prefix}TagIndex", f"{prefix}Value", f"{prefix}Quality"

    def read(self, child: Element, name: str, place: str) -> None:
        """One part of the data set."""
        if name == "OrderedData":
            self._ordered(child, place)
        elif name == "TagSpecification":
            self._tag(child, place)
        elif name in ("EntryID", "ObjectType"):
            self._texts[name] = self.reading.text(child, place)
        elif name in ("TimeStamp", "StartTime", "EndTime"):
            self.reading.time(child, place)
        elif name == "DelimitedDataBlock":
            if "".join(part.text or "" for part in child.iterfind(f"{self.reading.prefix}DelimitedData")):
                self.reading.keep(child, "DataSet/DelimitedDataBlock", place)
        elif name == "TimeSpecification":
            relative = child.find(f"{self.reading.prefix}Relative")
            self._relative = relative is not None and (relative.text or "").strip() == "true"
            self.reading.keep(child, "DataSet/TimeSpecification", place)
        elif name in ("ExternalReference", "Description", "TrendSystemReference"):
            self.reading.keep(child, f"DataSet/{name}", place)
        else:
            self.reading.unknown(child, place, "DataSet")

    def leave(self, element: Element, place: str) -> None:
        """All readings are known."""
        self.reading.entry(element, self._texts.get("EntryID"), self._texts.get("ObjectType"), place)
        if not self._tags:
            self.reading.fault(
                "intake.b2mml.missing",
                "DataSet has no TagSpecification.",
                element,
                place,
                expected="TagSpecification",
            )
        for index, tag in self._tags.items():
            self.reading.found(
                SeriesRecorded(
                    lot=self.lot(element, place), series=tag["series"], unit=tag["unit"], device=tag["device"],
                    points=tuple(self._points.get(index, ())),
                ),
                place if len(self._tags) == 1 else f"{place}/TagSpecification[{list(self._tags).index(index) + 1}]",
            )  # fmt: skip

    def _tag(self, element: Element, place: str) -> None:
        texts: dict[str, str] = {}
        for child in element:
            name = self.reading.local(child.tag)
            if name in ("TagIndex", "UnitOfMeasure", "Alias", "DataSource", "EquipmentID", "DataType") and (
                name not in texts
            ):
                texts[name] = self.reading.text(child, f"{place}/{name}")
            elif name in _TAG_DETAILS:
                self.reading.keep(child, f"TagSpecification/{name}", f"{place}/{name}")
            else:
                self.reading.unknown(child, f"{place}/{name}", "TagSpecification")
        series = texts.get("Alias", texts.get("DataSource"))
        if series is None or "TagIndex" not in texts:
            missing = "TagIndex" if "TagIndex" not in texts else "Alias or DataSource"
            self.reading.fault(
                "intake.b2mml.missing",
                said("TagSpecification has no {missing}.", missing=missing),
                element,
                place,
                expected=missing,
            )
            return
        if "Alias" in texts and "DataSource" in texts:
            self.reading.unmapped("TagSpecification/DataSource", texts["DataSource"], place)
        unit = texts.get("UnitOfMeasure", "")
        self._tags[texts["TagIndex"].strip()] = {
            "series": series, "unit": UNITS.get(unit, unit), "device": texts.get("EquipmentID", "")
        }  # fmt: skip

    def _ordered(self, element: Element, place: str) -> None:
        at: datetime | None = None
        for child in element:
            tag = child.tag
            if tag == self._time:
                at = self.reading.time(child, f"{place}/TimeValue")
                if at is None:
                    return
            elif tag == self._data:
                self._point(child, at, place)
            elif tag != self._order:
                self.reading.unknown(child, place, "OrderedData")
            if child.tail and not child.tail.isspace():
                self.stray(child.tail, element, place)

    def _point(self, element: Element, at: datetime | None, place: str) -> None:
        index = next(iter(self._tags), "")
        value: str | None = None
        quality = "good"
        for child in element:
            tag = child.tag
            if tag == self._value and value is None:
                value = self.reading.text(child, f"{place}/DataValue/Value")
            elif tag == self._quality:
                quality = self._judged(child, place)
            elif tag == self._index:
                index = (child.text or "").strip()
            else:
                self.reading.unknown(child, place, "DataValue")
        if value is None or index not in self._tags:
            what, due = (
                ("Value", "Value")
                if value is None
                else ("tag of this index", "the TagIndex of a specification")
            )
            self.reading.fault(
                "intake.b2mml.missing",
                said("DataValue has no {what}.", what=what),
                element,
                place,
                expected=due,
                got=index,
            )
        elif at is None or self._relative:
            self.reading.unmapped("OrderedData", value, place)  # a reading without an instant of its own
        else:
            self._points.setdefault(index, []).append(SeriesPoint(at, value, quality))  # type: ignore[arg-type]

    def _judged(self, element: Element, place: str) -> str:
        word = (element.text or "").strip().lower()
        if word not in QUALITIES:
            self.reading.unmapped("DataValue/Quality", element.text or "", place)
        return QUALITIES.get(word, "uncertain")
