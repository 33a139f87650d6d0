"""A worker to be killed, which also knows the tests' own work. Run as ``python -m tests.faults.worker LEASE``."""

from __future__ import annotations

import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "onelot.settings.django"


def main(lease: str) -> None:
    from django.conf import settings

    settings.ONELOT_JOBS = ["tests.jobs.kinds"]
    from onelot.cli.worker import worker

    worker(lease=float(lease))


if __name__ == "__main__":
    main(sys.argv[1])
