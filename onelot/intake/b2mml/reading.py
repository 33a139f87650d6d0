"""What the readers of one file share: facts found so far, faults found so far, and where the lot stands."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any, NoReturn

from lxml import etree

from onelot.intake.adapter import Extract
from onelot.intake.b2mml.fields import MalformedError, read_time
from onelot.intake.b2mml.vocabulary import EVENT_ELEMENTS, NIL, OBJECT_TYPES, PLAIN_ATTRIBUTES, XSI
from onelot.intake.events import ContentUnmapped
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refusal, Refused
from onelot.kernel.said import said

MAX_REPORTED = 100
MAX_DEPTH = 64
Element = etree._Element  # noqa: SLF001 - lxml has no public name for it


def line_of(element: Element) -> int:
    """The line that the element begins on."""
    line: Any = element.sourceline  # None where libxml2 lost count
    return int(line or 1)


class Reading:
    """The state of reading one file."""

    def __init__(self, name: str, namespace: str) -> None:
        self.name = name
        self.namespace = namespace
        self.prefix = f"{{{namespace}}}"
        self.extracts: list[Extract] = []
        self.faults: list[Refusal] = []
        self.lot = ""
        self.document = ""
        self.created_at: datetime | None = None
        """When the message was made, as its header says."""
        self.counts: Counter[tuple[object, ...]] = Counter()
        self.running: dict[tuple[str, str], int] = {}
        """Lot and phase -> index of the extract that says that it runs."""
        self.entry_ids: set[str] = set()

    def local(self, tag: str) -> str:
        """The name without the file's own namespace; the full ``{namespace}name`` of anything else."""
        return tag.removeprefix(self.prefix)

    def found(self, event: Event, place: str) -> None:
        """Keep a fact."""
        self.extracts.append(Extract(event, place))

    def unmapped(self, name: str, value: str, place: str) -> None:
        """Keep content that has no meaning here, so that coverage shows it."""
        self.extracts.append(Extract(ContentUnmapped(lot=self.lot, name=name, value=value), place))

    def fault(
        self,
        code: str,
        what: str,
        element: Element,
        place: str,
        *,
        expected: str = "",
        got: str = "",
        hint: str = "",
    ) -> None:
        """Keep a fault; raises Refused when there are 100."""
        where = f"{self.name}:{line_of(element)} {place}"
        self.faults.append(Refusal(code, what, where, expected, got, hint))
        if len(self.faults) >= MAX_REPORTED:
            raise Refused(self.faults)

    def malformed(self, error: MalformedError, element: Element, place: str) -> None:
        """Keep the fault of a text."""
        self.fault(
            error.code,
            error.what,
            element,
            place,
            expected=error.expected,
            got=error.got[:200],
            hint=error.hint,
        )

    def unknown(self, element: Element, place: str, parent: str) -> None:
        """An element that the standard does not have here is a fault; one of another namespace is kept."""
        if element.tag.startswith(self.prefix):
            self.fault(
                "intake.b2mml.unknown_element",
                said("{parent} has no element {element}.", parent=parent, element=self.local(element.tag)),
                element,
                place,
                expected=said("an element that the standard has in {parent}", parent=parent),
                got=self.local(element.tag),
                hint="Vendor extensions must be in a namespace of their own.",
            )
        else:
            self.keep(element, f"{parent}/{self.local(element.tag)}", place)

    def unknown_or_repeated(self, element: Element, place: str, parent: str) -> None:
        """An element that the walk did not take: one more of its kind is kept, one that the standard lacks is not."""
        local = self.local(element.tag)
        if parent == "Event" and local in EVENT_ELEMENTS:
            self.keep(element, f"{parent}/{local}", place)
        elif local in ("Description", "Key", "UnitOfMeasure", "Value", "AlarmLimit", "Priority"):
            self.keep(element, f"Event/{parent}/{local}", place)
        else:
            self.unknown(element, place, parent)

    def keep(self, element: Element, name: str, place: str, depth: int = 0) -> None:
        """Keep a whole subtree without a meaning: one fact for each text, and for each empty leaf."""
        if depth > MAX_DEPTH:
            self.too_deep(element, place)
        text = element.text or ""
        said = text and not text.isspace()
        if said or (len(element) == 0 and not element.tag.startswith(self.prefix)):
            self.unmapped(name, text, place)  # an empty element of the standard says nothing, a vendor's may
        self.keep_attributes(element, name, place)
        counts: Counter[str] = Counter()
        for child in element:
            local = self.local(child.tag)
            counts[local] += 1
            self.keep(child, f"{name}/{local}", f"{place}/{local}[{counts[local]}]", depth + 1)
            if child.tail and not child.tail.isspace():
                self.unmapped(name, child.tail, place)

    def keep_attributes(self, element: Element, name: str, place: str) -> None:
        """Keep the attributes that the standard does not have."""
        for key, value in ((str(key), str(value)) for key, value in element.attrib.items()):
            if key not in PLAIN_ATTRIBUTES and not key.startswith(f"{{{XSI}}}"):
                self.unmapped(f"{name}/@{key}", value, f"{place}/@{key}")

    def too_deep(self, element: Element, place: str) -> NoReturn:
        """Refuse the file at once: nothing of it can be trusted to be a record."""
        shown = place if len(place) <= 200 else place[:200] + "..."
        self.faults.append(
            Refusal(
                "intake.b2mml.too_deep", "The elements are nested too deeply.",
                f"{self.name}:{line_of(element)} {shown}", said("at most {max_depth} levels", max_depth=MAX_DEPTH),
            )
        )  # fmt: skip
        raise Refused(self.faults)

    def text(self, element: Element, place: str) -> str:
        """The text of an element that holds nothing else."""
        if len(element):
            self.fault(
                "intake.b2mml.structure",
                said("{element} holds elements where text is due.", element=self.local(element.tag)),
                element,
                place,
            )
        return element.text or ""

    def time(self, element: Element, place: str) -> datetime | None:
        """The time in an element; None where it is missing or faulty."""
        if element.get(NIL) == "true":
            return None
        try:
            return read_time(self.text(element, place))
        except MalformedError as error:
            self.malformed(error, element, place)
            return None

    def stray(self, text: str, element: Element, place: str) -> None:
        """Text between elements is a fault."""
        self.fault(
            "intake.b2mml.structure", "There is text between elements.", element, place,
            expected="elements only", got=text.strip()[:80],
        )  # fmt: skip

    def entry(self, element: Element, entry_id: str | None, object_type: str | None, place: str) -> None:
        """Check what every entry begins with (ISA-88 part 4): an id of its own and what it is."""
        name = self.local(element.tag)
        if entry_id is None or not entry_id.strip():
            self.fault(
                "intake.b2mml.missing",
                said("{name} has no EntryID.", name=name),
                element,
                place,
                expected="EntryID",
            )
        elif entry_id in self.entry_ids:
            self.fault(
                "intake.b2mml.duplicate_entry",
                said("The EntryID {entry_id} is given twice in one record.", entry_id=entry_id),
                element,
                f"{place}/EntryID",
                expected="an id that no other entry of the record has",
                got=entry_id,
            )
        else:
            self.entry_ids.add(entry_id)
        due = OBJECT_TYPES.get(name, "")
        if object_type is None:
            self.fault(
                "intake.b2mml.missing",
                said("{name} has no ObjectType.", name=name),
                element,
                place,
                expected="ObjectType",
            )
        elif object_type.strip() != due and object_type.strip() != "Other":
            self.fault(
                "intake.b2mml.object_type", said("The ObjectType of {name} is another's.", name=name), element,
                f"{place}/ObjectType", expected=due, got=object_type,
            )  # fmt: skip
