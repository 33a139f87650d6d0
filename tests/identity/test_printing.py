"""Labels on paper: the symbol is read from the printed page as a GS1 DataMatrix and says what was meant."""

from __future__ import annotations

from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp

from onelot.identity.domain.labels import NEEDS, STATEMENTS, LabelContent, check_content
from onelot.identity.domain.symbols import read_symbol
from onelot.identity.printing import data_matrix, label_pdf, label_zpl

FINAL = LabelContent(
    "final", "CHA999925000001", product="CARC", product_name="Cells ^XA 中", lot="LOT-1", container="C26000001-01",
    number=1, total=2, volume="68 mL", strength="210 10*6", made_at="2026-03-01 09:00 UTC", expires_at="2026-09-01",
    expiry_gs1="260901", storage="<= -130 °C", gtin="09501101530003", statements=STATEMENTS["final"],
    parties=("Maker GmbH",), patient=("G. G.", "1961-05-23"),
)  # fmt: skip


def of(kind: str) -> LabelContent:
    """A whole label of a kind, without a GTIN where it is not the final one."""
    if kind == "final":
        return FINAL
    sscc = "123456789012345675" if kind == "shipper" else ""
    return replace(
        FINAL, kind=kind, gtin="", step="wash", din="G123498654321", sscc=sscc,  # type: ignore[arg-type]
        container="" if kind == "shipper" else FINAL.container, statements=STATEMENTS[kind],  # type: ignore[index]
    )  # fmt: skip


@pytest.mark.parametrize("kind", sorted(NEEDS))
def test_the_printed_symbol_is_read_as_gs1_and_says_what_was_meant(kind: str) -> None:
    content = of(kind)
    check_content(content)
    page = pypdfium2.PdfDocument(label_pdf([("L26000001-001", content)]))[0]
    (found,) = zxingcpp.read_barcodes(page.render(scale=4).to_pil())
    assert found.symbology_identifier == "]d2"
    symbol = read_symbol(f"]d2{bytes(found.bytes).decode()}")
    assert symbol.elements == content.elements
    assert symbol.values("coi_identifier") == ("CHA999925000001",)
    assert symbol.values("container") == (("C26000001-01",) if kind != "shipper" else ())
    text = page.get_textpage().get_text_range()
    for said in ("CHA999925000001 [G]", *content.statements, "Maker GmbH"):
        assert said in text


def test_copies_are_a_page_each() -> None:
    assert len(pypdfium2.PdfDocument(label_pdf([("L1", FINAL), ("L2", FINAL)]))) == 2


def test_zpl_holds_the_symbol_as_a_picture_and_nothing_becomes_a_command() -> None:
    zpl = label_zpl([("L26000001-001", FINAL)])
    assert zpl.count("^XA") == zpl.count("^XZ") == 1
    assert "_5EXA" in zpl
    modules = data_matrix(FINAL)
    head, _, bits = zpl.partition("^GFA,")[2].partition(f",{-(-len(modules[0]) * 6 // 8)},")
    total, _, same = head.partition(",")
    hexadecimal = bits.split("^FS")[0]
    assert int(total) == int(same) == len(hexadecimal) // 2
    assert len(modules) * 6 * -(-len(modules[0]) * 6 // 8) == int(total)


def test_what_is_kept_names_no_patient() -> None:
    assert "1961" not in str(FINAL.public())
    assert "1961" not in repr(FINAL)
