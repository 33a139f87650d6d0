"""CSV files as cells (RFC 4180, with the mapping's encoding and delimiter). Strict: nothing is repaired."""

from __future__ import annotations

import re

from onelot.intake.tabular.grid import Cell, Faults, GridRow, Sheet, place_of
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

MAX_CELLS = 3_000_000
_ACTIVE = re.compile(r"[=@\t\r]|[+-](?=[^|!(]*[A-Za-z][^|!(]*[|!(])|[+-].*[|!]")
"""What a spreadsheet could run as a formula, were the file ever opened in one (CWE-1236)."""
_SHOWN = 60


def read_csv(data: bytes, name: str, mapping: Mapping) -> list[Sheet]:
    """The one sheet of a CSV file. Raises Refused (``intake.table.*``) with the line of every fault."""
    text = decoded(data, name, mapping.encoding)
    faults = Faults(name)
    rows = _Rows(text, mapping, faults).read()
    if not faults.found:
        _check_delimiter(rows, mapping, faults)
    if faults.found:
        raise Refused(faults.found)
    return [Sheet("", rows)]


def decoded(data: bytes, name: str, encoding: str) -> str:
    """The text of a file in its declared encoding. Raises Refused with the position of the byte that is wrong."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    if encoding != "utf-16" and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _wrong_encoding(name, encoding, "the byte order mark of UTF-16")
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        got = said("byte 0x{data} at position {start}", data=f"{data[error.start]:02x}", start=error.start)
        raise _wrong_encoding(f"{name}: line {line}", encoding, got) from error
    except UnicodeError as error:
        raise _wrong_encoding(name, encoding, str(error)) from error
    if "\x00" in text:
        line = text[: text.index("\x00")].count("\n") + 1
        raise _wrong_encoding(f"{name}: line {line}", encoding, "a NUL character")
    return text


def _wrong_encoding(where: str, encoding: str, got: str) -> Exception:
    return refuse(
        "intake.table.encoding", "The file is not in the encoding that the mapping names.", where=where,
        expected=encoding, got=got, hint="Export it again, or correct 'encoding' in the mapping.",
    )  # fmt: skip


def may_be_formula(text: str) -> bool:
    """Whether a spreadsheet could take the text for a formula."""
    return bool(_ACTIVE.match(text))


class _Rows:
    def __init__(self, text: str, mapping: Mapping, faults: Faults) -> None:
        self._text = text
        self._mark = mapping.text_mark
        self._faults = faults
        delimiter = re.escape(mapping.delimiter)
        # Possessive, so that a quote that never closes costs no more than one pass over the file.
        self._field = re.compile(
            rf'(?:"((?:[^"]++|"")*+)"|([^"{delimiter}\r\n]*+))({delimiter}|\r\n|\n|\r|\Z)'
        )

    def read(self) -> list[GridRow]:
        text, end = self._text, len(self._text)
        rows: list[GridRow] = []
        position, line, start, column, total = 0, 1, 1, 0, 0
        cells: dict[int, Cell] = {}
        while position < end or column:
            found = self._field.match(text, position)
            if found is None:
                self._broken(line, column + 1, position)
                return rows
            column += 1
            quoted, plain, stop = found.groups()
            value = plain if quoted is None else quoted.replace('""', '"')
            if value:
                cells[column] = self._cell(value, start, column)
                total += 1
                if quoted is not None:
                    line += len(re.findall(r"\r\n|\n|\r", quoted))
            position = found.end()
            if len(stop) == 1 and stop not in "\r\n":
                if position == end:  # the file ends with a delimiter: one more empty field
                    column += 1
                    if cells:
                        rows.append(GridRow(start, cells, column))
                    break
                continue
            if cells:
                rows.append(GridRow(start, cells, column))
            if total > MAX_CELLS:
                self._faults.add("too_large", "The file has more cells than onelot reads.",
                                 expected=f"at most {MAX_CELLS}", hint="Split the file by lot.")  # fmt: skip
                return rows
            line += 1
            start, column, cells = line, 0, {}
        return rows

    def _cell(self, value: str, line: int, column: int) -> Cell:
        place = place_of(None, line, column)
        if self._mark and value.startswith(self._mark):
            return Cell(value.removeprefix(self._mark), place, literal=True)
        if may_be_formula(value):
            self._faults.add(
                "formula", "The cell may be a formula, which is never executed.", place=place,
                expected="a value" + (f", or text after {self._mark}" if self._mark else ""),
                got=repr(value[:_SHOWN]), hint="Export values, not formulas.",
            )  # fmt: skip
        return Cell(value, place)

    def _broken(self, line: int, column: int, position: int) -> None:
        rest = self._text[position : position + _SHOWN].splitlines()[0]
        unclosed = self._text.startswith('"', position) and not re.compile(r'"(?:[^"]++|"")*+"').match(
            self._text, position
        )
        self._faults.add(
            "csv_broken", "A quote opens here and never closes." if unclosed else "A quote stands inside a field.",
            place=place_of(None, line, column), expected="quotes around the whole field, and doubled inside it",
            got=repr(rest), hint="The file may be cut short, or exported with another delimiter.",
        )  # fmt: skip


def _check_delimiter(rows: list[GridRow], mapping: Mapping, faults: Faults) -> None:
    """A file of one column is a file with another delimiter, unless it holds none of them."""
    if not rows or any((row.width or 0) > 1 for row in rows):
        return
    for other in ";,\t|":
        having = [row for row in rows if other != mapping.delimiter and other in row.first.text]
        if len(having) * 2 > len(rows):
            faults.add(
                "delimiter", "The file does not have the mapping's delimiter.", place=having[0].first.place,
                expected=repr(mapping.delimiter), got=repr(other),
                hint="Export it again, or correct 'delimiter' in the mapping.",
            )  # fmt: skip
            return
