"""Messages of production and material: ``ProductionPerformance`` (V0401), ``OperationsPerformance`` and
``WorkPerformance`` (V7), ``MaterialInformation`` and ``MaterialLot``.

A response is read as the record of one lot: its lot is the request it answers (``ProductionRequestID``,
``OperationsRequestID``, ``WorkRequestID``), else its own ``ID``. Phases are paths of segment ids.
"""

from __future__ import annotations

from datetime import datetime

from onelot.execution.events import EquipmentUsed, MaterialUsed, ParameterRecorded, PhasePerformed
from onelot.intake.b2mml.fields import MalformedError, read_time
from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.stream import Container, Plain, Unmapped
from onelot.intake.b2mml.vocabulary import MATERIAL_WORDS, NIL, UNITS
from onelot.supply.events import MaterialLotStatusChanged

RESPONSES = frozenset(("ProductionResponse", "OperationsResponse", "WorkResponse"))
SEGMENTS = frozenset(
    (
        "SegmentResponse",
        "SegmentResponseChild",
        "ProductionSegmentResponse",
        "JobResponse",
        "JobResponseChild",
    )
)
_REQUESTS = frozenset(("ProductionRequestID", "OperationsRequestID", "WorkRequestID"))
_NAMES = ("ProcessSegmentID", "OperationsSegmentID", "WorkMasterID", "WorkDirectiveID", "ID")
_STARTS, _ENDS = ("ActualStartTime", "StartTime"), ("ActualEndTime", "EndTime", "Endtime")
_STATES = {
    "completed": "completed", "complete": "completed", "closed": "completed", "aborted": "aborted",
    "running": "running",
}  # fmt: skip
_DATA = frozenset(("SegmentData", "ProductionData", "JobResponseData"))
_USES = {"consumed": "consumed", "produced": "produced", "sample": "sampled", "returned sample": "returned"}
MATERIALS = frozenset(("MaterialLot", "MaterialSubLot", "MaterialSublot"))
_EXPIRY = frozenset(("expirydate", "expirationdate", "expiry", "expiration"))


def _text(reading: Reading, element: Element, *path: str) -> str | None:
    found = element.find("/".join(reading.prefix + name for name in path))
    return None if found is None or found.get(NIL) == "true" else found.text or ""


def _quantity(reading: Reading, element: Element, holder: str, leaf: str) -> tuple[str, str] | None:
    """Value and UCUM unit of the only such child; None where there is none or more than one."""
    if len(element.findall(reading.prefix + holder)) != 1:
        return None
    value = _text(reading, element, holder, leaf)
    unit = _text(reading, element, holder, "UnitOfMeasure") or ""
    return None if value is None else (value, UNITS.get(unit, unit))


class Performance(Plain):
    """The performance itself: responses, and a header of no meaning."""

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Each response."""
        if name in RESPONSES:
            return Response(self.reading)
        return Unmapped(self.reading, name) if len(child) else None

    def read(self, child: Element, name: str, place: str) -> None:
        """The header; its ID names the document."""
        if name == "ID" and not self.reading.document:
            self.reading.document = self.reading.text(child, place).strip()
        else:
            self.reading.keep(child, name, place)


class Response(Plain):
    """The record of one lot."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        reading.lot = ""

    def enter(self, child: Element, name: str, place: str) -> Container | None:
        """Each segment."""
        if name in SEGMENTS:
            if not self.reading.lot:
                self.reading.fault(
                    "intake.b2mml.lot_missing", "The response does not say which lot it is of.", child, place,
                    expected="ID, or the ID of the request, before the segments",
                )  # fmt: skip
            return Segment(self.reading, "")
        return Unmapped(self.reading, f"Response/{name}") if len(child) else None

    def read(self, child: Element, name: str, place: str) -> None:
        """The header."""
        if name in _REQUESTS or (name == "ID" and not self.reading.lot):
            self.reading.lot = self.reading.text(child, place)
        else:
            self.reading.keep(child, f"Response/{name}", place)


class Segment(Plain):
    """One segment: a phase, with what was used and recorded in it."""

    def __init__(self, reading: Reading, parent: str) -> None:
        super().__init__(reading)
        self._parent = parent
        self._names: dict[str, str] = {}
        self._start: datetime | None = None
        self._end: datetime | None = None
        self._state: str | None = None
        self._people: list[str] = []

    @property
    def _phase(self) -> str:
        name = next((self._names[key] for key in _NAMES if key in self._names), "")
        return f"{self._parent}/{name}" if self._parent else name

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Segments within."""
        if name in SEGMENTS:
            return Segment(self.reading, self._phase)
        if name in _READ_WHOLE:
            return None
        return Unmapped(self.reading, f"Segment/{name}") if len(child) else None

    def read(self, child: Element, name: str, place: str) -> None:
        """One part of the segment."""
        reading = self.reading
        if name in _NAMES and name not in self._names:
            self._names[name] = reading.text(child, place)
        elif name in _STARTS:
            self._start = reading.time(child, place)
        elif name in _ENDS:
            self._end = reading.time(child, place)
        elif name in ("SegmentState", "JobState"):
            self._state = reading.text(child, place).strip().lower()
        elif name in _DATA:
            self._parameter(child, name, place)
        elif name == "MaterialActual":
            self._material(child, place)
        elif name == "EquipmentActual":
            self._equipment(child, place)
        elif name == "PersonnelActual":
            self._people.append(_text(reading, child, "PersonID") or "")
            self._rest(child, "PersonnelActual", place, {"PersonID"})
        else:
            reading.keep(child, f"Segment/{name}", place)

    def leave(self, element: Element, place: str) -> None:  # noqa: ARG002
        """The phase, where the segment says that and when it ran."""
        reading = self.reading
        state = "completed" if self._state is None and self._end else _STATES.get(self._state or "")
        if state is None and self._start and self._state is None:
            state = "running"
        if state is None:
            if self._state:
                shown = [self._state, *(at.isoformat() for at in (self._start, self._end) if at)]
                reading.unmapped("Segment/SegmentState", "; ".join(shown), place)
            for person in self._people:
                reading.unmapped("Segment/PersonnelActual", person, place)
            return
        reading.counts[PhasePerformed, reading.lot, self._phase] += 1
        for person in self._people[1:]:
            reading.unmapped("Segment/PersonnelActual", person, place)
        reading.found(
            PhasePerformed(
                lot=reading.lot, phase=self._phase, state=state,  # type: ignore[arg-type]
                occurrence=reading.counts[PhasePerformed, reading.lot, self._phase],
                started_at=self._start, ended_at=self._end, performed_by=self._people[0] if self._people else "",
            ),
            place,
        )  # fmt: skip

    def _rest(self, element: Element, name: str, place: str, taken: set[str]) -> None:
        """Keep what was not taken; the data type of a taken quantity says nothing more."""
        for number, child in enumerate(element, 1):
            local = self.reading.local(child.tag)
            if local not in taken:
                self.reading.keep(child, f"{name}/{local}", f"{place}/*[{number}]")

    def _parameter(self, element: Element, name: str, place: str) -> None:
        found, parameter = (
            _quantity(self.reading, element, "Value", "ValueString"),
            _text(self.reading, element, "ID"),
        )
        if found is None or parameter is None:
            self.reading.keep(element, f"Segment/{name}", place)
            return
        value, unit = found
        self.reading.counts[ParameterRecorded, self.reading.lot, self._phase, parameter] += 1
        self.reading.found(
            ParameterRecorded(
                lot=self.reading.lot, phase=self._phase, parameter=parameter, value=value, unit=unit,
                status="recorded" if value else "blank",
                occurrence=self.reading.counts[ParameterRecorded, self.reading.lot, self._phase, parameter],
            ),
            place,
        )  # fmt: skip
        self._rest(element, name, place, {"ID", "Value"})

    def _material(self, element: Element, place: str) -> None:
        reading = self.reading
        quantity = _quantity(reading, element, "Quantity", "QuantityString")
        use = _USES.get((_text(reading, element, "MaterialUse") or "").strip().lower())
        material, lot = (
            _text(reading, element, "MaterialDefinitionID"),
            _text(reading, element, "MaterialLotID"),
        )
        at = self._end or self._start or reading.created_at
        if quantity is None or use is None or material is None or lot is None or at is None:
            reading.keep(element, "Segment/MaterialActual", place)
            return
        reading.found(
            MaterialUsed(
                lot=reading.lot, phase=self._phase, material=material, material_lot=lot, use=use,  # type: ignore[arg-type]
                quantity=quantity[0], unit=quantity[1], used_at=at, entered_at=reading.created_at,
                container=_text(reading, element, "MaterialSubLotID") or "",
            ),
            place,
        )  # fmt: skip
        if self._end is None and self._start is None:
            reading.unmapped(
                "Segment/MaterialActual/time",
                f"no time of use is given; the message's {at.isoformat()} stands for it", place,
            )  # fmt: skip
        taken = {"Quantity", "MaterialUse", "MaterialDefinitionID", "MaterialLotID", "MaterialSubLotID"}
        self._rest(element, "MaterialActual", place, taken)

    def _equipment(self, element: Element, place: str) -> None:
        equipment = _text(self.reading, element, "EquipmentID")
        if equipment is None or self._start is None:
            self.reading.keep(element, "Segment/EquipmentActual", place)
            return
        self.reading.found(
            EquipmentUsed(
                lot=self.reading.lot, phase=self._phase, equipment=equipment,
                equipment_class=_text(self.reading, element, "EquipmentClassID") or "",
                used_from=self._start, used_until=self._end,
            ),
            place,
        )  # fmt: skip
        self._rest(element, "EquipmentActual", place, {"EquipmentID", "EquipmentClassID"})


_READ_WHOLE = frozenset((*_DATA, "MaterialActual", "EquipmentActual", "PersonnelActual"))


class Materials(Plain):
    """``MaterialInformation``: lots of material and their status at the time of the message."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self._material = ""

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Each lot."""
        if name in MATERIALS:
            return MaterialLot(self.reading, self._material)
        return Unmapped(self.reading, f"MaterialInformation/{name}") if len(child) else None

    def read(self, child: Element, name: str, place: str) -> None:
        """The header; its ID is that of the material."""
        if name == "ID":
            self._material = self.reading.text(child, place)
        else:
            self.reading.keep(child, f"MaterialInformation/{name}", place)


class MaterialLot(Plain):
    """``MaterialLot`` or a sublot of it."""

    def __init__(self, reading: Reading, material: str) -> None:
        super().__init__(reading)
        self._texts = {"MaterialDefinitionID": material} if material else {}
        self._expiry: datetime | None = None

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Sublots."""
        if name in MATERIALS:
            return MaterialLot(self.reading, self._texts.get("MaterialDefinitionID", ""))
        return (
            Unmapped(self.reading, f"MaterialLot/{name}")
            if len(child) and name != "MaterialLotProperty"
            else None
        )

    def read(self, child: Element, name: str, place: str) -> None:
        """One part of the lot."""
        reading = self.reading
        if name in ("ID", "MaterialDefinitionID", "Status"):
            self._texts[name] = reading.text(child, place)
        elif name == "MaterialLotProperty" and (_text(reading, child, "ID") or "").strip().lower() in _EXPIRY:
            found = _quantity(reading, child, "Value", "ValueString")
            try:
                self._expiry = read_time(found[0]) if found else None
            except MalformedError as error:
                reading.malformed(error, child, place)
        else:
            reading.keep(child, f"MaterialLot/{name}", place)

    def leave(self, element: Element, place: str) -> None:
        """The status, where it is one that is known."""
        reading, texts = self.reading, self._texts
        if "ID" not in texts:
            reading.fault(
                "intake.b2mml.missing", "The lot of material has no ID.", element, place, expected="ID"
            )
            return
        status = MATERIAL_WORDS.get(texts.get("Status", "").strip().lower())
        material = texts.get("MaterialDefinitionID")
        if status is None or material is None or reading.created_at is None:
            shown = "; ".join(f"{name}={text}" for name, text in texts.items())
            expiry = f"; expiry={self._expiry.isoformat()}" if self._expiry else ""
            reading.unmapped("MaterialLot", shown + expiry, place)
            return
        reading.found(
            MaterialLotStatusChanged(
                material=material, material_lot=texts["ID"], status=status,  # type: ignore[arg-type]
                changed_at=reading.created_at, expiry_at=self._expiry,
            ),
            place,
        )  # fmt: skip
