"""Comments, resource qualifications and samples of a BatchProductionRecord."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from onelot.execution.events import CommentRecorded, ResultReported
from onelot.intake.b2mml.fields import MalformedError, NotFittingError, fields_of, read_field, read_time
from onelot.intake.b2mml.reading import Element
from onelot.intake.b2mml.stream import Plain
from onelot.intake.b2mml.vocabulary import FAILED, JUDGED, NIL, PASSED, RESULT_WORDS, UNITS
from onelot.kernel.said import said
from onelot.registry.events import EquipmentStatusRecorded, TrainingRecorded

EQUIPMENT, PERSONNEL, PERFORMER = "Equipment", "Personnel", "performed_by"
"""Words of ResourceType, and the schemeName of an ExternalReference that names who did it."""
RESULT_DETAILS = (
    "occurrence", "laboratory", "analyst", "reviewed_by", "reviewed_at", "reason", "many",
)  # fmt: skip
"""Fields of a result for which a sample has no element: they stand in ``Results`` with this ``Key``."""
_POSITIVE, _KINDS = "passed", ("calibration", "cleaning", "qualification")


class Section(Plain):
    """What the lists of entries share."""

    def leaf_texts(self, element: Element, place: str, known: dict[str, str]) -> dict[str, str]:
        """Texts of the simple children by name; ``known`` says which there are. Others are kept or faults."""
        found: dict[str, str] = {}
        parent = self.reading.local(element.tag)
        for child in element:
            name = self.reading.local(child.tag)
            if known.get(name) == "own":
                continue
            if name not in known:
                self.reading.unknown(child, f"{place}/{name}", parent)
            elif name in found or known[name] == "keep":
                self.reading.keep(child, f"{parent}/{name}", f"{place}/{name}")
            else:
                found[name] = self.reading.text(child, f"{place}/{name}")
            if child.tail and not child.tail.isspace():
                self.stray(child.tail, element, place)
            if child.attrib:
                self.reading.keep_attributes(child, f"{parent}/{name}", f"{place}/{name}")
        self.reading.entry(element, found.get("EntryID"), found.get("ObjectType"), place)
        return found

    def lot(self, element: Element, place: str) -> str:
        """The record's lot; a fault where it is not known."""
        if not self.reading.lot:
            self.reading.fault(
                "intake.b2mml.lot_missing", "The record does not say which lot it is of.", element, place,
                expected="LotID (or BatchID) of the BatchProductionRecord, before its entries",
            )  # fmt: skip
        return self.reading.lot

    def instant(self, texts: dict[str, str], name: str, element: Element, place: str) -> datetime | None:
        """A time among the texts; None where there is none, or where it is a fault."""
        if not texts.get(name):
            return None
        try:
            return read_time(texts[name])
        except MalformedError as error:
            at = element.find(self.reading.prefix + name)
            self.reading.malformed(error, element if at is None else at, f"{place}/{name}")
            return None

    def requires(self, texts: dict[str, str], names: tuple[str, ...], element: Element, place: str) -> bool:
        """Whether all are there; a fault for each that is not."""
        parent = self.reading.local(element.tag)
        missing = [name for name in names if name not in texts]
        for name in missing:
            self.reading.fault(
                "intake.b2mml.missing",
                said("{parent} has no {name}.", parent=parent, name=name),
                element,
                place,
                expected=name,
            )
        return not missing


_ENTRY = {
    "EntryID": "",
    "ObjectType": "",
    "TimeStamp": "",
    "ExternalReference": "keep",
    "Description": "keep",
}


class Comments(Section):
    """``Comments``."""

    _KNOWN: ClassVar = {**_ENTRY, "RecordReference": "", "CommentText": "", "PersonID": ""}

    def read(self, child: Element, name: str, place: str) -> None:
        """One comment."""
        if name != "Comment":
            self.reading.unknown(child, place, "Comments")
            return
        texts = self.leaf_texts(child, place, self._KNOWN)
        at = self.instant(texts, "TimeStamp", child, place)
        if not self.requires(texts, ("RecordReference", "CommentText"), child, place):
            return
        self.reading.found(
            CommentRecorded(
                lot=self.lot(child, place), subject=texts["RecordReference"], text=texts["CommentText"],
                written_by=texts.get("PersonID", ""), written_at=at,
            ),
            place,
        )  # fmt: skip


class Qualifications(Section):
    """``ResourceQualifications``: training of people, calibration and cleaning of equipment."""

    _KNOWN: ClassVar = {
        **_ENTRY, "ExternalReference": "", "RecordReference": "", "ResourceID": "", "ResourceUse": "",
        "ResourceType": "",
        "QualificationStatus": "", "EffectiveTimeStamp": "", "ExpirationTimeStamp": "",
    }  # fmt: skip

    def read(self, child: Element, name: str, place: str) -> None:
        """One manifest."""
        if name != "ResourceQualificationsManifest":
            self.reading.unknown(child, place, "ResourceQualifications")
            return
        texts = self.leaf_texts(child, place, self._KNOWN)
        due = ("RecordReference", "ResourceID", "ResourceUse", "ResourceType", "QualificationStatus")
        self.instant(texts, "TimeStamp", child, place)
        start = self.instant(texts, "EffectiveTimeStamp", child, place)
        end = self.instant(texts, "ExpirationTimeStamp", child, place)
        if not self.requires(texts, due, child, place):
            return
        status = texts["QualificationStatus"].strip().lower()
        outcome = _POSITIVE if status in PASSED else "failed" if status in FAILED else ""
        kind, use = texts["ResourceType"].strip().casefold(), texts["ResourceUse"]
        if start and kind in ("personnel", "person") and outcome == _POSITIVE:
            self.reading.found(
                TrainingRecorded(
                    person=texts["ResourceID"], curriculum=use, valid_from=start, valid_until=end
                ),
                place,
            )
            self._keep_reference(texts, place, "RecordReference", "ExternalReference")
        elif start and kind == "equipment" and outcome and use in _KINDS:
            self.reading.found(
                self._equipment(child, texts, place, outcome=outcome, start=start, end=end), place
            )
        else:
            shown = "; ".join(f"{name}={text}" for name, text in texts.items() if name != "ObjectType")
            self.reading.unmapped("ResourceQualificationsManifest", shown, place)

    def _equipment(
        self,
        element: Element,
        texts: dict[str, str],
        place: str,
        *,
        outcome: str,
        start: datetime,
        end: datetime | None,
    ) -> EquipmentStatusRecorded:
        prefix = self.reading.prefix
        resource = element.find(f"{prefix}ResourceID")
        assert resource is not None
        reference = element.find(f"{prefix}ExternalReference")
        performer = ""
        if reference is not None and reference.get("schemeName") == PERFORMER:
            performer = texts["ExternalReference"]
        else:
            self._keep_reference(texts, place, "ExternalReference")
        return EquipmentStatusRecorded(
            equipment=texts["ResourceID"], equipment_class=resource.get("schemeName", ""),
            kind=texts["ResourceUse"], outcome=outcome,  # type: ignore[arg-type]
            valid_from=start, valid_until=end, certificate=texts["RecordReference"],
            performed_by=performer,
        )  # fmt: skip

    def _keep_reference(self, texts: dict[str, str], place: str, *names: str) -> None:
        for name in names:
            if texts.get(name):
                self.reading.unmapped(
                    f"ResourceQualificationsManifest/{name}", texts[name], f"{place}/{name}"
                )


class Samples(Section):
    """``Samples``: each result of each test of each sample is one fact."""

    _SAMPLE: ClassVar = {
        **_ENTRY, "SampleSourceID": "", "SampleTest": "own",
        **dict.fromkeys(
            ("SampleSize", "SampleType", "SamplePullReason", "SampleExpiration", "EquipmentID", "PhysicalAssetID",
             "ProceduralElementReference", "SOPReference"), "keep"),
    }  # fmt: skip
    _TEST: ClassVar = {**_ENTRY, "TestCode": "", "TestName": "", "SampleTestResult": "own"}
    _RESULT: ClassVar = {
        **_ENTRY, "TestDisposition": "", "AnalysisUsed": "", "Results": "own",
        **dict.fromkeys(("EquipmentID", "PhysicalAssetID", "Expiration", "ExpectedResults"), "keep"),
    }  # fmt: skip

    def read(self, child: Element, name: str, place: str) -> None:
        """One sample."""
        if name != "Sample":
            self.reading.unknown(child, place, "Samples")
            return
        texts = self.leaf_texts(child, place, self._SAMPLE)
        sampled = self.instant(texts, "TimeStamp", child, place)
        for number, test in enumerate(child.iterfind(f"{self.reading.prefix}SampleTest"), 1):
            at = f"{place}/SampleTest[{number}]"
            known = self.leaf_texts(test, at, self._TEST)
            tested = self.instant(known, "TimeStamp", test, at)
            code = known.get("TestCode", known.get("TestName"))
            for count, result in enumerate(test.iterfind(f"{self.reading.prefix}SampleTestResult"), 1):
                self._result(
                    result, f"{at}/SampleTestResult[{count}]", code,
                    {"sample": texts.get("SampleSourceID", ""), "sampled_at": sampled, "tested_at": tested},
                )  # fmt: skip
            if "TestCode" in known and known.get("TestName"):
                self.reading.unmapped("SampleTest/TestName", known["TestName"], f"{at}/TestName")

    def _result(self, element: Element, place: str, code: str | None, values: dict[str, object]) -> None:
        texts = self.leaf_texts(element, place, self._RESULT)
        values |= {"lot": self.lot(element, place), "test": code, "method": texts.get("AnalysisUsed", "")}
        values["reported_at"] = self.instant(texts, "TimeStamp", element, place)
        disposition = texts.get("TestDisposition", "").strip().lower()
        status = RESULT_WORDS.get(disposition)
        if status is None and (not disposition or disposition in JUDGED):
            status = "final"
        results: list[tuple[str | None, str]] = []
        fitting = code is not None and status is not None
        for number, child in enumerate(element.iterfind(f"{self.reading.prefix}Results"), 1):
            fitting &= self._outcome(child, f"{place}/Results[{number}]", values, results)
        units = {unit for _, unit in results}
        if not fitting or len(units) > 1:
            shown = "; ".join(
                [f"test={code}", *texts.values(), *(f"{value or ''} {unit}" for value, unit in results)]
            )
            self.reading.unmapped("SampleTestResult", shown, place)
            return
        if disposition in JUDGED:
            self.reading.unmapped("SampleTestResult/TestDisposition", texts["TestDisposition"], place)
        given = tuple(value for value, _ in results if value is not None)
        many = values.pop("many", "") == "true" or len(given) > 1
        values["unit"] = units.pop() if units else ""
        values |= {"values": given} if many else {"value": "".join(given)}
        if "occurrence" not in values:
            self.reading.counts[ResultReported, code, values["sample"]] += 1
            values["occurrence"] = self.reading.counts[ResultReported, code, values["sample"]]
        self.reading.found(ResultReported(status=status, **values), place)  # type: ignore[arg-type]

    def _outcome(
        self, element: Element, place: str, values: dict[str, object], results: list[tuple[str | None, str]]
    ) -> bool:
        """One ``Results``: the outcome itself, or a named detail of it."""
        parts = {self.reading.local(child.tag): child for child in element}
        for name, child in parts.items():
            if name not in ("ValueString", "DataType", "UnitOfMeasure", "Key"):
                self.reading.unknown(child, f"{place}/{name}", "Results")
        if len(parts) != len(element):
            self.reading.fault("intake.b2mml.structure", "Results repeats an element.", element, place)
        text = "" if "ValueString" not in parts else self.reading.text(parts["ValueString"], place)
        key = "" if "Key" not in parts else parts["Key"].text or ""
        if not key:
            unit = parts["UnitOfMeasure"].text or "" if "UnitOfMeasure" in parts else ""
            given = "ValueString" in parts and parts["ValueString"].get(NIL) != "true"
            results.append((text if given else None, UNITS.get(unit, unit)))
            return True
        if key not in RESULT_DETAILS:
            self.reading.unmapped(f"SampleTestResult/Results[{key}]", text, place)
        elif key == "many":
            values[key] = text
        else:
            try:
                values[key] = read_field(fields_of(ResultReported)[key], text)
            except MalformedError as error:
                self.reading.malformed(error, element, place)
            except NotFittingError:
                return False
        return True
