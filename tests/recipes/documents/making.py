"""A world with authors, and documents on their way."""

from __future__ import annotations

from onelot.recipes.document import load_mbr
from onelot.recipes.documents.models import Version
from onelot.recipes.documents.queries import last_act
from onelot.recipes.documents.service import Documents, Signed
from onelot.registry.signing import Credentials
from tests.recipes.test_document import GOOD
from tests.site import NOW, PASSWORD, World

NEXT = GOOD.replace('version: "7"', 'version: "8"').replace("high: 7.50", "high: 7.60")
POLICY = b"""format: onelot-policy/1
id: POL-1
version: "1"
title: A policy
severities:
  - {check: RNG-ACTION, severity: major, reason: by risk}
"""


class DocumentsWorld(World):
    """People of tests, two authors, and somebody who has every role of the flow."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.person("anna.author", "Anna Author", "author")
        self.person("alan.author", "Alan Author", "author")
        self.person("hugo.head", "Hugo Head", "quality_head")
        self.person("mia.many", "Mia Many", "author")
        for role in ("reviewer", "quality_head"):
            self.registry.grant_role(person="mia.many", role=role)  # type: ignore[arg-type]

    def documents(self, person: str) -> Documents:
        return Documents(self.ledger, self.actor(person), self.evidence, lambda: NOW)

    def signed(self, person: str, seen: int, password: str = PASSWORD) -> Signed:
        return Signed(self.signing(person), Credentials(password), seen)

    def prepared(self, text: str = GOOD, by: str = "anna.author") -> str:
        mbr = load_mbr(text.encode(), "m.yaml")
        seen = last_act("mbr", mbr.mbr.id)
        return self.documents(by).prepare(
            data=text.encode(), name="m.yaml", digest=mbr.digest, reason="CR-1", by=self.signed(by, seen)
        )

    def reviewed(self, digest: str, by: str = "rita.review") -> None:
        self.documents(by).review(digest=digest, comment="", by=self.signed(by, self.ledger.size()))

    def approved(self, digest: str, by: str = "hilde.head") -> None:
        self.documents(by).approve(digest=digest, reason="CR-1", by=self.signed(by, self.ledger.size()))

    def retired(self, digest: str, by: str = "hilde.head") -> None:
        self.documents(by).retire(digest=digest, reason="unsafe", by=self.signed(by, self.ledger.size()))

    def through(self, text: str = GOOD) -> str:
        """A version that three people signed."""
        digest = self.prepared(text)
        self.reviewed(digest)
        self.approved(digest)
        return digest


def state(digest: str) -> str:
    return Version.objects.get(digest=digest).state
