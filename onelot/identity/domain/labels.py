"""What stands on a label, by its kind (domain: FACT, 21 CFR 1271.90(c), EU GMP Part IV 6.38): text, and a GS1 symbol.

The symbol holds the container's and the patient's identifiers and no personal data: AIs 725x are not printed.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields

from onelot.identity.domain.check_character import key_check
from onelot.identity.domain.gs1.reading import Element, read_printed, written
from onelot.identity.domain.symbols import (
    INTERNAL_COI,
    INTERNAL_CONTAINER,
    INTERNAL_DIN,
    INTERNAL_LOT,
)
from onelot.identity.events import LabelKind
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

TEMPLATE = "onelot-label/1"
AUTOLOGOUS = "FOR AUTOLOGOUS USE ONLY"
NOT_EVALUATED = "NOT EVALUATED FOR INFECTIOUS SUBSTANCES"
MODIFIED = "Contains genetically modified cells"
NO_X_RAY = "DO NOT X-RAY. DO NOT IRRADIATE."


@dataclass(frozen=True)
class LabelContent:
    """All that one label says. Times are text with their zone, as they are printed."""

    kind: LabelKind
    coi_identifier: str
    product: str = ""
    product_name: str = ""
    lot: str = ""
    din: str = ""
    container: str = ""
    number: int = 1
    total: int = 1
    volume: str = ""
    strength: str = ""
    """Total cells, with unit."""
    step: str = ""
    """In process: what is in it."""
    made_at: str = ""
    """Collection, step or manufacture."""
    expires_at: str = ""
    expiry_gs1: str = ""
    """YYMMDD or YYMMDDhhmm, for AI 17 or 7003."""
    storage: str = ""
    gtin: str = ""
    sscc: str = ""
    statements: tuple[str, ...] = ()
    parties: tuple[str, ...] = ()
    """Collector, manufacturer, licence or trial number; sender, receiver and a telephone number on a shipper."""
    patient: tuple[str, ...] = field(default=(), repr=False)
    """Two identifiers of the patient, from the vault; printed, and kept nowhere."""

    def public(self) -> dict[str, object]:
        """What is kept: everything but what names the patient."""
        kept: dict[str, object] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name != "patient" and value not in ("", ()):
                kept[item.name] = list(value) if isinstance(value, tuple) else value
        return kept

    @property
    def key_check(self) -> str:
        """The character to be typed with the COI identifier, where it cannot be scanned."""
        return key_check(self.coi_identifier)

    @property
    def container_check(self) -> str:
        """The character to be typed with the container's code."""
        return key_check(self.container) if self.container else ""

    @property
    def elements(self) -> tuple[Element, ...]:
        """What the symbol holds: with a GTIN the AIs made for it, without one the internal ones."""
        found: list[Element] = []
        if self.kind == "shipper" and self.sscc:
            found.append(Element("00", self.sscc))
        if self.gtin:
            found.append(Element("01", self.gtin))
            if self.expiry_gs1:
                found.append(Element("17" if len(self.expiry_gs1) == 6 else "7003", self.expiry_gs1))
            found += [Element("21", self.container)] if self.container else []
            found += [Element("10", self.lot)] if self.lot else []
            found.append(Element("240", self.coi_identifier))
        else:
            found.append(Element(INTERNAL_COI, self.coi_identifier))
            found += [Element(INTERNAL_CONTAINER, self.container)] if self.container else []
            found += [Element(INTERNAL_LOT, self.lot)] if self.lot else []
        found += [Element(INTERNAL_DIN, self.din)] if self.din and self.kind == "collection" else []
        return tuple(found)

    @property
    def printed_symbol(self) -> str:
        """The symbol's content in brackets, checked. Raises Refused (``identity.gs1``)."""
        return written(read_printed(written(self.elements)))


NEEDS: dict[LabelKind, tuple[str, ...]] = {
    "collection": ("coi_identifier", "din", "product", "container", "made_at", "expires_at", "storage", "parties"),
    "in_process": ("coi_identifier", "lot", "container", "step", "made_at", "storage"),
    "final": (
        "coi_identifier", "lot", "product", "container", "made_at", "expires_at", "storage", "parties", "volume",
        "strength",
    ),
    "shipper": ("coi_identifier", "product", "storage", "parties"),
}  # fmt: skip
"""By kind: what must stand on it."""
SHOWS_PATIENT: frozenset[LabelKind] = frozenset({"collection", "final"})
"""Labels that bear two identifiers of the patient; a final one where the market demands it."""
STATEMENTS: dict[LabelKind, tuple[str, ...]] = {
    "collection": (AUTOLOGOUS, NOT_EVALUATED),
    "in_process": (AUTOLOGOUS,),
    "final": (AUTOLOGOUS, NOT_EVALUATED, MODIFIED),
    "shipper": (NO_X_RAY, AUTOLOGOUS),
}


def check_content(content: LabelContent) -> None:
    """Raises Refused (``identity.label_incomplete``) for all that is missing, and ``identity.gs1`` for the symbol."""
    missing = [name for name in NEEDS[content.kind] if not getattr(content, name)]
    missing += [] if content.statements else ["statements"]
    if missing:
        raise refuse(
            "identity.label_incomplete", "A label of this kind must say more.", where=content.kind,
            expected=", ".join(name.replace("_", " ") for name in NEEDS[content.kind]),
            got=said("nothing for {what}", what=", ".join(name.replace("_", " ") for name in missing)),
        )  # fmt: skip
    long = [item.name for item in fields(content) if isinstance(getattr(content, item.name), str)
            and len(getattr(content, item.name)) > 120]  # fmt: skip
    if long:
        raise refuse(
            "identity.label_incomplete", "This does not fit on a label.", where=", ".join(long),
            expected="at most 120 characters",
        )  # fmt: skip
    _ = content.printed_symbol
