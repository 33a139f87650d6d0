"""A fault in the sense of a document that is well formed, with the path of what is wrong."""

from __future__ import annotations

from typing import NamedTuple

from onelot.kernel.refusals import Refusal
from onelot.kernel.yaml_lines import Path, YamlDocument


class Fault(NamedTuple):
    """One fault; its line is known only to the document that was read."""

    code: str
    path: Path
    what: str
    expected: str = ""
    got: str = ""
    hint: str = ""

    def refusal(self, document: YamlDocument) -> Refusal:
        """The fault with its file and line."""
        return Refusal(self.code, self.what, document.where(self.path), self.expected, self.got, self.hint)
