"""Prints a dossier's blocks as a tagged PDF/A-3 with Typst; record text goes in as data, never as source."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

import msgspec
import typst
from django.utils.translation import get_language, gettext, pgettext

from onelot.disposition.dossier.attachments import Attachment
from onelot.disposition.dossier.blocks import Block
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import in_utc, printable
from onelot.kernel.refusals import refuse
from onelot.verify import names

STANDARD: Literal["a-3a"] = "a-3a"
"""PDF/A-3, conformance level A: tagged, so that it can be read aloud, converted and searched."""


def print_pdf(
    content: Content, cover: dict[str, object], blocks: Sequence[Block], attachments: Sequence[Attachment]
) -> bytes:
    """The PDF, not yet sealed; the same content gives the same bytes.

    ``cover`` is that of a dossier, or names a ``certificate`` and its ``coi``, which is printed without a cover page.

    Raises Refused (``dossier.not_printable``) where Typst cannot set it.
    """
    with tempfile.TemporaryDirectory(prefix="onelot-dossier-") as folder:
        root = Path(folder)
        for number, item in enumerate(attachments):
            (root / str(number)).write_bytes(item.data)
        data = _data(content, cover, blocks, attachments)
        (root / "data.json").write_bytes(msgspec.json.encode(data))
        source = files("onelot.disposition.dossier").joinpath("dossier.typ").read_bytes()
        main = root / "dossier.typ"
        main.write_bytes(source)
        try:
            compiler = typst.Compiler(input=main, root=root, ignore_system_fonts=True)
            done = compiler.compile(
                format="pdf", pdf_standards=STANDARD, timestamp=int(content.recorded_at.timestamp())
            )
        except typst.TypstError as error:
            raise refuse(
                "dossier.not_printable", "The dossier cannot be printed.", where=content.lot, got=error.message,
                hint="Please report this: whatever a record says must be printable.",
            ) from error  # fmt: skip
    assert isinstance(done, bytes)
    return done


def _data(
    content: Content, cover: dict[str, object], blocks: Sequence[Block], attachments: Sequence[Attachment]
) -> dict[str, Any]:
    head = content.head()
    known = head.coi_identifier if head else str(cover.get("coi", ""))
    lot, coi = printable(content.lot, 18), printable(known or gettext("not known"))
    certificate = str(cover.get("certificate", ""))
    return {
        "title": certificate or gettext("Dossier of lot %(lot)s") % {"lot": lot}, "certificate": certificate,
        "language": get_language() or "en",
        "author": "onelot", "keywords": [lot, coi], "lot": lot, "cover": cover,
        "kicker": gettext("Dossier of lot"), "contents": gettext("Contents"),
        "running": gettext("Lot %(lot)s") % {"lot": lot}, "running_right": f"COI {coi}",
        "page": gettext("Page"), "of": pgettext("page 3 of 9", "of"),
        "foot": gettext("Ledger up to entry %(position)s, %(when)s UTC")
        % {"position": content.position, "when": in_utc(content.recorded_at)[:19]},
        "cover_note": gettext(
            "Sealed electronically. What is printed here and the attached entries, originals and proofs can be verified"
            " offline; the last part of this dossier says how."
        ),
        "blocks": list(blocks),
        "attachments": [
            {
                "path": str(number), "name": item.name, "mime": item.mime, "description": printable(item.what, 99),
                "relationship": "source" if item.name.startswith(names.ORIGINALS) else "data",
            }
            for number, item in enumerate(attachments)
        ],
    }  # fmt: skip
