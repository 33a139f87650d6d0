"""Static files are named with a digest of their content, so that browsers keep them for a year."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import StaticFilesStorage


class DigestStorage(StaticFilesStorage):
    """Adds the digest as a query: the same file is served with and without it, and nothing has to be collected."""

    def url(self, name: str | None) -> str:
        """The address of a file in its present state."""
        address = super().url(name)
        digest = _digest(name) if name else ""
        return f"{address}?v={digest}" if digest else address


@lru_cache(maxsize=512)
def _digest(name: str) -> str:
    """Of the file as it was when this process first named it; empty where there is none."""
    path = finders.find(name)
    return sha256(Path(path).read_bytes()).hexdigest()[:12] if isinstance(path, str) else ""
