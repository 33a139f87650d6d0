"""Labels as PDF (Typst) and as ZPL for label printers, each with the same GS1 DataMatrix.

The symbol is made by zxing-cpp from the printed form in brackets and read back before it is given out: a scanner
must report ``]d2`` and exactly what was meant."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import typst
import zxingcpp

from onelot.identity.domain.gs1.reading import read_elements
from onelot.identity.domain.labels import LabelContent
from onelot.identity.domain.symbols import read_symbol
from onelot.kernel.refusals import refuse

DOTS_A_MM = 8
"""Of a printer with 203 dots an inch."""
_TITLES = {
    "collection": "Collection", "in_process": "In process", "final": "Final product", "shipper": "Shipper",
}  # fmt: skip


def data_matrix(content: LabelContent) -> tuple[tuple[bool, ...], ...]:
    """The symbol's modules, dark ones true, without a quiet zone.

    Raises Refused: ``identity.gs1``; ``identity.symbol_unreadable`` where it does not read back as it was meant.
    """
    meant = content.printed_symbol
    bracketed = "".join(f"[{element.ai}]{element.value}" for element in content.elements)
    made = zxingcpp.create_barcode(bracketed, zxingcpp.BarcodeFormat.DataMatrix, gs1=True, force_square=True)
    picture = made.to_image(scale=4, add_quiet_zones=True)
    found = zxingcpp.read_barcodes(picture)
    read = found[0] if len(found) == 1 else None
    is_right = (
        read is not None
        and read.symbology_identifier == "]d2"
        and read_elements(read_symbol(f"]d2{_scanned(read)}").raw[3:]) == content.elements
    )
    if not is_right:
        raise refuse(
            "identity.symbol_unreadable", "The symbol cannot be read back, so no label is made.", where="symbol",
            expected=meant, hint="Please report this.",
        )  # fmt: skip
    plain: Any = made.to_image(scale=1, add_quiet_zones=False)
    rows: Any = memoryview(plain)
    height, width = rows.shape[:2]
    return tuple(tuple(rows[y, x] == 0 for x in range(width)) for y in range(height))


def _scanned(read: Any) -> str:
    return bytes(read.bytes).decode("ascii").lstrip("\x1d")


def label_pdf(labels: Sequence[tuple[str, LabelContent]]) -> bytes:
    """Labels with their numbers, one a page of 100 x 75 mm.

    Raises Refused: those of ``data_matrix``, and ``identity.not_printable``.
    """
    data = [{**_lines(label, content), "modules": data_matrix(content)} for label, content in labels]
    with tempfile.TemporaryDirectory(prefix="onelot-label-") as folder:
        root = Path(folder)
        (root / "data.json").write_bytes(msgspec.json.encode(data))
        main = root / "label.typ"
        main.write_bytes(files("onelot.identity").joinpath("label.typ").read_bytes())
        try:
            done = typst.Compiler(input=main, root=root, ignore_system_fonts=True).compile(format="pdf")
        except typst.TypstError as error:
            raise refuse(
                "identity.not_printable", "The label cannot be printed.", where=labels[0][0], got=error.message,
                hint="Please report this: whatever a label says must be printable.",
            ) from error  # fmt: skip
    assert isinstance(done, bytes)
    return done


def label_zpl(labels: Sequence[tuple[str, LabelContent]]) -> str:
    """The same labels for a ZPL II printer; the symbol is a picture, so no printer encodes it in its own way."""
    return "".join(_one_zpl(label, content) for label, content in labels)


def _one_zpl(label: str, content: LabelContent) -> str:
    lines = _lines(label, content)
    said = ["^XA", "^CI28", f"^PW{100 * DOTS_A_MM}", f"^LL{75 * DOTS_A_MM}"]
    said += [_text(24, 20, 26, f"{lines['title']}  {label}"), _text(24, 56, 44, lines["coi"])]
    place = 116
    for name, value in lines["rows"]:
        said.append(_text(24, place, 24, f"{name}: {value}", width=520))
        place += 30
    for statement in lines["statements"]:
        said.append(_text(24, place + 8, 24, statement, width=740))
        place += 30
    said.append(_graphic(560, 130, data_matrix(content)))
    return "\n".join([*said, "^XZ", ""])


def _text(x: int, y: int, size: int, text: str, *, width: int = 740) -> str:
    """Field hexadecimal (^FH) writes what would be a command as its code."""
    escaped = "".join(
        f"_{ord(character):02X}" if character in "^~_\\" or ord(character) < 32 else character
        for character in text
    )
    return f"^FO{x},{y}^A0N,{size},{size}^FB{width},1^FH^FD{escaped}^FS"


def _graphic(x: int, y: int, modules: tuple[tuple[bool, ...], ...], dots: int = 6) -> str:
    rows = []
    for row in modules:
        bits = "".join(("1" if dark else "0") * dots for dark in row)
        bits += "0" * (-len(bits) % 8)
        line = "".join(f"{int(bits[i : i + 8], 2):02X}" for i in range(0, len(bits), 8))
        rows += [line] * dots
    width = len(rows[0]) // 2
    total = width * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{width},{''.join(rows)}^FS"


def _lines(label: str, content: LabelContent) -> dict[str, Any]:
    """What stands on the label, in the order of its rows; labels are in English as their statements are."""
    rows = [
        ("DIN", content.din), ("Lot", content.lot),
        ("Container", f"{content.container} [{content.container_check}]" if content.container else ""),
        ("No.", f"{content.number} of {content.total}" if content.container else ""),
        ("Patient", "; ".join(content.patient)),
        ("Product", " ".join(filter(None, (content.product, content.product_name)))), ("Step", content.step),
        ("Volume", content.volume), ("Cells", content.strength), ("Made", content.made_at),
        ("Expires", content.expires_at), ("Store", content.storage), *(("", party) for party in content.parties),
    ]  # fmt: skip
    return {
        "title": _TITLES[content.kind], "label": label, "coi": f"{content.coi_identifier} [{content.key_check}]",
        "rows": [list(row) for row in rows if row[1]], "statements": list(content.statements),
        "symbol": content.printed_symbol,
    }  # fmt: skip
