"""Workers that are killed in the middle: every delivery arrives, in order, at least once, on both databases."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.jsonapi.receiver import receiving, status

LOTS = 16
PREPARE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger
ledger = open_ledger(create=True)
from tests.site import World
from onelot.jsonapi.webhooks.subscriptions import Webhooks
world = World(Path(sys.argv[1]), ledger)
Webhooks(ledger, world.actor("ada.admin")).subscribe(url=sys.argv[2], kinds=["lot.reviewed"])
for number in range(int(sys.argv[3])):
    world.lot(f"L{number}")
"""
LEFT = """
from onelot.settings.stores import open_ledger
open_ledger()
from onelot.jsonapi.models import Delivery, Outbox
Outbox.objects.update(leased_until=None)  # instead of waiting a minute for the killed worker's lease
states = list(Delivery.objects.order_by("position").values_list("state", "message"))
print(sum(state != "delivered" for state, _ in states), *(message for _, message in states))
"""


@pytest.mark.slow
def test_nothing_is_lost_and_the_order_holds(database: dict[str, str], tmp_path: Path) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        time.sleep(0.01)
        status(200)(handler, number)

    root = Path(__file__).parents[2]
    with receiving(answer) as receiver:
        environment = {
            **os.environ, **database, "ONELOT_WEBHOOK_NETWORKS": '["127.0.0.0/8"]', "PYTHONPATH": str(root),
        }  # fmt: skip

        def run(*command: str) -> str:
            return subprocess.run(
                [sys.executable, *command],
                env=environment,
                check=True,
                capture_output=True,
                text=True,
                cwd=root,
            ).stdout

        run("-c", PREPARE, str(tmp_path), receiver.url, str(LOTS))
        for kills in range(100):
            arrived = len(receiver.requests)
            worker = subprocess.Popen(
                [sys.executable, "-m", "onelot", "webhooks", "deliver"], env=environment, cwd=root
            )
            while worker.poll() is None and len(receiver.requests) < arrived + 3 + 2 * kills:
                time.sleep(0.005)
            worker.send_signal(signal.SIGKILL)
            assert worker.wait() in (0, -signal.SIGKILL)
            left, *messages = run("-c", LEFT).split()
            if left == "0" and len(messages) == LOTS:
                break
        assert kills >= 2
        firsts = list(dict.fromkeys(receiver.ids))
        assert firsts == messages
        assert len(messages) == LOTS
