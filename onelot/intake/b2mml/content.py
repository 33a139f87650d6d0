"""What one ``Event`` element holds, collected in one walk over its elements.

This is where a large file spends its time: plain loops over children, one look-up for each element.
"""

from __future__ import annotations

from lxml import etree

from onelot.intake.b2mml.reading import Element, Reading
from onelot.intake.b2mml.table import KEY, UNIT, VALUE
from onelot.intake.b2mml.vocabulary import EVENT_ELEMENTS, NIL

_COMPOUND = frozenset(("Value", "PreviousValue", "AlarmData", "UserAttribute"))
_PARTS = {
    "Value": {"ValueString": VALUE, "UnitOfMeasure": UNIT, "Key": KEY},
    "PreviousValue": {"ValueString": "PreviousValue", "UnitOfMeasure": "PreviousValue/UnitOfMeasure",
                      "Key": "PreviousValue/Key"},
    "AlarmData": {name: f"AlarmData/{name}" for name in ("AlarmEvent", "AlarmType", "Priority")},
}  # fmt: skip
_size = etree.XPath("count(descendant::*)")


class Content:
    """Texts by element path, UserAttributes by AttributeID, and what has no place among them."""

    __slots__ = ("attributes", "extras", "more", "seen", "texts")

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.attributes: dict[str, str] = {}
        self.more: list[dict[str, str]] = []
        """Second and further ``Value`` elements."""
        self.extras: list[tuple[Element, str]] = []
        """Elements that are repeated, unknown or of a vendor, with the name of their parent."""
        self.seen = 0
        """How many elements were understood."""


class Collector:
    """Collects the content of ``Event`` elements of one file."""

    def __init__(self, reading: Reading) -> None:
        self._reading = reading
        tag = reading.prefix
        self._leafs = {tag + name: name for name in EVENT_ELEMENTS if name not in _COMPOUND}
        self._parts = {tag + name: {tag + k: v for k, v in parts.items()} for name, parts in _PARTS.items()}
        self._attribute, self._attribute_id = f"{tag}UserAttribute", f"{tag}AttributeID"
        self._value, self._value_string = f"{tag}Value", f"{tag}ValueString"
        self._data_type = f"{tag}DataType"

    def collect(self, element: Element, place: str) -> Content:
        """Walk over one ``Event``. Text between elements, and elements within texts, are faults."""
        content = Content()
        texts, extras, leafs, parts = content.texts, content.extras, self._leafs, self._parts
        seen = 0
        stray = element.text
        for child in element:
            tag = child.tag
            name = leafs.get(tag)
            if name is not None:
                if name in texts:
                    extras.append((child, "Event"))
                else:
                    texts[name] = child.text or ""
                    seen += 1
            elif tag == self._attribute:
                seen += self._user_attribute(child, content, place)
            elif tag in parts:
                seen += self._compound(child, tag, parts[tag], content, place)
            else:
                extras.append((child, "Event"))
            stray = child.tail or stray
            if stray is not None and not stray.isspace():
                self._reading.stray(stray, child, place)
                stray = None
        content.seen = seen
        if extras:
            seen += sum(1 + len(list(extra.iterdescendants())) for extra, _ in extras)
        if seen != _size(element):
            self._nested(element, place)
        return content

    def _user_attribute(self, element: Element, content: Content, place: str) -> int:
        key = text = None
        seen = 1
        extras: list[tuple[Element, str]] = []
        stray = element.text
        for child in element:
            tag = child.tag
            stray = child.tail or stray
            if tag == self._attribute_id and key is None:
                key = child.text or ""
                seen += 1
            elif tag == self._value and text is None:
                seen += 1
                stray = child.text or stray
                for inner in child:
                    stray = inner.tail or stray
                    if inner.tag == self._value_string and text is None:
                        text = inner.text or ""
                    elif inner.tag != self._data_type:
                        extras.append((inner, "UserAttribute/Value"))
                        continue
                    seen += 1
            else:
                extras.append((child, "UserAttribute"))
        if stray is not None and not stray.isspace():
            self._reading.stray(stray, element, f"{place}/UserAttribute")
        if key is None or key in content.attributes:
            content.extras.append((element, "Event"))
            return 0
        content.attributes[key] = text or ""
        content.extras += extras
        return seen

    def _compound(
        self, element: Element, tag: str, parts: dict[str, str], content: Content, place: str
    ) -> int:
        texts = content.texts
        name = tag[len(self._reading.prefix) :]
        if any(path in texts for path in parts.values()):
            if tag != self._value:
                content.extras.append((element, "Event"))
                return 0
            texts = {}
            content.more.append(texts)
        seen = 1
        stray = element.text
        for child in element:
            inner = child.tag
            stray = child.tail or stray
            path = parts.get(inner)
            if path is not None and path not in texts:
                text = child.text
                if text is not None or child.get(NIL) != "true":
                    texts[path] = text or ""
            elif inner != self._data_type:
                content.extras.append((child, name))
                continue
            seen += 1
        if stray is not None and not stray.isspace():
            self._reading.stray(stray, element, f"{place}/{name}")
        return seen

    def _nested(self, element: Element, place: str) -> None:
        """Name the elements that stand inside what must be text."""
        for child in element.iter():
            local = self._reading.local(child.tag)
            if len(child) and local not in _COMPOUND and local not in ("Event", child.tag):
                self._reading.text(child, f"{place}/{local}")
