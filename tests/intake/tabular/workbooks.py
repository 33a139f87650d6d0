"""Workbooks made by hand from their parts, so that they may hold what no program would write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_TEXT = 't="inlineStr"><is><t>'
HEADER = f'<row r="1"><c r="A1" {_TEXT}Lot</t></is></c><c r="B1" {_TEXT}Value</t></is></c></row>'
GOOD = HEADER + '<row r="2"><c r="A2" t="inlineStr"><is><t>L1</t></is></c><c r="B2"><v>5</v></c></row>'
MAPPING = """
table: xlsx
recognise: Lot
sections:
  - id: values
    sheet: Data
    event: execution.parameter_recorded.v1
    constants: {phase: a/b/c, parameter: p}
    columns: {Lot: {field: lot}, Value: {field: value, kind: measured}}
"""


def sheet(rows: str, after: str = "") -> str:
    """One sheet with these rows."""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'


def row(value: str, attributes: str = "") -> str:
    """A header, and a row of lot L1 whose second cell holds ``value``."""
    return HEADER + (
        f'<row r="2"><c r="A2" t="inlineStr"><is><t>L1</t></is></c><c r="B2" {attributes}>{value}</c></row>'
    )


def parts(
    data: str = sheet(GOOD), *, book: str = "", relations: str = "", styles: str = ""
) -> dict[str, str | bytes]:
    """All parts of a workbook whose one sheet ``Data`` is given."""
    found: dict[str, str | bytes] = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" Type="{_DOCUMENT}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}">{book}<sheets>'
        '<sheet name="Data" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
        f'Type="{_DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>{relations}</Relationships>',
        "xl/worksheets/sheet1.xml": data,
    }
    if styles:
        found["xl/styles.xml"] = f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>'
        found["xl/_rels/workbook.xml.rels"] = str(found["xl/_rels/workbook.xml.rels"]).replace(
            "</Relationships>",
            f'<Relationship Id="r2" Type="{_DOCUMENT}/styles" Target="styles.xml"/></Relationships>',
        )
    return found


def packed(files: Mapping[str, str | bytes], **said: Any) -> bytes:
    """The parts as one archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content, **said)
    return stream.getvalue()


def workbook(data: str = sheet(GOOD), **said: Any) -> bytes:
    """A workbook whose one sheet ``Data`` is given."""
    return packed(parts(data, **said))
