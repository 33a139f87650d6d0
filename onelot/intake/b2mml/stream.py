"""XML of any size in flat memory: the tree grows by a chunk, and what is complete is read and cut off.

No parser events are used: they cost more than the parsing. After each chunk everything left of the open
elements is complete; the chain of open elements is the last child of the last child, and so on.
Hardened: a DTD is refused (so an entity is an error), no network, libxml2's own limits stay on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from lxml import etree

from onelot.intake.b2mml.reading import MAX_DEPTH, Element, Reading
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

_CHUNK = 64 * 1024
_LARGEST_ENTRY = 16 * 1024 * 1024
_AFTER = b" \t\r\n\0"
"""What may follow the last ``>``, in any encoding."""


class Container(Protocol):
    """Reads the children of an element that may be large, as they come."""

    def enter(self, child: Element, name: str, place: str) -> Container | None:
        """A reader for a child that is itself large; None: the child is read whole."""

    def read(self, child: Element, name: str, place: str) -> None:
        """Read one complete child."""

    def stray(self, text: str, element: Element, place: str) -> None:
        """Text beside child elements."""

    def leave(self, element: Element, place: str) -> None:
        """The element is complete; all its children were read."""


class _Level:
    """One open element."""

    def __init__(self, element: Element, container: Container, place: str) -> None:
        self.element, self.container, self.place = element, container, place
        self.counts: Counter[str] = Counter()
        self.below: _Level | None = None
        self.counted: Element | None = None
        """The last child, when its number is already counted."""


class Stream:
    """Feeds one file to the containers."""

    def __init__(self, data: bytes, root: str, name: str, singles: frozenset[str]) -> None:
        self._data, self._name, self._singles = data, name, singles
        self._parser = etree.XMLPullParser(
            events=("start",), tag=f"{{*}}{root}", no_network=True, load_dtd=False,
            resolve_entities="internal",  # type: ignore[arg-type]  # the stubs know only true and false
            dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True, recover=False,
        )  # fmt: skip
        self._top: _Level | None = None
        self._reading: Reading | None = None
        self._unread = 0

    def run(self, begin: Callable[[Element], tuple[Reading, Container]]) -> Reading:
        """Read all. ``begin`` gets the root element as soon as it is open. Raises Refused."""
        try:
            for at in range(0, len(self._data), _CHUNK):
                self._parser.feed(self._data[at : at + _CHUNK])
                self._advance(begin)
            self._parser.close()
        except etree.XMLSyntaxError as error:
            raise self._not_well_formed(error) from error
        if self._top is None or self._reading is None:
            raise refuse("intake.b2mml.not_well_formed", "The file has no root element.", where=self._name)
        top, reading = self._top, self._reading
        self._drain(top, reading, depth=1, closed=True)
        self._leave(top, reading)
        return reading

    def _advance(self, begin: Callable[[Element], tuple[Reading, Container]]) -> None:
        if self._top is None or self._reading is None:
            first = next(iter(self._parser.read_events()), None)
            if first is None:
                return
            root = first[1]
            assert isinstance(root, Element)
            if root.getroottree().docinfo.internalDTD is not None:
                raise refuse("intake.b2mml.dtd", "The file brings a document type (DTD).", where=self._name)
            self._reading, container = begin(root)
            self._top = _Level(root, container, "/" + self._reading.local(root.tag))
            container_attributes(self._reading, root, self._top.place)
        self._unread += _CHUNK
        self._drain(self._top, self._reading, depth=1, closed=False)
        if self._unread > _LARGEST_ENTRY:
            raise refuse(
                "intake.b2mml.entry_too_large",
                "One entry of the record is larger than any that is read.",
                where=self._name,
                expected=said("at most {largest_entry} bytes in one entry", largest_entry=_LARGEST_ENTRY),
            )

    def _drain(self, level: _Level, reading: Reading, depth: int, *, closed: bool) -> None:
        """Read the complete children of a level, then look into the last one where it is still open."""
        if depth > MAX_DEPTH:
            reading.too_deep(level.element, level.place)
        element, container, prefix, singles = level.element, level.container, reading.prefix, self._singles
        whole = len(element) if closed else len(element) - 1
        for index, child in enumerate(element):
            if index >= whole:
                break
            tag = child.tag
            name = tag.removeprefix(prefix)
            below = self._below(level, child, name, reading)
            if below is None:
                if level.counted is not child:
                    level.counts[name] += 1
                number = "" if name in singles else f"[{level.counts[name]}]"
                container.read(child, name, f"{level.place}/{name}{number}")
            else:
                self._drain(below, reading, depth + 1, closed=True)
                self._leave(below, reading)
                level.below = None
            tail = child.tail
            if tail and not tail.isspace():
                container.stray(tail, element, level.place)
        if whole > 0:
            self._unread = 0
            del element[:whole]
        if not closed and len(element):
            last = element[0]
            below = self._below(level, last, reading.local(last.tag), reading)
            if below is not None:
                self._drain(below, reading, depth + 1, closed=False)

    def _below(self, level: _Level, child: Element, name: str, reading: Reading) -> _Level | None:
        if level.below is not None and level.below.element is child:
            return level.below
        number = level.counts[name] + (level.counted is not child)
        place = f"{level.place}/{name}" + ("" if name in self._singles else f"[{number}]")
        container = level.container.enter(child, name, place)
        if container is None:
            return None
        level.counts[name] = number
        level.counted = child
        level.below = _Level(child, container, place)
        container_attributes(reading, child, place)
        return level.below

    def _leave(self, level: _Level, reading: Reading) -> None:
        text = level.element.text
        if text and not text.isspace():
            level.container.stray(text, level.element, level.place)
        level.container.leave(level.element, level.place)
        if level.element.getparent() is None and reading.faults:
            raise Refused(reading.faults)

    def _not_well_formed(self, error: etree.XMLSyntaxError) -> Refused:
        line, column = error.position
        message = (error.msg or "it cannot be read").split(", line ")[0]
        code, hint = "intake.b2mml.not_well_formed", ""
        told = message.lower()
        if "depth" in told:
            code = "intake.b2mml.too_deep"
        elif "encod" in told or "utf-8" in told or "invalid bytes" in told:
            code, hint = "intake.b2mml.encoding", "The bytes are not of the encoding that the file declares."
        elif "premature end" in told or not self._data.rstrip(_AFTER).endswith(b">"):
            code, hint = "intake.b2mml.truncated", "Was the file cut off on its way?"
        return refuse(
            code,
            said("This is not well-formed XML: {message}.", message=message),
            where=said("{name}:{line} (column {column})", name=self._name, line=line or 1, column=column),
            expected="well-formed XML 1.0",
            hint=hint,
        )


def container_attributes(reading: Reading, element: Element, place: str) -> None:
    """Keep what a vendor wrote into the attributes of an element that is read piece by piece."""
    if element.attrib:
        reading.keep_attributes(element, reading.local(element.tag), place)


class Unmapped:
    """Keeps a part of the standard, or of a vendor, that has no meaning here: one fact for each text."""

    def __init__(self, reading: Reading, name: str) -> None:
        self._reading, self._name = reading, name

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Children with children are read piece by piece."""
        return Unmapped(self._reading, f"{self._name}/{name}") if len(child) else None

    def read(self, child: Element, name: str, place: str) -> None:
        """A leaf."""
        self._reading.keep(child, f"{self._name}/{name}", place)

    def stray(self, text: str, element: Element, place: str) -> None:  # noqa: ARG002
        """Mixed content is a vendor's right."""
        self._reading.unmapped(self._name, text, place)

    def leave(self, element: Element, place: str) -> None:
        """Nothing is left to do."""


class Plain:
    """What most containers share: text between elements is a fault."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading

    def enter(self, child: Element, name: str, place: str) -> Container | None:  # noqa: ARG002
        """Every child is read whole."""
        return None

    def stray(self, text: str, element: Element, place: str) -> None:
        """Text between elements is a fault."""
        self.reading.stray(text, element, place)

    def leave(self, element: Element, place: str) -> None:
        """Nothing is left to do."""
