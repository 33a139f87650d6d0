"""The evidence store: files as they came, under the SHA-256 of their bytes, never changed."""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

from onelot.kernel.canonical import digest
from onelot.kernel.refusals import Refused, refuse

_DIGEST = re.compile(r"[0-9a-f]{64}")


class EvidenceStore:
    """Files in a folder, ``ab/cdef...`` by digest.

    A file appears whole or not at all, and stays after a power cut: it is written beside its place,
    flushed, moved, and the folder is flushed (EU GMP Annex 11, 7.1; 21 CFR 11.10(c)).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, data: bytes) -> str:
        """Keep ``data`` and return its digest; keeping the same bytes again changes nothing.

        Raises Refused: ``ledger.evidence_damaged`` when other bytes stand in their place,
        ``ledger.evidence_not_kept`` when the disk does not take them.
        """
        name = digest(data)
        path = self._path(name)
        try:
            if path.exists():
                self.get(name)
            else:
                _write(path, data)
        except OSError as error:
            raise refuse(
                "ledger.evidence_not_kept",
                "The file could not be kept as evidence, so nothing may refer to it.",
                where=str(path),
                got=str(error),
                hint="look at the disk",
            ) from error
        return name

    def get(self, name: str) -> bytes:
        """The bytes with digest ``name``, checked against it.

        Raises Refused: ``ledger.evidence_missing``, ``ledger.evidence_damaged``.
        """
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise _missing(name) from error
        if digest(data) != name:
            raise refuse(
                "ledger.evidence_damaged",
                "A kept file is no longer what it was.",
                where=str(path),
                expected=f"SHA-256 {name}",
                got=f"SHA-256 {digest(data)}",
                hint="restore it from a backup; its digest in the ledger tells the right one",
            )
        return data

    def __contains__(self, name: str) -> bool:
        return self._path(name).exists()

    def _path(self, name: str) -> Path:
        if not _DIGEST.fullmatch(name):
            raise _missing(name)
        return self._folder / name[:2] / name[2:]


def _missing(name: str) -> Refused:
    return refuse(
        "ledger.evidence_missing",
        "There is no such file in the evidence store.",
        expected="the SHA-256 of a kept file, 64 small hexadecimal digits",
        got=name,
    )


def _write(path: Path, data: bytes) -> None:
    new_folders = [folder for folder in (path.parent, *path.parent.parents) if not folder.exists()]
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), 0o444)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    # A folder's entry of a new file or folder is durable only when the folder itself is flushed.
    for folder in (path.parent, *(created.parent for created in new_folders)):
        _flush_folder(folder)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
