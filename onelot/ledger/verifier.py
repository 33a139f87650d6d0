"""Whether stored entries are what was once recorded. Pure: bytes in, verdict out.

Needs neither Django nor a database, so that a partner or an inspector can check an export alone. What is
checked, for every entry: it stands at its position, it holds the hash of the entry before, and its own hash
is the stored one; and, for every checkpoint given, that the entries are there and have the signed root.
A change that was carried through every hash is found only by a checkpoint from outside.
"""

from __future__ import annotations

from binascii import hexlify
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from onelot.kernel.refusals import refuse
from onelot.ledger.checkpoint import Checkpoint
from onelot.ledger.entry import GENESIS, LINK, RECORDED_BYTES, tail
from onelot.ledger.merkle import Frontier

MOST_FAULTS = 1000
"""A ledger that is wrong throughout is not listed to its end."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong. ``position`` names the entry; 0 speaks of the ledger as a whole."""

    position: int
    what: str


@dataclass(frozen=True)
class Report:
    """``root`` is the Merkle root over the ``size`` entries that were read."""

    size: int
    root: bytes
    faults: tuple[Fault, ...]


class Verifier:
    """Takes the entries in order, a run at a time; ``report`` says what was wrong with them.

    ``checkpoints`` are those whose signatures hold. Memory does not grow with the number of entries.
    """

    def __init__(self, checkpoints: Iterable[Checkpoint] = ()) -> None:
        self._ahead = sorted(checkpoints, key=lambda checkpoint: checkpoint.size, reverse=True)
        self._trusted = 0
        self._faults: list[Fault] = []
        self._chain = Chain(self._faults)
        self._frontier = Frontier()

    def feed(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        """The next entries, and the leaf hashes that are stored for them (both in order, one for one)."""
        start = 0
        self._meet()
        while start < len(entries):
            end = len(entries)
            if self._ahead:
                end = min(end, start + self._ahead[-1].size - self._frontier.size)
            self._frontier.extend(self._chain.check(entries[start:end], leaves[start:end]))
            self._meet()
            start = end

    def report(self) -> Report:
        """The verdict on all entries so far."""
        self._meet()
        faults = list(self._faults)
        faults.extend(
            Fault(
                self._frontier.size + 1,
                f"entries are missing at the end: a checkpoint was signed over {checkpoint.size} entries,"
                f" only {self._frontier.size} are here",
            )
            for checkpoint in reversed(self._ahead)
        )
        return Report(self._frontier.size, self._frontier.root(), tuple(faults))

    def _meet(self) -> None:
        """Compare with the checkpoints signed over exactly the entries so far."""
        while self._ahead and self._ahead[-1].size == self._frontier.size:
            checkpoint = self._ahead.pop()
            if checkpoint.root == self._frontier.root():
                self._trusted = checkpoint.size
            else:
                what = (
                    f"entries {self._trusted + 1} to {checkpoint.size} are not those over which a checkpoint"
                )
                self._faults.append(Fault(0, f"{what} was signed"))


class Chain:
    """The links between entries, and each entry's own hash; what is wrong is added to ``faults``."""

    def __init__(self, faults: list[Fault]) -> None:
        self._faults = faults
        self._position = 0
        self._previous = GENESIS
        self._wrong = 0  # position of the last entry that does not have its stored hash

    def check(self, entries: Sequence[bytes], stored: Sequence[bytes]) -> list[bytes]:
        """The leaf hashes of the next entries, which have been compared with those stored for them."""
        if len(entries) != len(stored):
            raise refuse(
                "ledger.hashes_missing",
                "There must be one stored hash for each entry.",
                expected=str(len(entries)),
                got=str(len(stored)),
            )
        computed = [sha256(b"\0" + entry).digest() for entry in entries]
        if entries and computed == list(stored) and self._is_linked(entries, computed):
            self._position += len(entries)
            self._previous = hexlify(computed[-1])
        else:
            self._find_faults(entries, stored, computed)
        return computed

    def _is_linked(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> bool:
        """Whether each entry's link is the expected one, all compared at once; False is no verdict yet.

        As no slice is longer than a link, the joined slices can equal the joined links only one by one.
        """
        first, end = self._position + 1, self._position + 1 + len(entries)
        previous = (self._previous, *map(hexlify, leaves[:-1]))
        links = (
            LINK * len(entries) % tuple(chain.from_iterable(zip(range(first, end), previous, strict=True)))
        )
        start = -len(LINK % (first, self._previous)) - RECORDED_BYTES
        return links == b"".join([entry[start:-RECORDED_BYTES] for entry in entries])

    def _find_faults(
        self, entries: Sequence[bytes], stored: Sequence[bytes], computed: Sequence[bytes]
    ) -> None:
        """Entry by entry, what is wrong with a run; nothing may be, where positions gain a digit."""
        position, previous = self._position, self._previous
        first = position + 1
        unlinked: list[int] = []
        for entry, leaf in zip(entries, stored, strict=True):
            position += 1
            if not entry.endswith(LINK % (position, previous), 0, -RECORDED_BYTES):
                position = self._examine(entry, position, previous, unlinked)
            previous = hexlify(leaf)
        wrong = self._compare(first, computed, stored)
        for broken in unlinked:
            if not {broken, broken - 1} & {*wrong, self._wrong}:
                self._fault(broken, "it does not follow the entry before: one was replaced, hash and all")
        self._wrong = wrong[-1] if wrong else self._wrong
        self._position, self._previous = position, previous

    def _examine(self, entry: bytes, position: int, previous: bytes, unlinked: list[int]) -> int:
        """Why an entry is not the one expected at ``position``; from which position to go on."""
        found = tail(entry)
        if found is None:
            self._fault(position, "its bytes do not end as an entry's do")
        elif found.position == position:
            unlinked.append(position)
        elif found.previous == previous or found.position < position:
            self._fault(position, f"it says that it is entry {found.position}")
        else:
            self._fault(position, f"entries {position} to {found.position - 1} are missing")
            return found.position
        return position

    def _compare(self, first: int, computed: Sequence[bytes], stored: Sequence[bytes]) -> list[int]:
        """Positions of entries whose bytes and stored hash disagree."""
        wrong = [
            position
            for position, (mine, theirs) in enumerate(zip(computed, stored, strict=True), first)
            if mine != theirs
        ]
        for position in wrong:
            self._fault(position, "its bytes and its stored hash disagree: one of them was changed")
        return wrong

    def _fault(self, position: int, what: str) -> None:
        if len(self._faults) < MOST_FAULTS:
            self._faults.append(Fault(position, what))
