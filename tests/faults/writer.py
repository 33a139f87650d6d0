"""A writer to be killed: appends batches to the configured ledger and acknowledges each on its output.

Run as ``python -m tests.faults.writer NAME``. A batch's events carry its tag and its length, so that a
batch of which only a part is visible can be told.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import count
from random import Random

from onelot.execution.events import CommentRecorded
from onelot.ledger.entry import Draft
from onelot.settings.stores import open_ledger


def main(name: str) -> None:
    ledger = open_ledger()
    random = Random(name)
    print("ready", flush=True)
    for number in count():
        batch, length = f"batch:{name}-{number}", random.choice([1, 1, 2, 40])
        draft = Draft(
            event=CommentRecorded(lot="L1", subject=batch, text=str(length)),
            actor="system:writer",
            occurred_at=datetime.now(UTC),
            tags=(batch,),
        )
        positions = ledger.append([draft] * length)
        print(f"{batch} {positions[0]} {positions[-1]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
