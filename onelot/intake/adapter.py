"""The one small interface of every reader of records: bytes in, facts with their places out, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from onelot.kernel.events import Event


class Extract(NamedTuple):
    """One fact and where in the file it stands: element path, ``Sheet1!C7``, ``line 12``, JSON pointer."""

    event: Event
    place: str


@dataclass(frozen=True)
class Extraction:
    """All facts of one file, in reading order."""

    adapter: str
    adapter_version: str
    document: str
    """The sender's own id of the document; a later file with the same id corrects this one. Never empty."""
    extracts: tuple[Extract, ...]
    mapping: str = ""
    """SHA-256 of the mapping document used, for tables."""
    issued_at: datetime | None = None
    """When the sender issued this state of the document; None: not said."""

    @property
    def lots(self) -> tuple[str, ...]:
        """Every lot that a fact of the file speaks of, sorted."""
        return tuple(sorted({lot for extract in self.extracts if (lot := getattr(extract.event, "lot", ""))}))


class Adapter(Protocol):
    """Reads one kind of file. ``read`` takes the whole file or nothing, and raises only Refused."""

    name: str
    version: str

    def recognises(self, head: bytes, name: str) -> bool:
        """Whether the first kilobytes (and the name, where bytes do not decide) are of this kind."""

    def read(self, data: bytes, name: str) -> Extraction:
        """Read the whole file. ``name`` is for messages."""
