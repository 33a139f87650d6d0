"""A signature holds for exactly one content, record and signer: whatever else is put in their place breaks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from onelot.kernel.canonical import canonical, digest
from onelot.ledger.entry import Entry
from onelot.registry.signature_check import check_signature
from onelot.registry.signature_events import SignatureMade
from onelot.review.desk.events import ReviewSigned

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)
CONTENT = {"lot": "L1", "verdict": "clean"}
TAGS = ("lot:L1", "signature:s")


def entry(event: Any, position: int) -> Entry:
    return Entry(
        position=position,
        id=str(position),
        event=event,
        actor="person:rita",
        occurred_at=AT,
        recorded_at=AT,
        tags=TAGS,
    )


MADE = entry(SignatureMade(
    signature="s", person="rita", name="Rita", meaning="reviewed", content=digest(canonical(CONTENT)),
    factors=("password",), time_zone="UTC",
), 7)  # fmt: skip
ACT = entry(ReviewSigned(lot="L1", review="r", signature="s", decided=0), 8)


def test_what_was_signed_holds() -> None:
    assert check_signature(MADE, [ACT], canonical(CONTENT), record="lot:L1", now=CONTENT) == ()
    assert check_signature(MADE, [], canonical(CONTENT)) == ()


@given(st.binary(max_size=80).filter(lambda data: data != canonical(CONTENT)))
def test_any_other_bytes_break_it(data: bytes) -> None:
    assert check_signature(MADE, [ACT], data) == ("content_altered",)


@given(st.dictionaries(st.text(max_size=5), st.text(max_size=5)).filter(lambda said: said != CONTENT))
def test_any_other_record_breaks_it(now: dict[str, str]) -> None:
    assert check_signature(MADE, [ACT], canonical(CONTENT), now=now) == ("record_changed",)


@given(st.text(min_size=1, max_size=20).filter(lambda tag: tag not in TAGS))
def test_it_belongs_to_no_other_record(tag: str) -> None:
    assert check_signature(MADE, [ACT], canonical(CONTENT), record=tag) == ("moved",)


@pytest.mark.parametrize(("change", "fault"), [
    ({"actor": "person:ralf"}, "another_signer"), ({"actor": "system:rita"}, "another_signer"),
    ({"tags": ("lot:L2", "signature:s")}, "moved"), ({"tags": TAGS[:1]}, "moved"), ({"position": 9}, "moved"),
    ({"position": 6}, "moved"), ({"position": 7}, "moved"),
])  # fmt: skip
def test_an_act_from_elsewhere_breaks_it(change: dict[str, Any], fault: str) -> None:
    assert check_signature(MADE, [replace(ACT, **change)], canonical(CONTENT)) == (fault,)


def test_all_faults_are_named_and_nothing_else_is_checked() -> None:
    other = replace(ACT, actor="person:ralf", tags=())
    found = check_signature(MADE, [other], None, record="lot:L2", now={})
    assert found == ("content_missing", "another_signer", "moved", "record_changed")
    with pytest.raises(ValueError, match="not a signature"):
        check_signature(ACT, [], b"")
