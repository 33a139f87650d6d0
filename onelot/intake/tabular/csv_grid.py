"""CSV files as cells. Strict: quotes must close, bytes must fit the encoding, formulas are refused."""

from __future__ import annotations

import csv
import io
import re

from onelot.intake.tabular.grid import Cell, Faults, Sheet
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.refusals import Refused, refuse

MAX_CELL = 100_000
_NUMBER = re.compile(r"[+-]?[\d.,' ]+%?")
_ACTIVE = ("=", "@", "+", "-")
"""A spreadsheet takes text that begins so for a formula."""


def read_csv(data: bytes, name: str, mapping: Mapping) -> list[Sheet]:
    """The one sheet of a CSV file (RFC 4180 with the mapping's delimiter). Raises Refused (``intake.table.*``)."""
    text = _decoded(data, name, mapping)
    faults = Faults(name)
    rows: list[list[Cell]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=mapping.delimiter, strict=True)
    csv.field_size_limit(MAX_CELL)
    try:
        for cells in reader:
            line = reader.line_num
            rows.append(
                [
                    Cell(_plain(cell, line, column, faults), f"line {line}, column {column}")
                    for column, cell in enumerate(cells, 1)
                ]
            )
    except csv.Error as error:
        raise refuse(
            "intake.table.csv_broken", "The CSV file is not well formed.", where=f"{name}: line {reader.line_num}",
            expected=f"fields between {mapping.delimiter!r}, quotes doubled and closed, at most {MAX_CELL} characters",
            got=str(error), hint="The file may be cut short, or exported with another delimiter.",
        ) from error  # fmt: skip
    if faults.found:
        raise Refused(faults.found)
    return [Sheet("", rows)]


def _decoded(data: bytes, name: str, mapping: Mapping) -> str:
    encoding = "utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding
    if mapping.encoding != "utf-16" and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding(name, mapping, "the byte order mark of UTF-16")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _wrong_encoding(f"{name}: line {line}", mapping, f"byte 0x{data[error.start]:02x}") from error
    if "\x00" in text:
        raise _wrong_encoding(
            f"{name}: line {text[: text.index(chr(0))].count(chr(10)) + 1}", mapping, "a NUL character"
        )
    return text


def _wrong_encoding(where: str, mapping: Mapping, got: str) -> Exception:
    return refuse(
        "intake.table.encoding", "The file is not in the encoding that the mapping names.", where=where,
        expected=mapping.encoding, got=got, hint="Export it again, or correct 'encoding' in the mapping.",
    )  # fmt: skip


def needs_apostrophe(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula, or for a mark of text."""
    return text.startswith(("'", *_ACTIVE)) and not _NUMBER.fullmatch(text.strip())


def _plain(cell: str, line: int, column: int, faults: Faults) -> str:
    """The text; an apostrophe before text that a spreadsheet would take for a formula is its mark for text."""
    if cell.startswith("'") and needs_apostrophe(cell[1:]):
        return cell[1:]
    if cell.startswith(_ACTIVE) and needs_apostrophe(cell):
        faults.add(
            "formula", "The cell may be a formula, which is never executed.", place=f"line {line}, column {column}",
            expected="a value, or text after an apostrophe", got=repr(cell[:60]),
            hint="Export values, not formulas.",
        )  # fmt: skip
    return cell
