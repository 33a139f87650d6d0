"""The documents of the demonstration: each signed by three of its people, and one change that waits for its review."""

from __future__ import annotations

from dataclasses import dataclass

from onelot.cli.demo_people import QUALITY, REVIEWERS, Team
from onelot.recipes.approval import identify
from onelot.recipes.documents.service import Documents, Signed

AUTHOR, REVIEWER = "demo.author", REVIEWERS[0]
_DRAFT = ((b'version: "3"', b'version: "4"'), (b"late_entry: PT30M", b"late_entry: PT20M"))
"""What the draft changes in the master batch record that has such a version."""


@dataclass(frozen=True)
class Approval:
    """The way of documents through three hands, by the same commands as on the pages."""

    team: Team

    def bring_into_force(self, data: bytes, name: str) -> None:
        """Prepared, reviewed and approved."""
        digest = self.put_forward(data, name, "CR-1: first version")
        self._documents(REVIEWER).review(digest=digest, comment="", by=self._signed(REVIEWER))
        self._documents(QUALITY).approve(
            digest=digest, reason="CR-1: effective with the demonstration", by=self._signed(QUALITY)
        )

    def put_forward(self, data: bytes, name: str, reason: str) -> str:
        """Prepared; its digest."""
        return self._documents(AUTHOR).prepare(
            data=data, name=name, digest=identify(data, name).digest, reason=reason, by=self._signed(AUTHOR)
        )

    def draft_a_change(self, data: bytes, name: str) -> None:
        """Put a stricter version forward, where the document is the one that the change is written for."""
        changed = data
        for old, new in _DRAFT:
            if old not in changed:
                return
            changed = changed.replace(old, new, 1)
        self.put_forward(changed, name, "CR-2: entries within 20 minutes")

    def _documents(self, person: str) -> Documents:
        return Documents(self.team.ledger, self.team.actor(person), self.team.evidence, self.team.clock)

    def _signed(self, person: str) -> Signed:
        return Signed(self.team.signing(person), self.team.credentials(person), self.team.ledger.size())
