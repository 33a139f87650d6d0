"""One certificate as a sealed PDF/A-3: what it says, who signed it, the entries with their proofs inside."""

from __future__ import annotations

import json
from dataclasses import replace

from django.utils.translation import gettext, override

from onelot.disposition.dossier.attachments import attachments
from onelot.disposition.dossier.blocks import Block, facts, heading, notice, paragraph
from onelot.disposition.dossier.certified import certified
from onelot.disposition.dossier.content import Content, collect
from onelot.disposition.dossier.decision import signer, title_of
from onelot.disposition.dossier.service import Keys, known_language
from onelot.disposition.dossier.trail import attached
from onelot.disposition.dossier.words import in_utc
from onelot.disposition.events import CertificateIssued
from onelot.kernel.refusals import refuse
from onelot.ledger.entry import Entry
from onelot.ledger.evidence import EvidenceStore
from onelot.ledger.store import Ledger
from onelot.registry.signature_events import SignatureMade
from onelot.verify.seal import certificate_fact


def make_certificate(
    ledger: Ledger, evidence: EvidenceStore, lot: str, number: str, *, keys: Keys, language: str = "en"
) -> bytes:
    """The certificate as the ledger held it when it was issued: the same bytes each time.

    Raises Refused: ``dossier.language``, ``dossier.unknown_certificate``, ``ledger.history_changed``.
    """
    from onelot.disposition.dossier.printing import print_pdf
    from onelot.disposition.dossier.sealing import seal

    with override(known_language(language)):
        whole = collect(ledger, evidence, lot, ledger.size())
        found = [
            item for item in whole.events(CertificateIssued, standing=False) if item[1].certificate == number
        ]
        if not found:
            raise refuse(
                "dossier.unknown_certificate", "There is no such certificate.", where=lot, got=number[:64]
            )
        entry, event = found[0]
        content = _of(whole, event, ledger)
        files = attachments(content, ledger, keys.ledger)
        pages = [*_said(content, entry, event)]
        pages += attached(content, files, str(keys.ledger.verification), certificate_fact(keys.seal.der()[0]))
        cover: dict[str, object] = {"certificate": number, "coi": _identifier(content, event)}
        return seal(print_pdf(content, cover, pages, files), keys.seal, content.recorded_at)


def _of(whole: Content, event: CertificateIssued, ledger: Ledger) -> Content:
    """Of a lot's content only the certificate and its signature, as the ledger was once both were there."""
    own = tuple(
        stored for stored in whole.entries
        if getattr(stored.entry.event, "signature", "") == event.signature
        and (not isinstance(stored.entry.event, CertificateIssued) or stored.entry.event == event)
    )  # fmt: skip
    position = own[-1].entry.position
    named = {event.content, *(getattr(stored.entry.event, "content", "") for stored in own)}
    originals = tuple(item for item in whole.originals if item.digest in named)
    last, _ = next(ledger.read_stored(after=position - 1, until=position))
    return replace(
        whole, position=position, recorded_at=last.recorded_at, entries=own, originals=originals, verdict=None,
        replaced=frozenset(),
    )  # fmt: skip


def _identifier(content: Content, event: CertificateIssued) -> str:
    original = content.original(event.content)
    return str(json.loads(original.data).get("coi_identifier", "")) if original and original.data else ""


def _said(content: Content, entry: Entry, event: CertificateIssued) -> list[Block]:
    original = content.original(event.content)
    signed = next(
        (one for _, one in content.events(SignatureMade, standing=False) if one.signature == event.signature),
        None,
    )
    made: list[Block] = [heading(title_of(event.kind), new_page=False)]
    if original is None or original.data is None:
        why = original.why if original else "–"
        return [*made, notice(gettext("Its content is not here: %(why)s.") % {"why": why}, "bad")]
    made += certified(json.loads(original.data))
    return [
        *made,
        heading(gettext("Signature"), 2),
        facts([
            (gettext("Signed by"), signer(entry, signed)), (gettext("SHA-256 of its content"), event.content),
            (gettext("SHA-256 of the signed content"), signed.content if signed else ""),
            (gettext("Ledger entry"), str(entry.position)), (gettext("Recorded"), in_utc(entry.recorded_at)),
        ]),
        paragraph(gettext(
            "It says what it said when it was signed. A later decision on the lot may hold:"
            " ask the owner of the ledger."
        )),
    ]  # fmt: skip
