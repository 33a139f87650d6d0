"""Which messages are read: the nouns of the standard, alone or with a verb, an application area and a data area."""

from __future__ import annotations

from collections.abc import Callable

from onelot.intake.b2mml.older import MaterialLot, Materials, Performance
from onelot.intake.b2mml.reading import Element, Reading, line_of
from onelot.intake.b2mml.record import Record
from onelot.intake.b2mml.stream import Container, Plain, Unmapped
from onelot.intake.b2mml.vocabulary import (
    ASKING,
    CARRYING,
    NAMESPACES,
    OF_THE_STANDARD,
    V0401,
    V7,
)
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

_NOUNS: dict[str, Callable[[Reading], Container]] = {
    "BatchProductionRecord": Record,
    "ProductionPerformance": Performance,
    "OperationsPerformance": Performance,
    "WorkPerformance": Performance,
    "MaterialInformation": Materials,
    "MaterialLot": lambda reading: MaterialLot(reading, ""),
    "MaterialSubLot": lambda reading: MaterialLot(reading, ""),
    "MaterialSublot": lambda reading: MaterialLot(reading, ""),
}
_KEPT = frozenset(
    """MaterialDefinition MaterialClass ProductionSchedule OperationsSchedule WorkSchedule OperationsDefinition
    WorkDefinition ProductDefinition PersonnelInformation EquipmentInformation PhysicalAssetInformation""".split()  # noqa: SIM905
)
"""Nouns that state nothing that happened: kept without a meaning."""
SINGLES = frozenset(
    """ApplicationArea DataArea Sync Process Show ID EntryID ObjectType TimeStamp ExternalReference EquipmentScope
    PublishedDate CreationDate BatchID BatchProductionRecordSpec CampaignID ChangeIndication Delimiter
    ExpirationDate Language LastChangedDate LotID MaterialDefinitionID RecordStatus Version ChangeHistory Comments
    ControlRecipes DataSets Events MasterRecipes PersonnelIdentification OperationsDefinitions
    OperationsPerformances OperationsSchedules RecipeElements ResourceQualifications Samples WorkDirectives
    WorkMasters WorkPerformances WorkSchedules Sender CreationDateTime BODID LogicalID""".split()  # noqa: SIM905
)
"""Elements of which there is one: their place has no number."""


def container_for(noun: str, reading: Reading) -> Container:
    """The reader of a noun."""
    return _NOUNS[noun](reading) if noun in _NOUNS else Unmapped(reading, noun)


def begin(root: Element, name: str) -> tuple[Reading, Container]:
    """The reader of the whole file, by its root. Raises Refused for what is no message that brings records."""
    namespace, _, local = root.tag.rpartition("}")
    namespace = namespace.removeprefix("{")
    where = f"{name}:{line_of(root)} /{local}"
    if namespace not in NAMESPACES:
        raise _foreign(namespace, where)
    reading = Reading(name, namespace)
    if local in _NOUNS or local in _KEPT:
        return reading, container_for(local, reading)
    for verb in CARRYING:
        noun = local.removeprefix(verb)
        if noun != local and (noun in _NOUNS or noun in _KEPT):
            return reading, Message(reading, verb, noun)
    asking = local.startswith(ASKING)
    raise refuse(
        "intake.b2mml.root",
        said("{local} asks or confirms; it is no record.", local=local)
        if asking
        else said("{local} is no message that is read.", local=local),
        where=where,
        expected=said(
            "BatchProductionRecord, or Sync, Process or Show with {names}",
            names=", ".join((*_NOUNS, *sorted(_KEPT))),
        ),
        got=local,
    )


def _foreign(namespace: str, where: str) -> Refused:
    if OF_THE_STANDARD.match(namespace):
        return refuse(
            "intake.b2mml.version", "The file is of a version of the standard that is not read.", where=where,
            expected=said("{v7} (version 7) or {v0401} (version 4.01)", v7=V7, v0401=V0401), got=namespace,
            hint="Versions differ in what elements mean; have the sender export one of these.",
        )  # fmt: skip
    return refuse(
        "intake.b2mml.namespace", "The XML is not in a namespace of B2MML or BatchML.", where=where,
        expected=said("{v7} or {v0401}", v7=V7, v0401=V0401), got=namespace or "no namespace",
    )  # fmt: skip


class Message(Plain):
    """A verb and a noun."""

    def __init__(self, reading: Reading, verb: str, noun: str) -> None:
        super().__init__(reading)
        self._verb, self._noun = verb, noun
        self._carried = False

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """The two areas."""
        if name == "ApplicationArea":
            return Application(self.reading)
        if name == "DataArea":
            self._carried = True
            return Data(self.reading, self._verb, self._noun)
        return None

    def read(self, child: Element, name: str, place: str) -> None:  # noqa: ARG002
        """Nothing else belongs here."""
        self.reading.unknown(child, place, self._verb + self._noun)

    def leave(self, element: Element, place: str) -> None:
        """A message without data is none."""
        if not self._carried:
            self.reading.fault(
                "intake.b2mml.missing", "The message has no DataArea.", element, place, expected="DataArea"
            )


class Application(Plain):
    """``ApplicationArea``: who sent the message, when, and its id."""

    def read(self, child: Element, name: str, place: str) -> None:
        """One part."""
        if name == "CreationDateTime":
            self.reading.created_at = self.reading.time(child, place)
        elif name == "BODID":
            self.reading.document = self.reading.text(child, place).strip()
        elif name not in ("Sender", "Receiver"):
            self.reading.keep(child, f"ApplicationArea/{name}", place)


class Data(Plain):
    """``DataArea``: the verb and one or more of the noun."""

    def __init__(self, reading: Reading, verb: str, noun: str) -> None:
        super().__init__(reading)
        self._verb, self._noun = verb, noun

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Each noun."""
        if name != self._noun:
            return None
        return container_for(name, self.reading)

    def read(self, child: Element, name: str, place: str) -> None:
        """The verb."""
        if name != self._verb:
            self.reading.unknown(child, place, "DataArea")
        elif len(child):
            self.reading.keep(child, f"DataArea/{name}", place)
