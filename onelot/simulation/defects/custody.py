"""Defects in the chain of custody."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from onelot.custody.events import HandedOver
from onelot.simulation.defects.catalogue import plants
from onelot.simulation.defects.workbench import Workbench, known
from onelot.simulation.moving import COURIER

_CLOCKS = ("HLD-CLOCK", "ALR-CLOCK")


def _leg(work: Workbench) -> tuple[HandedOver, HandedOver]:
    """The two hand-overs of the inbound leg: to the courier, from the courier."""
    first, second = work.of(HandedOver, lambda e: e.leg == "inbound")
    return first, second


@plants("CUS-CHAIN", "leg_missing", *_CLOCKS)
def leg_missing(work: Workbench) -> str:
    """A transport of which nothing is recorded."""
    for event in _leg(work):
        work.remove(event)
    return "inbound"


@plants("CUS-CHAIN", "never_received", *_CLOCKS)
def never_received(work: Workbench) -> str:
    """A bag handed over and never received."""
    work.change(_leg(work)[1], received_at=None, received_by="")
    return "inbound"


@plants("CUS-CHAIN", "received_before_released", *_CLOCKS)
def received_before_released(work: Workbench) -> str:
    """A bag received before it was released."""
    second = _leg(work)[1]
    work.change(second, received_at=second.released_at - timedelta(minutes=4))
    return "inbound"


@plants("CUS-CHAIN", "gap")
def custody_gap(work: Workbench) -> str:
    """A bag handed over by somebody who had never received it."""
    work.change(_leg(work)[1], from_party="Unknown Forwarder")
    return "inbound"


@plants("CUS-CHAIN", "overlap", *_CLOCKS)
def custody_overlap(work: Workbench) -> str:
    """A bag handed on before it was received."""
    first, second = _leg(work)
    work.change(first, received_at=second.released_at + timedelta(minutes=2))
    return "inbound"


@plants("CUS-CHAIN", "party_missing")
def party_missing(work: Workbench) -> str:
    """A hand-over that does not say to whom."""
    work.change(_leg(work)[0], to_party="")
    return "inbound"


@plants("CUS-CHAIN", "left_behind", *_CLOCKS)
def left_behind(work: Workbench) -> str:
    """A second bag that stayed with the courier."""
    first = _leg(work)[0]
    work.add(msgspec.structs.replace(first, container=f"{work.plan.din}-02", to_party=COURIER))
    return "inbound"


@plants("CUS-CHAIN", "not_foreseen", "CMP-EXTRA")
def leg_not_foreseen(work: Workbench) -> str:
    """A transport that the master batch record does not know."""
    first = _leg(work)[0]
    work.add(msgspec.structs.replace(first, leg="detour", container=f"{work.lot}-SAMPLE"))
    return "detour"


@plants("CUS-CHAIN", "condition")
def condition(work: Workbench) -> str:
    """A bag received in a condition that a person must read."""
    second = _leg(work)[1]
    assert known(second.received_at)
    work.change(second, condition="outer box dented, indicator amber")
    return "inbound"


@plants("HLD-CLOCK", "too_long", "ALR-CLOCK", alone=True)
def transport_too_long(work: Workbench) -> str:
    """A transport that took longer than allowed, from its first release to its last receipt."""
    clock = next(clock for clock in work.plan.mbr.clocks if clock.id == "inbound_transit")
    first, second = _leg(work)
    assert clock.max is not None
    received = first.released_at + clock.max + timedelta(minutes=11)
    work.change(second, released_at=received - timedelta(minutes=5), received_at=received)
    return clock.id
