"""The site under 50 people at once, with 20,000 lots and 5 million ledger entries on PostgreSQL.

Run as ``python -m bench.web``. The data are made once under ``var/bench`` (some ten minutes) and used again;
``--fresh`` makes them anew, which a change of read models asks for. Debian's wrk asks, signed in as 50 people; the peer
is a page of one query behind the same server and middleware, measured before and after each page of the product.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bench.figures import Figure, number
from tests.postgresql import Server, find_programs

USERS = 50
PAUSE = 1000
"""Milliseconds, on average, for which somebody looks at a page before asking for the next one."""
WORKERS = 2
_REST = 0.01
"""Seconds of a processor in a fifth of a second: what an idle site computes at most."""
APPENDS = 500
P95, SHARE, APPEND, WEIGHT = 150, 1 / 3, 5, 150
"""Goals: ms, of the peer's requests a second, ms, KiB."""


@contextmanager
def prepared(root: Path, lots: int) -> Iterator[Any]:
    """The ledger of a site with so many lots, on a PostgreSQL server of its own."""
    programs = find_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed: apt-get install postgresql")
    root.mkdir(parents=True, exist_ok=True)
    server = Server(programs, root / "postgresql")
    try:
        is_made = (root / "made").exists()
        if not is_made:
            server.execute("DROP DATABASE IF EXISTS onelot")
            server.execute("CREATE DATABASE onelot")
        os.environ |= {
            "ONELOT_HOME": str((root / "home").absolute()),
            "ONELOT_DATABASE_URL": server.url("onelot"),
            "ONELOT_SECRET_KEY": "a key for benches only, which guards nothing",
            "ONELOT_ALLOWED_HOSTS": '["127.0.0.1", "testserver"]',
            "DJANGO_SETTINGS_MODULE": "bench.web_settings",
        }
        from onelot.settings.stores import open_ledger

        ledger = open_ledger(create=True)
        if not is_made:
            from bench.data.site import make_site

            make_site(ledger, root, lots)
            (root / "made").touch()
        yield ledger
    finally:
        server.stop()


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """The address and process of the site, served as ``onelot serve --no-worker`` does."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ("serve", "--no-worker", "--workers", str(WORKERS), "--port", str(port))
    process = subprocess.Popen([sys.executable, "-m", "onelot", *command], stdout=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while socket.socket().connect_ex(("127.0.0.1", port)):
            if time.monotonic() > deadline or process.poll() is not None:
                raise SystemExit("the site did not start")
            time.sleep(0.1)
        time.sleep(3)  # the second process needs as long
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(30)


def signed_in() -> list[str]:
    """Cookies of 50 people."""
    from django.conf import settings
    from django.test import Client

    from bench.data.site import user
    from onelot.registry.models import Account

    cookies = []
    for number_ in range(USERS):
        client = Client()
        account = Account.objects.get(person=user(number_))
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        cookies.append(f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}")
    return cookies


def pages() -> dict[str, list[str]]:
    """By what is measured: addresses, of many lots where it is a page of a lot."""
    from django.urls import reverse

    from bench.data.site import LONG_LOTS
    from onelot.review.desk.models import LotCard

    cards = LotCard.objects.filter(lot__startswith="BENCH")
    waiting = cards.filter(lane="exceptions").values_list("lot", flat=True)[:200]
    long = [*cards.order_by("-lot").values_list("lot", flat=True)[: LONG_LOTS * 3]]
    some = [*long[LONG_LOTS:], *cards.values_list("lot", flat=True).order_by("coi_identifier")[:300]]
    desk, trail = reverse("desk:queue"), reverse("audit:trail")

    def asked(page: str, **query: str) -> str:
        return f"{page}?{urlencode(query)}"

    return {
        "desk": [desk],
        "desk, filtered": [asked(desk, lane="all", site="PLANT-NORTH"), asked(desk, lane="clean", product="CARC")],
        "desk, sorted": [asked(desk, sort="waiting"), asked(desk, lane="all", sort="severity")],
        "lot page, exceptions": [reverse("desk:lot", args=[lot]) for lot in waiting],
        "lot page, record of 250": [reverse("lots:lot", args=[lot]) for lot in some],
        "lot page, record of 1,500": [reverse("lots:lot", args=[lot]) for lot in long[:LONG_LOTS]],
        "audit search": [
            trail, asked(trail, person="bench.user-07"), asked(trail, kind="execution.result_reported.v1"),
            asked(trail, kind="review.review_signed.v1", order="oldest"),
            *(asked(trail, about=lot) for lot in some[:5]),
        ],
        "audit search, words": [asked(trail, text="logger"), asked(trail, about=some[0], text="validated")],
        "board": [reverse("board:board")],
        "live updates": [reverse("live")],
    }  # fmt: skip


class People:
    """50 people who ask for pages."""

    def __init__(self, address: str, server: int, cookies: list[str], folder: Path) -> None:
        if shutil.which("wrk") is None:
            raise SystemExit("wrk is not installed: apt-get install wrk")
        self._address, self._server, self._folder = address, server, folder
        (folder / "cookies").write_text("\n".join(cookies) + "\n", "ascii")

    def ask(
        self, paths: list[str], seconds: float, pause: int = 0, *, may_fail: bool = False
    ) -> dict[str, float]:
        """For so long; what wrk says of it, and ``cpu``: ms of the site's processes for a request.

        Exits where an answer was wrong, but for ``may_fail``.
        """
        (self._folder / "paths").write_text("\n".join(paths) + "\n", "ascii")
        command = ["wrk", "-t", "1", "-c", str(USERS), "-d", f"{seconds:.0f}s", "--timeout", "30s", "-s",
                   str(Path(__file__).with_name("web.lua")), self._address, "--", str(self._folder / "cookies"),
                   str(self._folder / "paths"), str(pause)]  # fmt: skip
        before = self._at_rest()
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, float] = json.loads(done.stdout.rpartition("RESULT ")[2])
        if found["bad"] and not may_fail:
            raise SystemExit(f"{found['bad']:.0f} answers were wrong: {paths[0]}")
        if not found["requests"]:  # no answer came in time: none was quick
            found["p95"] = found["median"] = math.inf
        cpu = (_cpu_seconds(self._server) - before) * 1000 / max(1, found["requests"])
        return {**found, "rate": found["requests"] / found["seconds"], "cpu": cpu}

    def _at_rest(self) -> float:
        """Wait until nothing of an earlier run is answered any more; what the site has computed by then."""
        for _ in range(1500):  # five minutes
            before = _cpu_seconds(self._server)
            time.sleep(0.2)
            now = _cpu_seconds(self._server)
            if now - before <= _REST:
                return now
        raise SystemExit("the site does not come to rest")


def _cpu_seconds(server: int) -> float:
    """What the processes of the site have computed so far, in seconds of one processor."""
    workers = Path(f"/proc/{server}/task/{server}/children").read_text("ascii").split()
    ticks = 0
    for process in (str(server), *workers):
        fields = Path(f"/proc/{process}/stat").read_text("utf-8").rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def answers(people: People, seconds: float, chosen: str) -> Iterator[Figure]:
    """Each page: its time while 50 people read and ask, then its requests a second against the peer's."""
    from bench.web_urls import PEER

    goals = ("desk", "lot page", "audit search")
    for what, paths in pages().items():
        if not what.startswith(chosen):
            continue
        people.ask(paths, 3, may_fail=True)  # each process reads its templates and plans its queries
        calm = people.ask(paths, seconds, PAUSE)
        has_goal = what.startswith(goals)
        yield Figure(
            f"{what}: p95, 50 people", calm["p95"], P95 if has_goal else None, "ms",
            f"median {number(calm['median'])}, {number(calm['rate'])} requests/s", most=True,
        )  # fmt: skip
        rounds = []
        before = people.ask([f"/{PEER}"], seconds / 2)
        for _ in range(3):
            ours = people.ask(paths, seconds / 2)
            after = people.ask([f"/{PEER}"], seconds / 2)
            peers = (before["rate"] + after["rate"]) / 2
            if not peers:
                raise SystemExit("the peer was not answered: the machine is too busy to measure on")
            rounds.append((ours["rate"] / peers, ours, after))
            before = after
        share, ours, after = sorted(rounds, key=lambda found: found[0])[1]
        yield Figure(
            f"{what}: share of the peer's requests/s", share,
            SHARE if what.startswith(goals[:2]) else None, "",
            f"{number(ours['rate'])} of {number(after['rate'])}; ms of CPU {ours['cpu']:.1f} and {after['cpu']:.1f}; "
            f"p95 without pause {number(ours['p95'])} ms",
        )  # fmt: skip


def appends(ledger: Any) -> Iterator[Figure]:
    """One event with all its read models, in turn with a bare INSERT that is committed."""
    import psycopg

    from onelot.kernel.clock import system_clock
    from onelot.ledger.entry import Draft
    from onelot.review.desk.events import CommentMade
    from onelot.review.desk.models import LotCard

    lots = [*LotCard.objects.order_by("-lot").values_list("lot", flat=True)[:APPENDS]]
    ours, theirs = [], []
    with psycopg.connect(os.environ["ONELOT_DATABASE_URL"], autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS bench_peer (position bigserial PRIMARY KEY, entry bytea)"
        )
        for lot in lots:
            draft = Draft(
                event=CommentMade(lot=lot, text="The logger was read out again: nothing new."),
                actor="person:bench.user-01", occurred_at=system_clock(), tags=(f"lot:{lot}",),
            )  # fmt: skip
            ours.append(_milliseconds(lambda draft=draft: ledger.append([draft])))
            theirs.append(
                _milliseconds(
                    lambda: connection.execute("INSERT INTO bench_peer (entry) VALUES (%b)", (b"x" * 620,))
                )
            )
    median = statistics.median(ours)
    yield Figure(
        "append with all read models, median", median, APPEND, "ms",
        f"a bare INSERT {number(statistics.median(theirs))} ms", most=True,
    )  # fmt: skip


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


def measure(root: Path, lots: int, seconds: float, only: str, chosen: str) -> Iterator[Figure]:
    from bench.web_weight import weights

    with prepared(root, lots) as ledger, tempfile.TemporaryDirectory() as folder:
        print(
            f"{lots:,} lots, {ledger.size():,} entries; load of the machine {os.getloadavg()[0]:.1f}",
            flush=True,
        )
        if only in ("", "appends"):
            yield from appends(ledger)
        cookies = signed_in()
        with served() as (address, process):
            if only in ("", "answers"):
                yield from answers(People(address, process, cookies, Path(folder)), seconds, chosen)
            if only in ("", "weights"):
                yield from weights(address, cookies[0], pages(), WEIGHT)
        print(f"load of the machine {os.getloadavg()[0]:.1f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lots", type=int, default=20_000, help="of 250 entries each")
    parser.add_argument("--seconds", type=float, default=10, help="for which each page is asked")
    parser.add_argument("--folder", type=Path, default=Path("var/bench"), help="where the data are kept")
    parser.add_argument("--fresh", action="store_true", help="make the data anew")
    parser.add_argument("--pages", default="", help="only pages whose name begins so, for example 'lot page'")
    parser.add_argument("--only", choices=("appends", "answers", "weights"), default="")
    arguments = parser.parse_args()
    root = arguments.folder / f"site-{arguments.lots}"
    if arguments.fresh:
        shutil.rmtree(root, ignore_errors=True)
    for figure in measure(root, arguments.lots, arguments.seconds, arguments.only, arguments.pages):
        print(figure.line(), flush=True)


if __name__ == "__main__":
    main()
