"""The vault: who looks is recorded, what is erased is gone, and the ledger never knew it. On both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from onelot.kernel.refusals import Refused
from onelot.ledger.audit import audit
from onelot.registry.vault.events import PatientOpened
from onelot.registry.vault.models import PatientCard, PatientKey, SealedPatient
from onelot.registry.vault.service import Patient, Vault
from tests.site import NOW, World, signed_in

pytestmark = [pytest.mark.site, pytest.mark.django_db]
KEY = bytes(range(32))
GRETA = Patient("Greta Garbonova", "1961-05-23", ("UKH 4711",))


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    monkeypatch.setattr("onelot.web.middleware.open_evidence", lambda: world.evidence)
    monkeypatch.setattr("onelot.web.middleware.open_vault_key", lambda: KEY)
    return world


def vault(world: World, person: str = "hilde.head", key: bytes = KEY) -> Vault:
    return Vault(world.ledger, world.actor(person), key, lambda: NOW)


def refusal(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.refusals[0].code


def stored(world: World) -> bytes:
    """All that the database keeps of the vault, and the whole ledger."""
    rows = [bytes(row.wrapped) for row in PatientKey.objects.all()]
    rows += [bytes(row.sealed) for row in SealedPatient.objects.all()]
    return b"".join([*rows, *world.ledger.read_bytes(), repr(list(PatientCard.objects.values())).encode()])


def test_who_looks_is_recorded_with_the_reason(world: World) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    assert vault(world, "quentin.qp").open(coi_identifier="COI-1", reason="physician called") == GRETA
    *_, last = world.ledger.read()
    assert (last.event, last.actor, last.reason) == (
        PatientOpened(coi_identifier="COI-1"), "person:quentin.qp", "physician called",
    )  # fmt: skip
    with pytest.raises(Refused, match=r"ledger\.reason_missing"):
        vault(world).open(coi_identifier="COI-1", reason=" ")


def test_nothing_personal_is_kept_in_the_clear(world: World) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    vault(world).correct(
        coi_identifier="COI-1", patient=Patient("Greta Garbo", "1961-05-24"), reason="passport seen"
    )
    assert vault(world).open(coi_identifier="COI-1", reason="check").name == "Greta Garbo"
    for word in (b"Greta", b"Garbo", b"1961-05", b"4711"):
        assert word not in stored(world)


def test_what_is_erased_is_gone_and_the_chain_holds(world: World) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    vault(world).register(coi_identifier="COI-2", patient=GRETA)
    assert not audit((), alias=world.ledger.alias).faults
    root = world.ledger.tree(world.ledger.size()).root()
    size = world.ledger.size()
    vault(world).erase(coi_identifier="COI-1", reason="the patient asked for it")
    assert not audit((), alias=world.ledger.alias).faults
    assert world.ledger.tree(size).root() == root
    assert [row.coi_identifier for row in PatientKey.objects.all()] == ["COI-2"]
    for command in (
        lambda: vault(world).open(coi_identifier="COI-1", reason="check"),
        lambda: vault(world).erase(coi_identifier="COI-1", reason="again"),
        lambda: vault(world).correct(coi_identifier="COI-1", patient=GRETA, reason="check"),
    ):
        with pytest.raises(Refused) as caught:
            command()
        assert refusal(caught) == "vault.erased"
    with pytest.raises(Refused) as caught:
        vault(world).register(coi_identifier="COI-1", patient=GRETA)
    assert refusal(caught) == "vault.known"
    assert vault(world).open(coi_identifier="COI-2", reason="check") == GRETA


def test_a_restored_key_is_erased_again_when_all_is_built_anew(world: World) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    kept, state = PatientKey.objects.get(), SealedPatient.objects.get()
    vault(world).erase(coi_identifier="COI-1", reason="asked for")
    before = list(PatientCard.objects.values())
    kept.save(force_insert=True)
    state.save(force_insert=True)
    world.ledger.rebuild()
    assert list(PatientCard.objects.values()) == before
    assert not PatientKey.objects.exists()
    assert not SealedPatient.objects.exists()


def test_rows_cannot_be_exchanged_nor_opened_with_another_key(world: World) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    vault(world).register(coi_identifier="COI-2", patient=Patient("Somebody Else", "1970-01-01"))
    with pytest.raises(Refused) as caught:
        vault(world, key=bytes(32)).open(coi_identifier="COI-1", reason="check")
    assert refusal(caught) == "vault.sealed_wrong"
    other = PatientKey.objects.get(coi_identifier="COI-2")
    PatientKey.objects.filter(coi_identifier="COI-1").update(wrapped=bytes(other.wrapped))
    with pytest.raises(Refused) as caught:
        vault(world).open(coi_identifier="COI-1", reason="check")
    assert refusal(caught) == "vault.sealed_wrong"


@pytest.mark.parametrize("reason", [
    "call GRETA", "for Garbonova", "born 1961-05-23", "number UKH 4711", "Greta.",
])  # fmt: skip
def test_a_reason_never_names_the_patient(world: World, reason: str) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    before = world.ledger.size()
    for command in (
        lambda: vault(world).open(coi_identifier="COI-1", reason=reason),
        lambda: vault(world).erase(coi_identifier="COI-1", reason=reason),
        lambda: vault(world).correct(
            coi_identifier="COI-1", patient=Patient("A B", "1970-01-01"), reason=reason
        ),
    ):
        with pytest.raises(Refused) as caught:
            command()
        assert refusal(caught) == "vault.reason_names_patient"
    assert world.ledger.size() == before


@pytest.mark.parametrize(("coi", "patient", "code"), [
    ("", GRETA, "vault.coi_identifier"), ("a\nb", GRETA, "vault.coi_identifier"),
    ("x" * 121, GRETA, "vault.coi_identifier"),
    ("Greta-1", GRETA, "vault.reason_names_patient"), ("COI-1", Patient(" ", "1961-05-23"), "vault.patient"),
    ("COI-1", Patient("A", "23.5.1961"), "vault.patient"),
    ("COI-1", Patient("A", "1961-05-23", ("x" * 121,)), "vault.patient"),
])  # fmt: skip
def test_what_cannot_be_kept_is_refused(world: World, coi: str, patient: Patient, code: str) -> None:
    before = world.ledger.size()
    with pytest.raises(Refused) as caught:
        vault(world).register(coi_identifier=coi, patient=patient)
    assert refusal(caught) == code
    assert (world.ledger.size(), PatientKey.objects.count()) == (before, 0)


@pytest.mark.parametrize(("person", "may_open", "may_manage"), [
    ("hilde.head", True, True), ("quentin.qp", True, False), ("rita.review", False, False),
    ("ada.admin", False, False), ("vera.valid", False, False), ("max.maker", False, False),
])  # fmt: skip
def test_who_may(world: World, person: str, may_open: bool, may_manage: bool) -> None:
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    acts = {
        "open": lambda: vault(world, person).open(coi_identifier="COI-1", reason="check"),
        "register": lambda: vault(world, person).register(coi_identifier="COI-9", patient=GRETA),
        "erase": lambda: vault(world, person).erase(coi_identifier="COI-1", reason="asked"),
    }
    for name, act in acts.items():
        if may_open if name == "open" else may_manage:
            act()
        else:
            with pytest.raises(Refused, match=r"registry\.not_allowed"):
                act()


def test_a_role_within_one_maker_opens_no_patient(world: World) -> None:
    world.person("paula.part", "Paula Part", "quality_head", scope="MAKER")
    vault(world).register(coi_identifier="COI-1", patient=GRETA)
    with pytest.raises(Refused, match=r"registry\.not_allowed"):
        vault(world, "paula.part").open(coi_identifier="COI-1", reason="check")


def test_the_pages_show_the_data_for_a_reason_only(world: World) -> None:
    hilde = signed_in("hilde.head")
    form = {
        "coi_identifier": "COI/1", "name": "Greta  Garbonova", "birth_date": "1961-05-23",
        "hospital_numbers": "UKH 4711\n\n",
    }  # fmt: skip
    assert hilde.post(reverse("vault:patients"), form).status_code == 302
    page = reverse("vault:patient", args=["COI/1"])
    act = reverse("vault:act", args=["COI/1"])
    assert "Garbonova" not in hilde.get(page).content.decode()
    shown = hilde.post(act, {"act": "open", "reason": "physician called"})
    assert "Greta Garbonova" in shown.content.decode()
    assert "no-store" in shown.headers["Cache-Control"]
    assert "physician called" in hilde.get(page).content.decode()
    refused = hilde.post(act, {"act": "erase", "reason": "asked for", "confirmed": "COI-2"})
    assert (refused.status_code, "asked for" in refused.content.decode()) == (409, True)
    assert hilde.post(act, {"act": "erase", "reason": "asked for", "confirmed": "COI/1"}).status_code == 302
    assert "erased" in hilde.get(page).content.decode()
    assert hilde.get(reverse("vault:patient", args=["COI-404"])).status_code == 404
    assert signed_in("ada.admin").get(page).status_code == 403


def test_no_byte_of_a_database_file_tells_an_erased_patient(tmp_path: Path, transactional_db: Any) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL's files are the server's")
    home = tmp_path / "home"
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}
    told = subprocess.run(
        [sys.executable, "-c", ERASE, str(tmp_path)], env=environment, check=True, capture_output=True
    )
    wrapped, sealed = (bytes.fromhex(line) for line in told.stdout.decode().split())
    for path in home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            for trace in (b"Garbonova", b"Greta", b"UKH 4711", wrapped, sealed):
                assert trace not in data, path.name


ERASE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger, open_vault_key
ledger = open_ledger(create=True)
from django.db import connection
from onelot.ledger.audit import audit
from onelot.registry.vault.models import PatientKey, SealedPatient
from onelot.registry.vault.service import Patient, Vault
from tests.site import World
world = World(Path(sys.argv[1]), ledger)
vault = Vault(ledger, world.actor("hilde.head"), open_vault_key())
vault.register(coi_identifier="COI-1", patient=Patient("Greta Garbonova", "1961-05-23", ("UKH 4711",)))
vault.open(coi_identifier="COI-1", reason="check")
wrapped, sealed = bytes(PatientKey.objects.get().wrapped), bytes(SealedPatient.objects.get().sealed)
assert not audit(()).faults
vault.erase(coi_identifier="COI-1", reason="asked for")
assert not audit(()).faults
with connection.cursor() as cursor:
    cursor.execute("VACUUM")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
print(wrapped.hex(), sealed.hex())
"""
