"""What kinds of work there are: each room says its own in ``tasks.py``, the settings name those modules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from importlib import import_module

from django.conf import settings

from onelot.kernel.clock import Clock
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.sealing import SealingKey

Argument = str | int | bool
Told = Callable[[float, str], None]


@dataclass(frozen=True)
class Place:
    """Where work is done: the ledger with its evidence store, the time, and the keys."""

    ledger: Ledger
    evidence: EvidenceStore
    clock: Clock
    checkpoint: Callable[[], str]
    """Signs the ledger as it is now, and returns the note (C2SP tlog-checkpoint)."""
    signing_key: Callable[[], SigningKey]
    """Opens the key that signs checkpoints."""
    sealing_key: Callable[[], SealingKey]
    """Opens the key that seals documents."""


@dataclass(frozen=True)
class Work:
    """One attempt at one job."""

    place: Place
    arguments: Mapping[str, Argument]
    asked_by: str
    """User name; empty: onelot itself."""
    tell: Told
    """``tell(fraction, text)``: how much is done, 0 to 1. Raises LeaseLostError where another worker has the job."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: a line of text, and a file in the evidence store where one was made."""

    text: str = ""
    evidence: str = ""
    file_name: str = ""


@dataclass(frozen=True)
class Kind:
    """A kind of work. ``run`` may be called again after it was cut off anywhere, and must then do no harm."""

    name: str
    title: str
    """In words, marked for translation by ``gettext_noop``."""
    run: Callable[[Work], Outcome]
    permission: str = ""
    """Action that a person needs to ask for it; empty: only onelot itself asks."""
    attempts: int = 5
    """How often it is begun before it counts as dead; an attempt whose worker was killed counts."""


@dataclass(frozen=True)
class Periodic:
    """Something quick to do again and again, by one worker at a time; the next time makes up for one that failed."""

    name: str
    every: timedelta
    run: Callable[[Place], object]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of work by its name."""
    return {kind.name: kind for name in settings.ONELOT_JOBS for kind in import_module(name).KINDS}


@cache
def periodics() -> tuple[Periodic, ...]:
    """Everything periodic."""
    return tuple(each for name in settings.ONELOT_JOBS for each in import_module(name).PERIODIC)
