"""Workbooks as cells. Bombs, macros, formulas and links to other files are refused before anything is read."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from onelot.intake.tabular.grid import Cell, Faults, Sheet
from onelot.kernel.refusals import Refused, refuse

MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 200
MAX_ENTRIES = 2_000
MAX_CELLS = 3_000_000
_FIXED = re.compile(r"0(?:\.(0+))?(?:_\))?")
_ACTIVE_PARTS = re.compile(r"(?i)vbaProject|externalLinks/|/embeddings/|activeX|macrosheets|connections\.xml")
_OLE = b"\xd0\xcf\x11\xe0"


def read_xlsx(data: bytes, name: str) -> list[Sheet]:
    """All sheets of a workbook. Raises Refused (``intake.table.*``)."""
    _check_container(data, name)
    workbook = _open(data, name)
    faults = Faults(name)
    cells = sum((sheet.max_row or 0) * (sheet.max_column or 0) for sheet in workbook.worksheets)
    if cells > MAX_CELLS:
        raise refuse(
            "intake.table.too_large", "The workbook has more cells than onelot reads.", where=name,
            expected=f"at most {MAX_CELLS}", got=str(cells),
        )  # fmt: skip
    sheets = [_sheet(sheet, faults) for sheet in workbook.worksheets]
    if faults.found:
        raise Refused(faults.found)
    return sheets


def _check_container(data: bytes, name: str) -> None:
    """Look at the archive's own list before anything is unpacked."""
    if data.startswith(_OLE):
        raise refuse(
            "intake.table.old_workbook", "The file is an old or an encrypted workbook.", where=name,
            expected="a workbook in the .xlsx format without a password", got="an OLE container (.xls, or encrypted)",
            hint="Save it as .xlsx without a password.",
        )  # fmt: skip
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise refuse(
            "intake.table.workbook_broken", "The workbook cannot be opened.", where=name,
            expected="a complete .xlsx file", got=str(error), hint="The file may be cut short; send it again.",
        ) from error  # fmt: skip
    unpacked = sum(part.file_size for part in parts)
    worst = max(
        (part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > 1_000_000),
        default=0,
    )
    if unpacked > MAX_UNPACKED or worst > MAX_RATIO or len(parts) > MAX_ENTRIES:
        raise refuse(
            "intake.table.bomb", "The workbook unpacks to more than any record needs.", where=name,
            expected=f"at most {MAX_UNPACKED} bytes in {MAX_ENTRIES} parts, packed at most {MAX_RATIO} times",
            got=f"{unpacked} bytes in {len(parts)} parts, packed up to {worst:.0f} times",
        )  # fmt: skip
    if any(part.flag_bits & 0x1 for part in parts):
        raise refuse(
            "intake.table.encrypted",
            "The workbook is encrypted.",
            where=name,
            hint="Save it without a password.",
        )
    active = sorted(part.filename for part in parts if _ACTIVE_PARTS.search(part.filename))
    if active:
        raise refuse(
            "intake.table.active_content", "The workbook holds macros, links or embedded objects.", where=name,
            expected="a workbook of values only", got=", ".join(active[:5]), hint="Save a copy of the values.",
        )  # fmt: skip


def _open(data: bytes, name: str) -> Any:
    import warnings

    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that openpyxl does not know
            return load_workbook(io.BytesIO(data), data_only=False, keep_links=False)
    except Exception as error:
        # openpyxl raises whatever its XML and ZIP parsers raise, and a dozen kinds of its own.
        raise refuse(
            "intake.table.workbook_broken", "The workbook cannot be read.", where=name,
            expected="a workbook as ECMA-376 describes it", got=f"{type(error).__name__}: {str(error)[:200]}",
            hint="Open it, save it again as .xlsx, and send that.",
        ) from error  # fmt: skip


def _sheet(sheet: Any, faults: Faults) -> Sheet:
    merged: dict[tuple[int, int], Any] = {}
    for area in sheet.merged_cells.ranges:
        first = sheet.cell(area.min_row, area.min_col)
        for row, column in area.cells:
            merged[row, column] = first
    rows = [
        [
            _cell(merged.get((cell.row, cell.column), cell), f"{sheet.title}!{cell.coordinate}", faults)
            for cell in row
        ]
        for row in sheet.iter_rows()
    ]
    return Sheet(sheet.title, rows)


def _cell(cell: Any, place: str, faults: Faults) -> Cell:
    value = cell.value
    if value is None:
        return Cell("", place)
    if cell.data_type == "f":
        if not faults.full:
            faults.add(
                "formula", "The cell is a formula, which is never executed.", place=place, expected="a value",
                got=str(getattr(value, "text", value))[:60], hint="Save a copy of the values.",
            )  # fmt: skip
        return Cell("", place)
    if cell.data_type == "e":
        if not faults.full:
            faults.add(
                "cell_error",
                "The cell holds an error of the spreadsheet.",
                place=place,
                expected="a value",
                got=str(value),
            )
        return Cell("", place)
    return Cell(_text(value, cell.number_format), place, value if isinstance(value, datetime) else None)


def _text(value: Any, number_format: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return _shown(value, number_format)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)


def _shown(value: float, number_format: str) -> str:
    """The number with the digits that the sheet shows, unless showing so few would change it."""
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    fixed = _FIXED.fullmatch(number_format)
    if fixed:
        shown = exact.quantize(Decimal(1).scaleb(-len(fixed[1] or "")))
        if shown == exact:
            return str(shown)
    return format(exact.normalize() if exact == exact.to_integral() else exact, "f")
