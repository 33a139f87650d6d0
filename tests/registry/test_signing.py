"""Signing: which components are needed when, what a failed attempt leaves, what a signature is bound to."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)

from onelot.kernel.canonical import canonical
from onelot.kernel.events import Event
from onelot.kernel.refusals import Refused
from onelot.ledger.query import Query
from onelot.registry.access.events import AccountLocked, StatementAccepted
from onelot.registry.models import (
    AccessNotice,
    Account,
    SignatureCard,
    SignatureTag,
    Subject,
)
from onelot.registry.queries import signatures_of
from onelot.registry.signature_events import SignatureMade, SignatureRefused
from onelot.registry.signatures import checked_signatures
from onelot.registry.signing import SIGNED_BEFORE, Credentials, Signing
from onelot.registry.statement import STATEMENT_VERSION, STATEMENTS
from onelot.review.desk.events import ReviewSigned
from tests.site import NOW, PASSWORD, World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
NAME = "rita.review"


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.lot("L1")
    world.lot("L2")
    return world


def acts(lot: str = "L1") -> object:
    return lambda signature: [ReviewSigned(lot=lot, review="r", signature=signature, decided=0)]


def sign(
    signing: Signing, credentials: Credentials, lot: str = "L1", content: object = "what was shown"
) -> range:
    return signing.sign(
        credentials=credentials, meaning="reviewed", content=content, tags=(f"lot:{lot}",), acts=acts(lot),  # type: ignore[arg-type]
    )  # fmt: skip


def code_of(raised: pytest.ExceptionInfo[Refused]) -> str:
    return raised.value.refusals[0].code


def events(world: World, *types: type[Event]) -> list[Event]:
    return [entry.event for entry in world.ledger.read(Query(types=types))]


def add_app(person: str) -> str:
    """Give somebody an authenticator app; its secret."""
    secret = generate_totp_secret()
    TOTP.activate(Account.objects.get(person=person), secret)
    return secret


def code_now(secret: str, *, steps: int = 0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


FIRST, LATER = True, False
WRONG, RIGHT = "wrong", "right"


@pytest.mark.parametrize(("when", "user_name", "password", "app", "code", "found"), [
    (FIRST, NAME, PASSWORD, False, "", ("user_name", "password")),
    (FIRST, " Rita.Review ", PASSWORD, False, "", ("user_name", "password")),
    (FIRST, None, PASSWORD, False, "", "wrong_user_name"),
    (FIRST, "ralf.review", PASSWORD, False, "", "wrong_user_name"),
    (FIRST, NAME, "wrong", False, "", "wrong_password"),
    (FIRST, NAME, PASSWORD, True, RIGHT, ("user_name", "password", "one_time_code")),
    (FIRST, NAME, PASSWORD, True, WRONG, "wrong_code"),
    (FIRST, NAME, PASSWORD, True, "", "wrong_code"),
    (FIRST, NAME, "wrong", True, RIGHT, "wrong_password"),
    (LATER, None, PASSWORD, False, "", ("password",)),
    (LATER, NAME, PASSWORD, False, "", ("user_name", "password")),
    (LATER, "ralf.review", PASSWORD, False, "", "wrong_user_name"),
    (LATER, None, "wrong", False, "", "wrong_password"),
    (LATER, None, "", False, "", "wrong_password"),
    (LATER, None, PASSWORD, True, "", ("password",)),
    (LATER, None, PASSWORD, True, RIGHT, ("password", "one_time_code")),
    (LATER, None, PASSWORD, True, WRONG, "wrong_code"),
])  # fmt: skip
def test_the_components_that_a_signature_needs(
    world: World, when: bool, user_name: str | None, password: str, app: bool, code: str, found: tuple[str, ...] | str
) -> None:  # fmt: skip
    secret = add_app(NAME) if app else ""
    given = code_now(secret) if code == RIGHT else "000000" if code == WRONG else ""
    credentials = Credentials(password, user_name, given)
    signing = world.signing(NAME, is_first=when)
    if isinstance(found, tuple):
        sign(signing, credentials)
        (made,) = events(world, SignatureMade)
        assert isinstance(made, SignatureMade)
        assert made.factors == found
        assert signing.request.session[SIGNED_BEFORE]
    else:
        with pytest.raises(Refused) as raised:
            sign(signing, credentials)
        assert code_of(raised) == "registry.signature_failed"
        (refused,) = events(world, SignatureRefused)
        assert isinstance(refused, SignatureRefused)
        assert refused.why == found
        assert not events(world, SignatureMade, ReviewSigned)
        assert AccessNotice.objects.filter(kind="signature_refused", person=NAME, detail=found).count() == 1


def test_a_one_time_code_signs_once(world: World) -> None:
    given = Credentials(PASSWORD, NAME, code_now(add_app(NAME)))
    sign(world.signing(NAME, is_first=True), given)
    with pytest.raises(Refused) as raised:
        sign(world.signing(NAME, is_first=True), given, "L2")
    assert code_of(raised) == "registry.signature_failed"


@pytest.mark.parametrize(
    "answer", ["x", "[]", "{}", "null", '{"id": 1}', '{"rawId": "AA", "response": {}}', "1" * 5000]
)
def test_whatever_a_browser_says_of_a_security_key_is_refused_if_it_is_wrong(
    world: World, answer: str
) -> None:
    from allauth.mfa.models import Authenticator

    Authenticator.objects.create(
        user=Account.objects.get(person=NAME), type="webauthn", data={"name": "k", "credential": {}}
    )
    with pytest.raises(Refused):
        sign(world.signing(NAME, is_first=True), Credentials(PASSWORD, NAME, security_key=answer))
    assert not events(world, SignatureMade)


@pytest.mark.parametrize("wrong", [
    Credentials("wrong", NAME), Credentials(PASSWORD, "somebody"), Credentials(PASSWORD, NAME, "000000"),
])  # fmt: skip
def test_failed_signing_locks_signing_and_is_told_once(world: World, wrong: Credentials) -> None:
    add_app(NAME)
    for _ in range(5):
        with pytest.raises(Refused) as raised:
            sign(world.signing(NAME, is_first=True), wrong)
        assert code_of(raised) == "registry.signature_failed"
    for given in (wrong, Credentials(PASSWORD)):
        with pytest.raises(Refused) as raised:
            sign(world.signing(NAME), given)
        assert code_of(raised) == "registry.locked"
    why = [event.why for event in events(world, SignatureRefused) if isinstance(event, SignatureRefused)]
    assert why[5:] == ["locked", "locked"]
    (locked,) = events(world, AccountLocked)
    assert isinstance(locked, AccountLocked)
    assert (locked.person, locked.failures, locked.address) == (NAME, 5, "127.0.0.1")
    assert AccessNotice.objects.filter(is_urgent=True).count() == 1
    sign(world.signing("ralf.review"), Credentials(PASSWORD))  # nobody else is locked with them


def test_a_right_signature_forgets_the_failures_before_it(world: World) -> None:
    for _ in range(3):
        for _ in range(4):
            with pytest.raises(Refused):
                sign(world.signing(NAME), Credentials("wrong"))
        sign(world.signing(NAME), Credentials(PASSWORD))


def test_a_disabled_person_signs_nothing(world: World) -> None:
    signing = world.signing(NAME)
    world.registry.change_access(person=NAME, enabled=False, reason="left")
    with pytest.raises(Refused):
        sign(signing, Credentials(PASSWORD))


def test_an_administrator_alone_cannot_sign_as_somebody(world: World) -> None:
    """Not even with their own password in the other's session."""
    account = Account.objects.get(person="ada.admin")
    account.set_password("another-horse-battery")
    account.save()
    with pytest.raises(Refused):
        sign(world.signing(NAME, is_first=True), Credentials("another-horse-battery", "ada.admin"))


def test_the_statement_is_accepted_once_before_the_first_signature(world: World) -> None:
    Account.objects.filter(person=NAME).update(statement="")
    before = world.ledger.size()
    for version in ("", "0", "2"):
        with pytest.raises(Refused) as raised:
            sign(world.signing(NAME), Credentials(PASSWORD, statement=version))
        assert code_of(raised) == "registry.statement_missing"
    assert world.ledger.size() == before
    positions = sign(world.signing(NAME), Credentials(PASSWORD, statement=STATEMENT_VERSION))
    assert len(positions) == 2, "the signature and its act, as always"
    accepted = [*world.ledger.read(Query(types=(StatementAccepted,)), after=before)]
    assert [entry.position for entry in accepted] == [positions[0] - 1]
    event = accepted[0].event
    assert isinstance(event, StatementAccepted)
    assert world.evidence.get(event.text).decode() == STATEMENTS[event.version]
    sign(world.signing(NAME), Credentials(PASSWORD), "L2")
    assert len([*world.ledger.read(Query(types=(StatementAccepted,)), after=before)]) == 1


def test_a_signature_is_shown_with_name_time_and_meaning(world: World) -> None:
    sign(world.signing(NAME), Credentials(PASSWORD))
    sign(world.signing("ralf.review"), Credentials(PASSWORD))
    sign(world.signing(NAME), Credentials(PASSWORD), "L2")
    first, second = signatures_of("lot:L1")
    assert [(card.name, card.person) for card in (first, second)] == [
        ("Rita Review", NAME), ("Ralf Review", "ralf.review"),
    ]  # fmt: skip
    assert (first.meaning, first.signed_at, first.time_zone) == ("reviewed", NOW, "Europe/Berlin")
    world.registry.register_organisation(code="ACME", name="Renamed", kind="sponsor")
    assert signatures_of("lot:L1") == [first, second]
    assert signatures_of("lot:L3") == []


def faults(world: World, record: str = "lot:L1", now: object = None) -> list[tuple[str, ...]]:
    said = {card.signature: now for card in signatures_of(record)} if now is not None else None
    return [checked.faults for checked in checked_signatures(world.ledger, world.evidence, record, now=said)]


def test_a_signature_holds_for_what_was_signed(world: World) -> None:
    sign(world.signing(NAME), Credentials(PASSWORD), content={"lot": "L1", "verdict": "clean"})
    assert faults(world) == [()]
    assert faults(world, now={"verdict": "clean", "lot": "L1"}) == [()], "the order of members says nothing"
    assert faults(world, now={"lot": "L1", "verdict": "held"}) == [("record_changed",)]


def test_a_signature_on_a_changed_content_is_broken(world: World) -> None:
    sign(world.signing(NAME), Credentials(PASSWORD), content={"lot": "L1"})
    (card,) = signatures_of("lot:L1")
    path = world.evidence._path(card.content)
    path.chmod(0o644)
    path.write_bytes(canonical({"lot": "L2"}))
    assert faults(world) == [("content_altered",)]
    path.unlink()
    assert faults(world) == [("content_missing",)]


def test_a_signature_copied_to_another_record_is_broken(world: World) -> None:
    """As if somebody who writes to the database moved it: the read model shows it, the check finds it."""
    sign(world.signing(NAME), Credentials(PASSWORD))
    (card,) = signatures_of("lot:L1")
    SignatureTag.objects.create(key="moved", card=card, tag="lot:L2")
    assert faults(world, "lot:L2") == [("moved",)]
    card.signature, card.position = "forged", card.position + 1000
    card.save(force_insert=True)
    SignatureTag.objects.create(key="forged", card=card, tag="lot:L2")
    assert faults(world, "lot:L2") == [("moved",), ("moved",)], "the ledger knows no such signature"


def test_an_act_that_names_a_signature_of_another_record_breaks_it(world: World) -> None:
    from onelot.ledger.entry import Draft

    sign(world.signing(NAME), Credentials(PASSWORD))
    (card,) = signatures_of("lot:L1")
    forged = ReviewSigned(lot="L2", review="r", signature=card.signature, decided=0)
    tags = ("lot:L2", f"signature:{card.signature}")
    world.ledger.append([Draft(event=forged, actor="person:ralf.review", occurred_at=NOW, tags=tags)])
    assert faults(world) == [("another_signer", "moved")]


def test_a_failed_condition_leaves_no_signature(world: World) -> None:
    sign(world.signing(NAME), Credentials(PASSWORD))
    unless = Query(tags=("lot:L1",), types=(ReviewSigned,))
    signing = world.signing(NAME, is_first=True)
    with pytest.raises(Refused) as raised:
        signing.sign(
            credentials=Credentials(PASSWORD, NAME), meaning="reviewed", content="x", tags=("lot:L1",),
            acts=acts(), unless=unless,  # type: ignore[arg-type]
        )  # fmt: skip
    assert code_of(raised) == "ledger.condition_failed"
    assert len(signatures_of("lot:L1")) == 1
    assert not signing.request.session[SIGNED_BEFORE]


def test_read_models_built_again_are_the_same(world: World) -> None:
    sign(world.signing(NAME), Credentials(PASSWORD))
    for _ in range(5):
        with pytest.raises(Refused):
            sign(world.signing("ralf.review"), Credentials("wrong"))
    tables = (Account, AccessNotice, SignatureCard, SignatureTag, Subject)
    before = [[*table.objects.order_by("pk").values_list()] for table in tables]
    world.ledger.rebuild()
    assert [[*table.objects.order_by("pk").values_list()] for table in tables] == before
