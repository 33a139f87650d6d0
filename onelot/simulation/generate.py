"""Write a simulated network to a folder: records as its sites would send them, and the truth about them.

::

    mbr/, network.yaml, mappings/     what is allowed, and how to read the tables of the CDMOs
    sites/<site>.<format>             accounts, training, equipment and material lots of a site
    records/<site>/<lot>.<format>     one record a lot; ``<lot>.corrected.<format>`` where it was issued again, and
                                      ``<lot>.results.<format>`` where final results of a test come after the record
    history/                          facts of closed, good lots as Parquet: what baselines are fitted from
    truth.json                        what was planted where
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from onelot.facts.archive_writer import write_archive
from onelot.facts.build import fact_tables
from onelot.intake.tabular.mapping import Mapping
from onelot.kernel.events import Event, Sourced
from onelot.kernel.refusals import refuse
from onelot.simulation.network import Network, Site, load_network
from onelot.simulation.patient_lot import LOT_EVERY, network_start, plan
from onelot.simulation.places import site_record
from onelot.simulation.planting import Planter
from onelot.simulation.record import LotRecord, good_record, late_results, latest_time, without
from onelot.simulation.truth import PlantedDefect, TrueLot, Truth
from onelot.simulation.writers.b2mml import b2mml
from onelot.simulation.writers.csv_tables import csv_tables
from onelot.simulation.writers.json_record import json_record
from onelot.simulation.writers.xlsx_workbook import xlsx_workbook

_LONGEST_LOT = timedelta(days=90)
Progress = Callable[[str], None]


WRITERS: dict[str, tuple[Callable[..., bytes], str]] = {
    "b2mml": (b2mml, "xml"),
    "json": (json_record, "json"),
    "csv": (csv_tables, "csv"),
    "xlsx": (xlsx_workbook, "xlsx"),
}
"""Format to its writer, ``f(events, *, document, sender, issued_at)``, and the ending of its files."""


@dataclass(frozen=True)
class _Sender:
    site: Site
    mapping: Mapping | None


def simulate(
    examples: Path, lots: int, seed: int, out: Path, *, defects: float = 0.4, history: int = 180,
    progress: Progress = lambda _: None,
) -> Truth:  # fmt: skip
    """Write ``lots`` lots of the network in ``examples``; a share of ``defects`` of them is not good.

    The same arguments give the same bytes, and a lot's own files do not depend on how many lots follow. Raises
    Refused (``simulation.folder_not_empty``).
    """
    if out.exists() and any(out.iterdir()):
        raise refuse(
            "simulation.folder_not_empty", "The folder for the simulation is not empty.", where=str(out),
            hint="give a new folder, so that no record of another simulation is taken for one of this",
        )  # fmt: skip
    network = load_network(examples / "network")
    out.mkdir(parents=True, exist_ok=True)
    shutil.copytree(examples / "network", out, dirs_exist_ok=True)
    written: list[TrueLot] = []
    expected: dict[str, list[PlantedDefect]] = {}
    site_events: dict[str, list[Event]] = {site: [] for site in network.sites}
    for record, planted in Planter(network, seed, defects).lots(lots):
        progress(record.plan.lot)
        for lot, defect in planted:
            expected.setdefault(lot, []).append(defect)
        site_events[record.plan.site.id] += record.site_events
        written.append(_write_lot(out, record))
    truth = Truth(
        format="onelot-truth/1",
        seed=seed,
        lots=tuple(msgspec.structs.replace(lot, planted=tuple(expected.get(lot.lot, ()))) for lot in written),
        site_files=tuple(_write_sites(out, network, lots, history, site_events)),
        mbrs={product.code: str(product.mbr) for product in network.products},
        mappings=tuple(sorted(str(path.relative_to(out)) for path in (out / "mappings").iterdir())),
    )
    _write_history(out / "history", network, seed, history)
    (out / "truth.json").write_bytes(msgspec.json.format(msgspec.json.encode(truth), indent=1) + b"\n")
    return truth


def _write_lot(out: Path, record: LotRecord) -> TrueLot:
    plan_ = record.plan
    late = late_results(record.events)
    events = without(record.events, late)
    issued = latest_time(events) + timedelta(hours=2)
    document = f"{plan_.site.id}/{plan_.lot}"
    sender = _Sender(plan_.site, plan_.network.mappings.get(plan_.site.id))
    files = [_write(out, f"records/{document}", sender, events, issued)]
    if record.corrected is not None:
        issued += timedelta(days=1)
        corrected = without(record.corrected, late_results(record.corrected))
        files.append(_write(out, f"records/{document}.corrected", sender, corrected, issued))
    if late:
        issued = max(issued, latest_time(late)) + timedelta(hours=2)
        files.append(_write(out, f"records/{document}.results", sender, late, issued))
    return TrueLot(
        lot=plan_.lot,
        product=plan_.product.code,
        site=plan_.site.id,
        market=plan_.clinic.market,
        files=tuple(files),
        late_results=files[-1] if late else "",
    )


def _write(out: Path, name: str, sender: _Sender, events: Sequence[Event], issued: datetime) -> str:
    """Write one file; its sender's id of the document is the same for a record and its correction, not for results."""
    writer, ending = WRITERS[sender.site.format]
    layout = {} if sender.mapping is None else {"mapping": sender.mapping}
    file = f"{name}.{ending}"
    document = name.removesuffix(".corrected").partition("/")[2]
    (out / file).parent.mkdir(parents=True, exist_ok=True)
    (out / file).write_bytes(
        writer(events, document=document, sender=sender.site.organisation, issued_at=issued, **layout)
    )
    return file


def _write_sites(
    out: Path, network: Network, lots: int, history: int, added: dict[str, list[Event]]
) -> Iterator[str]:
    starts = network_start(network)
    since, until = starts - history * LOT_EVERY, starts + lots * LOT_EVERY + _LONGEST_LOT
    for site in network.sites.values():
        events = [*site_record(network, site, since=since, until=until, starts=starts), *added[site.id]]
        yield _write(out, f"sites/{site.id}", _Sender(site, network.mappings.get(site.id)), events, until)


def _write_history(folder: Path, network: Network, seed: int, count: int) -> None:
    """Good lots that were closed before the network's first lot, with the site records of that time."""
    starts = network_start(network)
    events: list[Event] = []
    for index in range(1 - count, 1):
        events += good_record(plan(network, index, seed)).events
    for site in network.sites.values():
        events += site_record(
            network, site, since=starts - count * LOT_EVERY, until=starts + _LONGEST_LOT, starts=starts
        )
    write_archive(
        folder, fact_tables(Sourced(position=number, event=event) for number, event in enumerate(events, 1))
    )
