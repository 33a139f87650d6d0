"""Proofs as files, to be checked offline by anyone who has the log's verification key. Pure.

An inclusion proof is written in the C2SP tlog-proof format. A consistency proof is written as the body of
an add-checkpoint request of the C2SP tlog-witness protocol, so that it can be sent to a witness as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from onelot.kernel.refusals import refuse
from onelot.ledger.checkpoint import (
    Checkpoint,
    VerificationKey,
    from_base64,
    open_checkpoint,
    parse_checkpoint,
    split_note,
    to_base64,
)
from onelot.ledger.merkle import leaf_hash, verify_consistency, verify_inclusion

_INCLUSION = re.compile(
    r"c2sp\.org/tlog-proof@v1\n(?:extra [^\n]*\n)?index (0|[1-9][0-9]{0,18})\n((?:[^\n]+\n)*)\n(.+)",
    re.ASCII | re.DOTALL,
)
_CONSISTENCY = re.compile(r"old (0|[1-9][0-9]{0,18})\n((?:[^\n]+\n)*)\n(.+)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Inclusion:
    """That one entry is in the tree of a signed checkpoint; ``index`` is its position less one."""

    index: int
    hashes: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The proof as C2SP tlog-proof."""
        return f"c2sp.org/tlog-proof@v1\nindex {self.index}\n{_lines(self.hashes)}\n{self.note}"

    @staticmethod
    def parse(text: str) -> Inclusion:
        """Raises Refused (``ledger.proof_unreadable``)."""
        return Inclusion(*_read(_INCLUSION, text, "C2SP tlog-proof"))

    def verify(
        self, entry: bytes, key: VerificationKey, witnesses: Sequence[VerificationKey] = ()
    ) -> Checkpoint:
        """The checkpoint that vouches for ``entry``.

        Raises Refused: ``ledger.proof_wrong``, and those of ``open_checkpoint``.
        """
        checkpoint = open_checkpoint(self.note, key, witnesses)
        verify_inclusion(leaf_hash(entry), self.index, checkpoint.size, self.hashes, checkpoint.root)
        return checkpoint


@dataclass(frozen=True)
class Consistency:
    """That a checkpoint's tree begins with all ``old`` entries of an earlier one."""

    old: int
    hashes: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """The proof as the body of a C2SP tlog-witness add-checkpoint request."""
        return f"old {self.old}\n{_lines(self.hashes)}\n{self.note}"

    @staticmethod
    def parse(text: str) -> Consistency:
        """Raises Refused (``ledger.proof_unreadable``)."""
        return Consistency(*_read(_CONSISTENCY, text, "C2SP tlog-witness add-checkpoint"))

    def verify(self, earlier: Checkpoint, key: VerificationKey) -> Checkpoint:
        """The newer checkpoint, which holds all that ``earlier`` held.

        Raises Refused: ``ledger.proof_wrong``, and those of ``open_checkpoint``.
        """
        checkpoint = open_checkpoint(self.note, key)
        if (self.old, checkpoint.origin) != (earlier.size, earlier.origin):
            raise refuse(
                "ledger.proof_wrong",
                "The proof begins at another checkpoint.",
                expected=f"{earlier.origin}, {earlier.size} entries",
                got=f"{checkpoint.origin}, {self.old} entries",
            )
        verify_consistency(self.old, checkpoint.size, earlier.root, checkpoint.root, self.hashes)
        return checkpoint


def _lines(hashes: Sequence[bytes]) -> str:
    return "".join(f"{to_base64(value)}\n" for value in hashes)


def _read(form: re.Pattern[str], text: str, name: str) -> tuple[int, tuple[bytes, ...], str]:
    match = form.fullmatch(text)
    hashes = [from_base64(line) for line in match[2].split("\n")[:-1]] if match else [None]
    if match is None or None in hashes:
        raise refuse("ledger.proof_unreadable", "This is not a proof.", expected=f"the {name} format")
    parse_checkpoint(split_note(match[3])[0])
    return int(match[1]), tuple(value for value in hashes if value is not None), match[3]
