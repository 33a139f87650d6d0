"""The parts of a dossier on the decision: cover, decisions, certificates, and the certificate of analysis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from django.utils.translation import gettext

from onelot.disposition import titles
from onelot.disposition.dossier.blocks import Block, facts, heading, notice, paragraph, table
from onelot.disposition.dossier.certified import certified
from onelot.disposition.dossier.content import Content
from onelot.disposition.dossier.words import in_utc, in_zone, versioned, when
from onelot.disposition.events import CertificateIssued, DispositionItemStated, LotDisposed
from onelot.execution.events import ResultReported
from onelot.ledger.entry import Entry
from onelot.recipes.columns import limit_text
from onelot.recipes.model import Alternative, Criterion, Market, Specification, WeightBand
from onelot.registry.signature_events import SignatureMade
from onelot.review.events import LotReviewed

_GOOD = {"released", "confirmed"}


def title_of(decision: str) -> str:
    """A decision's code, a certificate's kind or an item's state as people read it."""
    known = titles.STATES.get(decision) or titles.KINDS.get(decision) or titles.ITEM_STATES.get(decision)
    return str(known or decision.replace("_", " "))


def standing(content: Content) -> tuple[str, str]:
    """What the cover says of the lot, and its tone."""
    newest: dict[str, LotDisposed] = {}
    for _, event in content.events(LotDisposed, standing=False):
        newest[event.market] = event
    if not newest:
        return gettext("Not yet disposed: no decision on this lot was recorded up to this position."), "plain"
    text = "; ".join(f"{market}: {title_of(event.decision)}" for market, event in sorted(newest.items()))
    good = all(event.decision in _GOOD for event in newest.values())
    return gettext("Decision: %(decisions)s") % {"decisions": text}, "good" if good else "bad"


def decisions(content: Content) -> Iterator[Block]:
    """Every decision, the newest first, with who signed it, and statements on the checklist."""
    yield heading(gettext("Decision"))
    signatures = {event.signature: event for _, event in content.events(SignatureMade, standing=False)}
    found = [*content.events(LotDisposed, standing=False)]
    if not found:
        yield notice(standing(content)[0])
    for entry, event in reversed(found):
        signed = signatures.get(event.signature)
        yield facts([
            (gettext("Decision"), title_of(event.decision)), (gettext("Market"), event.market),
            (gettext("Reason"), entry.reason),
            (gettext("Signed by"), signer(entry, signed)),
            (gettext("Rests on the ledger up to"), str(event.through_position)),
            *((name, value) for name, value in (
                (gettext("Pending results"), ", ".join(event.pending)),
                (gettext("If a late result fails"), event.consequence_plan),
                (gettext("Physician's request"), event.request), (gettext("Physician's acceptance"), event.acceptance),
                (gettext("Protocol"), event.protocol),
                (gettext("Physician informed"), event.informed),
                (gettext("Out of specification"), ", ".join(event.out_of_specification)),
            ) if value),
            (gettext("Ledger entry"), str(entry.position)),
        ])  # fmt: skip
    stated = [*content.events(DispositionItemStated, standing=False)]
    if stated:
        yield heading(gettext("Statements on the checklist"), 2)
        columns = (
            (gettext("Entry"), 15),
            (gettext("Market"), 14),
            (gettext("Item"), 40),
            (gettext("State"), 25),
            (gettext("Reason, by whom"), 45),
            (gettext("When"), 35),
        )
        yield table(columns, [
            (str(entry.position), event.market, event.item, title_of(event.state), _stated(entry, event),
             in_utc(entry.occurred_at))
            for entry, event in stated
        ])  # fmt: skip


def _stated(entry: Entry, event: DispositionItemStated) -> str:
    return "\n".join(filter(None, (entry.reason, entry.actor, event.document_name)))


def signer(entry: Entry, signed: SignatureMade | None) -> str:
    """Printed name, meaning, and time with zone (21 CFR 11.50)."""
    if signed is None:
        return entry.actor
    return (
        f"{signed.name} ({signed.person}), {signed.meaning}, {in_zone(entry.occurred_at, signed.time_zone)}"
    )


def certificates(content: Content) -> Iterator[Block]:
    """Each certificate with its whole content, from the evidence store."""
    yield heading(gettext("Certificates"), new_page=False)
    found = [*content.events(CertificateIssued, standing=False)]
    if not found:
        yield paragraph(gettext("No certificate was issued up to this position."))
    for entry, event in found:
        yield heading(f"{title_of(event.kind)} {event.certificate}", 2)
        original = content.original(event.content)
        yield facts([
            (gettext("Number in the register"), event.certificate), (gettext("Market"), event.market),
            (gettext("Issued"), in_utc(entry.occurred_at)), (gettext("Ledger entry"), str(entry.position)),
            (gettext("SHA-256 of its content"), event.content),
        ])  # fmt: skip
        if original is None or original.data is None:
            yield notice(
                gettext("Its content is not here: %(why)s.")
                % {"why": original.why if original else gettext("it is unknown")},
                "bad",
            )
        else:
            yield from certified(json.loads(original.data))


def analysis(content: Content, exceptions: dict[int, int]) -> Iterator[Block]:
    """Results against the specification of each market that the lot is for (21 CFR 211.165, 211.188(b)(9))."""
    yield heading(gettext("Certificate of analysis"))
    results = [*content.events(ResultReported)]
    head = content.head()
    markets = [head.intended_market] if head and head.intended_market else []
    markets += [event.market for _, event in content.events(LotDisposed) if event.market not in markets]
    specification = content.mbr.specification if content.mbr else None
    if specification is None:
        yield notice(
            gettext("The approved specification is not at hand, so only the results are shown."), "bad"
        )
    for market in dict.fromkeys(markets) if specification else ():
        assert specification is not None
        yield from _market(content, specification, market, market == markets[0], results)
    yield heading(gettext("All results"), 2)
    yield _results(results, exceptions)


def _market(
    content: Content, specification: Specification, name: str, reviewed: bool,  # noqa: FBT001 - one caller
    results: list[tuple[Entry, ResultReported]],
) -> Iterator[Block]:  # fmt: skip
    yield heading(
        gettext("Market %(market)s: specification %(specification)s version %(version)s")
        % {"market": name, "specification": specification.id, "version": specification.version},
        2,
    )
    market = next((item for item in specification.markets if item.market == name), None)
    if market is None:
        yield notice(gettext("The specification has no criteria for %(market)s.") % {"market": name}, "bad")
        return
    columns = (
        (gettext("Test"), 40),
        (gettext("Method"), 19),
        (gettext("Specification"), 43),
        (gettext("Result"), 38),
        (gettext("Judgement of the review"), 34),
    )
    yield table(columns, [*_criteria(content, specification, market, reviewed, results)])


def _criteria(
    content: Content, specification: Specification, market: Market, reviewed: bool,  # noqa: FBT001 - one caller
    results: list[tuple[Entry, ResultReported]],
) -> Iterator[tuple[str, ...]]:  # fmt: skip
    tests = {test.id: test for test in specification.tests}
    for criterion in market.criteria:
        alternatives = criterion.any_of or (Alternative(test=criterion.test or "", limits=criterion.limits,
                                                        text=criterion.text),)  # fmt: skip
        named = [tests[alternative.test] for alternative in alternatives]
        wanted = _or(
            _asked(criterion, alternative, test.unit or "")
            for alternative, test in zip(alternatives, named, strict=True)
        )
        of_it = [(entry, event) for entry, event in results if event.test in {test.id for test in named}]
        yield (
            _or(test.title or test.id for test in named), ", ".join(test.method for test in named), wanted,
            "\n".join(result_text(event) for _, event in of_it) or gettext("none reported"),
            _judgement(content, criterion, {test.id for test in named}, of_it) if reviewed
            else gettext("for the other market"),
        )  # fmt: skip


def _asked(criterion: Criterion, alternative: Alternative, unit: str) -> str:
    if criterion.bands:
        return "; ".join(limit_text(band.limits, unit) + f" ({_weights(band)})" for band in criterion.bands)
    return _or(alternative.text) if alternative.text else limit_text(alternative.limits, unit) if (
        alternative.limits
    ) else "–"  # fmt: skip


def _weights(band: WeightBand) -> str:
    """The patient's weights for which a limit holds."""
    limits = {"above": band.above, "up_to": band.up_to}
    if band.above and band.up_to is not None:
        return gettext("weight above %(above)s kg up to %(up_to)s kg") % limits
    if band.above:
        return gettext("weight above %(above)s kg") % limits
    return gettext("weight up to %(up_to)s kg") % limits if band.up_to is not None else gettext("any weight")


def _or(texts: Iterable[str]) -> str:
    return gettext(" or ").join(texts)


def _judgement(
    content: Content, criterion: Criterion, tests: set[str], results: list[tuple[Entry, ResultReported]]
) -> str:
    """What the last review said of a criterion. Absence is never read as a pass."""
    reviewed = content.last(LotReviewed)
    if content.verdict is None or reviewed is None:
        return gettext("not reviewed")
    run = next((check for check in content.verdict.checks if check.check == "SPC-RESULT"), None)
    if run is None or run.status not in ("ran", "nothing_to_check"):
        return gettext("not judged: the check did not run")
    if any(entry.position > reviewed[1].through_position for entry, _ in results):
        return gettext("not judged: reported after the review")
    found = [
        finding for finding in content.verdict.findings
        if finding.check == "SPC-RESULT" and finding.subject in {criterion.id, *tests, content.lot}
    ]  # fmt: skip
    if found:
        return "\n".join(f"▶ {finding.severity}: {finding.sentence}" for finding in found)
    return gettext("✓ meets the specification") if results else gettext("not judged: no result")


def result_text(event: ResultReported) -> str:
    """A result with its state where it is not final."""
    value = event.value or ", ".join(event.values) or gettext("no value")
    unit = f" {event.unit}" if event.unit not in ("", "1") else ""
    state = "" if event.status == "final" else f" ({titles.RESULT_STATES.get(event.status, event.status)})"
    return f"{value}{unit}{state}"


def _results(results: list[tuple[Entry, ResultReported]], exceptions: dict[int, int]) -> Block:
    columns = (
        (gettext("Entry"), 14), (gettext("Test, sample"), 32), (gettext("Result"), 26),
        (gettext("Laboratory, analyst"), 26),
        (gettext("Reviewed by"), 38), (gettext("Reported"), 38)
    )  # fmt: skip
    return table(columns, [
        (
            _numbered(entry, exceptions), f"{event.test}\n{event.sample}, {event.occurrence}", result_text(event),
            f"{event.laboratory}\n{event.analyst}", f"{event.reviewed_by or '–'}\n{when(event.reviewed_at)}",
            when(event.reported_at) + (f"\n{event.reason}" if event.reason else ""),
        )
        for entry, event in results
    ])  # fmt: skip


def _numbered(entry: Entry, exceptions: dict[int, int]) -> str:
    number = exceptions.get(entry.position)
    return f"{entry.position}\n▶ X{number}" if number else str(entry.position)


def cover(content: Content, origin: str, review: str) -> dict[str, object]:
    """What stands on the first page; ``review`` is one line on the review."""
    head = content.head()
    text, tone = standing(content)
    signed = sum(1 for _ in content.events(SignatureMade, standing=False))
    own = sum(1 for stored in content.entries if stored.own)
    rows = [
        (gettext("Lot"), content.lot), (gettext("Chain of identity (COI)"), head.coi_identifier if head else ""),
        (gettext("Product"), _product(content)), (gettext("Intended market"), head.intended_market if head else ""),
        (gettext("Made at"), f"{head.site}{', ' + head.organisation if head.organisation else ''}" if head else ""),
        (gettext("Master batch record"), versioned(head.mbr, head.mbr_version) if head else ""),
        (gettext("Review by exception"), review), (gettext("Signatures"), str(signed)),
        (gettext("Ledger"), gettext("%(ledger)s, up to entry %(position)s")
         % {"ledger": origin, "position": content.position}),
        (gettext("Recorded"), in_utc(content.recorded_at)),
        (gettext("Entries in this dossier"), gettext("%(own)s of the lot, %(others)s on which they rest")
         % {"own": own, "others": len(content.entries) - own}),
    ]  # fmt: skip
    rows.append((gettext("Language"), gettext("English. What records say is printed as it was recorded.")))
    return {"standing": text, "tone": tone, **facts(rows)}


def _product(content: Content) -> str:
    head = content.head()
    if content.mbr is None:
        return head.product if head else ""
    return f"{content.mbr.product.name} ({content.mbr.product.code})"
