"""Proofs from stored tiles, as files: they hold for any size, and their mutations do not."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import Checkpoint, SigningKey
from onelot.ledger.merkle import consistency_proof, inclusion_proof, leaf_hash
from onelot.ledger.proof import Consistency, Inclusion
from onelot.ledger.store import Ledger
from tests.ledger.making import CATALOGUE, parameter
from tests.ledger.test_merkle import made, merkle_tree_hash, prover

KEY = SigningKey.generate("example.org/ledger")
OTHER = SigningKey.generate("example.org/ledger")
ENTRIES = [str(number).encode() for number in range(11)]
LEAVES = made(11)


def note(size: int, key: SigningKey = KEY) -> str:
    return key.sign(Checkpoint("example.org/ledger", size, merkle_tree_hash(LEAVES[:size])).text())


def inclusion(index: int = 4) -> Inclusion:
    return Inclusion(index, tuple(inclusion_proof(prover(LEAVES), index, 11)), note(11))


def consistency(old: int = 6) -> Consistency:
    return Consistency(old, tuple(consistency_proof(prover(LEAVES), old, 11)), note(11))


def test_an_inclusion_proof_has_the_published_form_and_holds() -> None:
    text = inclusion().text()
    assert text.startswith("c2sp.org/tlog-proof@v1\nindex 4\n")
    assert text.endswith("\n\n" + note(11))
    assert Inclusion.parse(text) == inclusion()
    assert Inclusion.parse(text).verify(ENTRIES[4], KEY.verification).size == 11


def test_a_consistency_proof_has_the_published_form_and_holds() -> None:
    text = consistency().text()
    assert text.startswith("old 6\n")
    earlier = Checkpoint("example.org/ledger", 6, merkle_tree_hash(LEAVES[:6]))
    assert Consistency.parse(text).verify(earlier, KEY.verification).size == 11


@pytest.mark.parametrize("index", range(11))
def test_a_proof_of_one_entry_proves_no_other(index: int) -> None:
    inclusion(index).verify(ENTRIES[index], KEY.verification)
    for other in range(11):
        if other != index:
            with pytest.raises(Refused) as caught:
                inclusion(index).verify(ENTRIES[other], KEY.verification)
            assert caught.value.refusals[0].code == "ledger.proof_wrong"


def test_a_proof_under_another_key_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        inclusion().verify(ENTRIES[4], OTHER.verification)
    assert caught.value.refusals[0].code == "ledger.signature_missing"


@settings(max_examples=200, deadline=None)
@given(data=st.data(), bit=st.integers(0, 7))
def test_any_bit_of_a_proof_changed_is_refused(data: st.DataObject, bit: int) -> None:
    text = inclusion().text().encode()
    changed = bytearray(text)
    changed[data.draw(st.integers(0, len(text) - 1))] ^= 1 << bit
    try:
        other = changed.decode()
    except UnicodeDecodeError:
        return
    with pytest.raises(Refused):
        Inclusion.parse(other).verify(ENTRIES[4], KEY.verification)


@pytest.mark.parametrize("old", range(1, 11))
def test_both_roots_of_a_consistency_proof_are_checked(old: int) -> None:
    earlier = Checkpoint("example.org/ledger", old, merkle_tree_hash(LEAVES[:old]))
    consistency(old).verify(earlier, KEY.verification)
    forged = Checkpoint("example.org/ledger", old, leaf_hash(b"another history"))
    with pytest.raises(Refused) as caught:
        consistency(old).verify(forged, KEY.verification)
    assert caught.value.refusals[0].code == "ledger.proof_wrong"
    newer = KEY.sign(Checkpoint("example.org/ledger", 11, leaf_hash(b"another history")).text())
    with pytest.raises(Refused) as caught:
        Consistency(old, consistency(old).hashes, newer).verify(earlier, KEY.verification)
    assert caught.value.refusals[0].code == "ledger.proof_wrong"


def test_a_consistency_proof_from_another_checkpoint_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        consistency(6).verify(
            Checkpoint("example.org/ledger", 5, merkle_tree_hash(LEAVES[:5])), KEY.verification
        )
    assert caught.value.refusals[0].code == "ledger.proof_wrong"


@pytest.mark.parametrize(
    "text", ["", "old x\n\n", "index 1\n\nnote", "c2sp.org/tlog-proof@v1\nindex 1\nAA\n\n"]
)
def test_what_is_no_proof_is_refused(text: str) -> None:
    for parse in (Inclusion.parse, Consistency.parse):
        with pytest.raises(Refused) as caught:
            parse(text)
        assert caught.value.refusals[0].code == "ledger.proof_unreadable"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(count=st.integers(1, 400), part=st.floats(0, 1), place=st.floats(0, 1, exclude_max=True))
def test_proofs_from_stored_tiles_equal_those_of_the_definition(
    alias: str, count: int, part: float, place: float
) -> None:
    ledger = Ledger(CATALOGUE, alias=alias)
    ledger.append([parameter(number) for number in range(count)])
    leaves = [sha256(b"\0" + entry).digest() for entry in ledger.read_bytes()]
    # Shares, not numbers, are drawn: the ledger grows from example to example.
    for size in {len(leaves), max(1, int(part * len(leaves)))}:
        tree = ledger.tree(size)
        assert tree.root() == merkle_tree_hash(leaves[:size])
        index = int(place * size)
        assert tree.inclusion(index + 1) == inclusion_proof(prover(leaves[:size]), index, size)
        assert tree.consistency(index) == consistency_proof(prover(leaves[:size]), index, size)


def test_a_tree_larger_than_the_ledger_is_refused(alias: str) -> None:
    ledger = Ledger(CATALOGUE, alias=alias)
    ledger.append([parameter(1)])
    for size in (2, 1000):
        with pytest.raises(Refused) as caught:
            ledger.tree(size).root()
        assert caught.value.refusals[0].code == "ledger.leaf_not_in_tree"
