"""Requests in threads at the same time, for ``test_answers``. Run as ``python -m tests.jsonapi.at_once HOME``."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from onelot.settings.stores import open_ledger

BODY = {"lot": "L1", "severity": "minor", "title": "Spill"}


def main(home: str) -> None:
    ledger = open_ledger(create=True)
    from django.conf import settings
    from django.db import connections

    from onelot.deviations.models import Deviation
    from tests.jsonapi.callers import Caller, token
    from tests.site import World

    settings.ALLOWED_HOSTS = ["testserver"]
    world = World(Path(home), ledger)
    world.lot("L1", "major")
    secret = token(world, "ACME-LIMS", "reviewer")

    def ask(keys: list[str]) -> list[tuple[int, bytes]]:
        at_once = Barrier(len(keys))

        def post(key: str) -> tuple[int, bytes]:
            caller = Caller(secret)
            at_once.wait()
            try:
                answer = caller.post("/deviations", BODY, key=key)
                return answer.status_code, answer.content
            finally:
                connections.close_all()

        with ThreadPoolExecutor(len(keys)) as pool:
            return list(pool.map(post, keys))

    same = set(ask(["k"] * 6))
    told = {
        "answers": len(same), "statuses": sorted({status for status, _ in same}),
        "deviations": Deviation.objects.count(),
    }  # fmt: skip
    different = [status for status, _ in ask([f"k{number}" for number in range(4)])]
    print(json.dumps({
        "same": told,
        "different": {
            "statuses": different, "created": different.count(201), "deviations": Deviation.objects.count(),
        },
    }))  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
