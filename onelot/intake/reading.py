"""Read one file of any supported format, chosen by its content."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from onelot.intake.adapter import Adapter, Extraction
from onelot.intake.b2mml import B2mmlAdapter
from onelot.intake.json_record import JsonRecordAdapter
from onelot.kernel.refusals import refuse
from onelot.kernel.said import said

if TYPE_CHECKING:
    from onelot.intake.tabular.mapping import LoadedMapping

MAX_BYTES = 256 * 1024 * 1024
_HEAD = 4096
_ADAPTERS: tuple[Adapter, ...] = (JsonRecordAdapter(), B2mmlAdapter())
_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"
_TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls")


def read_document(data: bytes, name: str, mappings: Sequence[LoadedMapping] = ()) -> Extraction:
    """The facts of one file. Raises Refused, and nothing else, for whatever cannot be read completely.

    ``mappings`` tell what the columns of CSV and XLSX files mean.
    """
    if not data.strip():
        raise refuse(
            "intake.empty",
            "The file is empty.",
            where=name,
            expected="a batch record",
            got="0 bytes of content",
        )
    if len(data) > MAX_BYTES:
        raise refuse(
            "intake.too_large",
            "The file is larger than any record onelot reads.",
            where=name,
            expected=said("at most {max_bytes} bytes", max_bytes=MAX_BYTES),
            got=said("{count} bytes", count=len(data)),
            hint="Split the record by lot.",
        )
    head = data[:_HEAD]
    table = head.startswith((_ZIP, _OLE)) or name.lower().endswith(_TABLES)
    if not table:
        for adapter in _ADAPTERS:
            if adapter.recognises(head, name):
                return adapter.read(data, name)
    if table or mappings:
        from onelot.intake.tabular import read_table

        return read_table(data, name, mappings)
    raise refuse(
        "intake.unknown_format", "The file is of no format that onelot knows.", where=name,
        expected="B2MML or BatchML (XML), onelot JSON, or CSV or XLSX with a mapping",
        got=repr(head[:24])[1:], hint="For CSV and XLSX give the mapping that describes the columns.",
    )  # fmt: skip
