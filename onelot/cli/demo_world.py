"""The demonstration's ledger, from its first day to now."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import TYPE_CHECKING

from onelot.cli.demo_documents import Approval
from onelot.cli.demo_people import Team, one_password
from onelot.cli.demo_site import agree_terms, register_mappings, register_network
from onelot.cli.demo_story import Story, deliveries
from onelot.cli.inputs import policy_bytes, read_mappings, read_policy
from onelot.cli.intake import receipt_text
from onelot.cli.summary import progress
from onelot.facts.archive import Archive
from onelot.intake.service import Intake
from onelot.recipes.document import load_mbr
from onelot.review.baseline_fit import fit_baseline
from onelot.review.engine import Reviewer
from onelot.settings.stores import open_evidence, open_signing_key
from onelot.simulation.network import load_network

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    import pyarrow as pa

    from onelot.cli.demo_calendar import DemoClock
    from onelot.ledger.store import Ledger
    from onelot.review.verdict import Verdict
    from onelot.simulation.truth import Truth


class World:
    """Knows the network's sites and people, what is allowed, and how tables are read; then plays what happened."""

    def __init__(
        self, ledger: Ledger, network: Path, truth: Truth, clock: DemoClock, until: datetime
    ) -> None:
        self.ledger, self.evidence = ledger, open_evidence()
        self.taken: set[str] = set()
        """Files that have arrived."""
        self.refused = 0
        self._network, self._truth, self._clock, self._until = network, truth, clock, until
        open_signing_key(create=True)
        known = load_network(network)
        self.accounts = register_network(ledger, known, clock)
        agree_terms(ledger, clock)
        register_mappings(ledger, self.evidence, known, network, clock)
        with one_password([account.person for account in self.accounts]) as password:
            approval = Approval(Team(ledger, self.evidence, clock, password))
            approval.bring_into_force(policy_bytes(None), "policy.yaml")
            for file in sorted(truth.mbrs.values()):
                approval.bring_into_force((network / file).read_bytes(), file)
        self._reviewers = {product: self._reviewer(product) for product in sorted(truth.mbrs)}

    def play(self, seed: int) -> list[Verdict]:
        """Take the files in, review the lots, and let people do their part, day by day; each lot's last verdict."""
        mappings = read_mappings([self._network / name for name in self._truth.mappings])
        intake = Intake(self.ledger, self.evidence, mappings, self._clock)
        plan = deliveries(self._truth.lots, self._until)
        files = len(self._truth.site_files) + sum(len(one.files) for one in plan)

        def receive(file: str) -> None:
            receipt = intake.receive((self._network / file).read_bytes(), file)
            self.taken.add(file)
            if receipt.outcome == "refused":
                self.refused += 1
                print(receipt_text(receipt), file=sys.stderr)
            progress("Files read, reviewed and worked on", len(self.taken), files)

        for file in self._truth.site_files:
            receive(file)
        with one_password([account.person for account in self.accounts]) as password:
            team = Team(self.ledger, self.evidence, self._clock, password)
            story = Story(team, self._clock, self._reviewers, receive, seed)
            story.play(plan, self._until)
            for file in sorted(self._truth.mbrs.values()):
                Approval(team).draft_a_change((self._network / file).read_bytes(), file)
        return story.verdicts

    def _reviewer(self, product: str) -> tuple[str, Reviewer]:
        file = self._truth.mbrs[product]
        data = (self._network / file).read_bytes()
        mbr, policy = load_mbr(data, file), read_policy(None)
        baseline = fit_baseline(mbr, policy, self._history)
        (self._network / f"baseline-{product}.json").write_bytes(baseline.canonical + b"\n")
        return mbr.mbr.id, Reviewer(mbr, policy, baseline)

    @cached_property
    def _history(self) -> dict[str, pa.Table]:
        return Archive.open(self._network / "history").facts()
