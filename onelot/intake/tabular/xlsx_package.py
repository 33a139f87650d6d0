"""The ZIP container of a workbook: what could harm is refused by the archive's own list, before it is unpacked."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any

from lxml import etree

from onelot.kernel.refusals import Refused, refuse
from onelot.kernel.said import said

MAX_UNPACKED = 256 * 1024 * 1024
MAX_RATIO = 200
MAX_ENTRIES = 2_000
_RATIO_FROM = 1_000_000
"""Parts smaller than this may be packed as tightly as they like."""
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ACTIVE = re.compile(r"(?i)vbaProject|externalLinks/|embeddings/|activeX|macrosheets|connections\.xml|ctrlProps|"
                     r"queryTables/|webextensions|customUI")  # fmt: skip
_DOCTYPES = tuple("<!DOCTYPE".encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be"))
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"


class Package:
    """The parts of one workbook file, unpacked one by one."""

    def __init__(self, data: bytes, name: str) -> None:
        self.name = name
        if data.startswith(_OLE):
            raise _old(data, name)
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
            raise broken(name, str(error)) from error
        self._parts = {part.filename: part for part in self._archive.infolist()}
        self._check()

    @property
    def parts(self) -> list[str]:
        """Names of all parts."""
        return sorted(self._parts)

    def read(self, part: str) -> bytes:
        """One part. Raises Refused where it is missing, damaged, or declares entities."""
        if part not in self._parts:
            raise broken(self.name, f"no part {part}")
        try:
            content = self._archive.read(self._parts[part])
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            ValueError,
            NotImplementedError,
            EOFError,
            RuntimeError,
        ) as error:
            raise broken(self.name, f"{part}: {error}") from error
        if any(mark in content for mark in _DOCTYPES):
            raise refuse(
                "intake.table.dtd", "A part of the workbook declares a document type, which no workbook needs.",
                where=f"{self.name}: {part}", expected="XML without DOCTYPE", got="<!DOCTYPE",
                hint="Entities can be used to exhaust or spy on a reader; they are never expanded.",
            )  # fmt: skip
        return content

    def elements(self, part: str, *tags: str) -> Iterator[Any]:
        """Each element of the part with one of the local names, complete; cleared after use."""
        stream = io.BytesIO(self.read(part))
        try:
            for _, element in etree.iterparse(
                stream, tag=[f"{{*}}{tag}" for tag in tags], resolve_entities=False, no_network=True,
                load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True,
            ):  # fmt: skip
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError as error:
            raise broken(self.name, f"{part}: {error}") from error

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What the part refers to: id to (last word of the kind, name of the part). External ones are refused."""
        folder, file = posixpath.split(part)
        listed = posixpath.join(folder, "_rels", f"{file}.rels")
        if listed not in self._parts:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for relation in self.elements(listed, "Relationship"):
            kind = relation.get("Type", "").rpartition("/")[2]
            target = relation.get("Target", "")
            if relation.get("TargetMode") == "External":
                if kind != "hyperlink":
                    raise _active(self.name, f"a link to {target[:80]}")
                continue
            path = (
                target.lstrip("/")
                if target.startswith("/")
                else posixpath.normpath(posixpath.join(folder, target))
            )
            found[relation.get("Id", "")] = (kind, path)
        return found

    def _check(self) -> None:
        parts = self._archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        worst = max(
            (part.file_size / max(part.compress_size, 1) for part in parts if part.file_size > _RATIO_FROM),
            default=0.0,
        )
        if unpacked > MAX_UNPACKED or worst > MAX_RATIO or len(parts) > MAX_ENTRIES:
            raise refuse(
                "intake.table.bomb",
                "The workbook unpacks to more than any record needs.",
                where=self.name,
                expected=said(
                    "at most {max_unpacked} bytes in {max_entries} parts, packed at most {max_ratio} times",
                    max_unpacked=MAX_UNPACKED,
                    max_entries=MAX_ENTRIES,
                    max_ratio=MAX_RATIO,
                ),
                got=said(
                    "{unpacked} bytes in {count} parts, packed up to {worst} times",
                    unpacked=unpacked,
                    count=len(parts),
                    worst=f"{worst:.0f}",
                ),
            )
        if len(self._parts) < len(parts):
            raise broken(self.name, "two parts of one name")
        if any(part.flag_bits & 0x1 for part in parts):
            raise _encrypted(self.name)
        active = [part for part in self.parts if _ACTIVE.search(part)]
        if active:
            raise _active(self.name, ", ".join(active[:5]))
        if "[Content_Types].xml" not in self._parts:
            raise refuse(
                "intake.table.not_a_workbook", "The file is an archive, but no workbook.", where=self.name,
                expected="an .xlsx workbook (ECMA-376)", got=", ".join(self.parts[:5]),
            )  # fmt: skip
        if b"macroEnabled" in self.read("[Content_Types].xml"):
            raise _active(self.name, "a workbook with macros (.xlsm)")


def broken(name: str, got: str) -> Refused:
    """The refusal of a workbook that is damaged or no workbook."""
    return refuse(
        "intake.table.workbook_broken", "The workbook cannot be read.", where=name,
        expected="a complete workbook as ECMA-376 describes it", got=got[:200],
        hint="The file may be cut short: open it, save it again as .xlsx, and send that.",
    )  # fmt: skip


def _encrypted(name: str) -> Refused:
    return refuse(
        "intake.table.encrypted", "The workbook is encrypted.", where=name, expected="a workbook without a password",
        hint="Save it without a password.",
    )  # fmt: skip


def _old(data: bytes, name: str) -> Refused:
    if _ENCRYPTED in data:
        return _encrypted(name)
    return refuse(
        "intake.table.old_workbook", "The file is an old workbook (.xls), which can hold anything.", where=name,
        expected="a workbook in the .xlsx format", got="an OLE container", hint="Save it as .xlsx.",
    )  # fmt: skip


def _active(name: str, got: str) -> Refused:
    return refuse(
        "intake.table.active_content", "The workbook holds macros, links or embedded objects.", where=name,
        expected="a workbook of values only", got=got, hint="Save a copy of the values.",
    )  # fmt: skip
