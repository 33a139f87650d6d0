"""Makes a dossier: collects, prints, seals. Reads only; nothing is appended to the ledger."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import override

from onelot.disposition.dossier.attachments import attachments
from onelot.disposition.dossier.blocks import Block
from onelot.disposition.dossier.chain import chain
from onelot.disposition.dossier.content import Content, collect
from onelot.disposition.dossier.decision import analysis, certificates, cover, decisions
from onelot.disposition.dossier.exceptions import numbers, review, summary
from onelot.disposition.dossier.record import further, record
from onelot.disposition.dossier.series import series
from onelot.disposition.dossier.trail import attached, audit_trail, signatures
from onelot.kernel.refusals import refuse
from onelot.ledger.checkpoint import SigningKey
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.sealing import SealingKey
from onelot.verify.seal import certificate_fact

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many steps are done, and of how many."""
_STEPS = 5


@dataclass(frozen=True)
class Keys:
    """What a dossier is signed with: the ledger's key for its checkpoint, and the key of seals."""

    ledger: SigningKey
    seal: SealingKey


def make_dossier(
    ledger: Ledger, evidence: EvidenceStore, lot: str, *, keys: Keys, position: int | None = None,
    language: str = "en", progress: Progress | None = None,
) -> bytes:  # fmt: skip
    """The sealed PDF/A-3 of one lot as the ledger knew it at ``position`` (now, when not given).

    The same position, keys, evidence and language give the same bytes. Its own words are in the language; what records
    say stays as it was recorded. Raises Refused: ``dossier.unknown_lot``, ``dossier.position``, ``dossier.language``,
    ``ledger.history_changed``.
    """
    with override(known_language(language)):
        told = progress or _untold
        told("Reading the ledger", 0, _STEPS)
        content = collect(ledger, evidence, lot, ledger.size() if position is None else position)
        return _made(content, ledger, keys, told)


def _made(content: Content, ledger: Ledger, keys: Keys, told: Progress) -> bytes:
    """The sealed file, in the language that is active."""
    from onelot.disposition.dossier.printing import print_pdf
    from onelot.disposition.dossier.sealing import seal

    told("Proving the entries", 1, _STEPS)
    files = attachments(content, ledger, keys.ledger)
    told("Writing the pages", 2, _STEPS)
    pages = blocks(content)
    certificate = certificate_fact(keys.seal.der()[0])
    pages += attached(content, files, str(keys.ledger.verification), certificate)
    told("Printing", 3, _STEPS)
    pdf = print_pdf(content, cover(content, keys.ledger.verification.name, summary(content)), pages, files)
    told("Sealing", 4, _STEPS)
    sealed = seal(pdf, keys.seal, content.recorded_at)
    told("Done", _STEPS, _STEPS)
    return sealed


def known_language(language: str) -> str:
    """The language, where dossiers are made in it. Raises Refused (``dossier.language``)."""
    known = dict(settings.LANGUAGES)
    if language not in known:
        raise refuse(
            "dossier.language", "Dossiers are not made in this language.", where="language",
            expected=", ".join(known), got=language[:40],
        )  # fmt: skip
    return language


def _untold(_what: str, _done: int, _of: int) -> None:
    """Nobody wants to know how far it is."""


def blocks(content: Content) -> list[Block]:
    """The parts of a dossier in order."""
    exceptions = numbers(content)
    return [
        *decisions(content), *certificates(content), *analysis(content, exceptions), *review(content),
        *chain(content, exceptions), *record(content, exceptions), *series(content, exceptions),
        *further(content, exceptions), *signatures(content), *audit_trail(content),
    ]  # fmt: skip


def file_name(lot: str) -> str:
    """What a dossier's file is called: plain ASCII whatever the lot is called."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in lot)
    return f"dossier-{plain[:80]}.pdf"
