"""Merkle hashes and proofs, against published vectors and against RFC 9162's definitions."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    verify_consistency,
    verify_inclusion,
)

# The reference tree of RFC 6962's first implementation: leaves, and the root over each prefix.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    bytes.fromhex(text)
    for text in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]


def merkle_tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 9162 section 2.1.1, word for word, over leaf hashes."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + merkle_tree_hash(leaves[:k]) + merkle_tree_hash(leaves[k:])).digest()


def made(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def prover(leaves: list[bytes]) -> Any:
    return lambda start, end: merkle_tree_hash(leaves[start:end])


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference_tree(size: int) -> None:
    frontier = Frontier()
    frontier.extend(map(leaf_hash, LEAVES[:size]))
    assert frontier.root() == (ROOTS[size - 1] if size else EMPTY_ROOT)
    assert frontier.size == size


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=5))
def test_the_frontier_has_the_root_of_all_leaves_however_they_come(parts: list[int]) -> None:
    leaves = made(sum(parts))
    frontier, start = Frontier(), 0
    for part in parts:
        frontier.extend(leaves[start : start + part])
        start += part
        assert frontier.root() == merkle_tree_hash(leaves[:start])
        assert frontier.size == start


def mutations(proof: list[bytes], index: int, bit: int) -> dict[str, list[bytes]]:
    """Other proofs: shorter, longer, out of order, one bit off."""
    other = {"longer": [*proof, b"\0" * 32], "longer at the front": [b"\0" * 32, *proof]}
    if proof:
        place = index % len(proof)
        changed = bytearray(proof[place])
        changed[bit // 8] ^= 1 << bit % 8
        other["one bit"] = [*proof[:place], bytes(changed), *proof[place + 1 :]]
        other["one less"] = [*proof[:place], *proof[place + 1 :]]
        other["one twice"] = [*proof[: place + 1], *proof[place:]]
        other["short hash"] = [*proof[:place], proof[place][:-1], *proof[place + 1 :]]
    if len(proof) > 1:
        other["reversed"] = proof[::-1]
    return other


@settings(max_examples=150, deadline=None)
@given(data=st.data(), size=st.integers(1, 70), bit=st.integers(0, 255))
def test_inclusion_proofs_hold_and_their_mutations_do_not(data: st.DataObject, size: int, bit: int) -> None:
    leaves = made(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(prover(leaves), index, size)
    root = merkle_tree_hash(leaves)
    verify_inclusion(leaves[index], index, size, proof, root)
    wrong = [(leaves[index], index, size, other, root) for other in mutations(proof, bit, bit).values()]
    wrong += [
        (leaf_hash(b"other"), index, size, proof, root),
        (leaves[index], index, size, proof, leaf_hash(b"other")),
        (leaves[index], -1, size, proof, root),
        (leaves[index], size, size, proof, root),
        (leaves[index], index, 0, proof, root),
    ]
    if size > 1:
        wrong.append((leaves[index], (index + 1) % size, size, proof, root))
    for case in wrong:
        with pytest.raises(Refused):
            verify_inclusion(*case)


@settings(max_examples=150, deadline=None)
@given(data=st.data(), new=st.integers(0, 70), bit=st.integers(0, 255))
def test_consistency_proofs_hold_and_their_mutations_do_not(data: st.DataObject, new: int, bit: int) -> None:
    leaves = made(new)
    old = data.draw(st.integers(0, new))
    proof = consistency_proof(prover(leaves), old, new)
    old_root, new_root = merkle_tree_hash(leaves[:old]), merkle_tree_hash(leaves)
    verify_consistency(old, new, old_root, new_root, proof)
    wrong = [(old, new, old_root, new_root, other) for other in mutations(proof, bit, bit).values()]
    wrong.append((old, new, leaf_hash(b"other"), new_root, proof))
    if old:  # every tree begins with the empty one, whatever its root
        wrong.append((old, new, old_root, leaf_hash(b"other"), proof))
    if 0 < old < new:
        wrong.append((old, new, new_root, old_root, proof))
    for case in wrong:
        with pytest.raises(Refused) as caught:
            verify_consistency(*case)
        assert caught.value.refusals[0].code == "ledger.proof_wrong"


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(Refused):
        inclusion_proof(prover(made(size)), index, size)


@pytest.mark.parametrize(("old", "new"), [(4, 3), (-1, 3)])
def test_no_proof_is_made_from_a_larger_tree(old: int, new: int) -> None:
    with pytest.raises(Refused):
        consistency_proof(prover(made(3)), old, new)
    with pytest.raises(Refused):
        verify_consistency(old, new, EMPTY_ROOT, EMPTY_ROOT, [])


def _cases(folder: Path) -> list[dict[str, Any]]:
    found = [json.loads(path.read_text()) for path in sorted(folder.rglob("*.json"))]
    assert found
    return found


def _hash(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def test_published_inclusion_vectors(reference_data: Path) -> None:
    for case in _cases(reference_data / "merkle" / "inclusion"):
        arguments = (
            _hash(case["leafHash"]),
            case["leafIdx"],
            case["treeSize"],
            [_hash(value) for value in case["proof"] or ()],
            _hash(case["root"]),
        )
        if case["wantErr"]:
            with pytest.raises(Refused):
                verify_inclusion(*arguments)
        else:
            verify_inclusion(*arguments)


def test_published_consistency_vectors(reference_data: Path) -> None:
    for case in _cases(reference_data / "merkle" / "consistency"):
        arguments = (
            case["size1"],
            case["size2"],
            _hash(case["root1"]),
            _hash(case["root2"]),
            [_hash(value) for value in case["proof"] or ()],
        )
        if case["wantErr"]:
            with pytest.raises(Refused):
                verify_consistency(*arguments)
        else:
            verify_consistency(*arguments)


def test_published_reference_tree(reference_data: Path) -> None:
    tree = json.loads((reference_data / "merkle" / "rfc6962-reference-tree.json").read_text())
    assert [leaf.hex() for leaf in LEAVES] == tree["leaves_hex"]
    assert [root.hex() for root in ROOTS] == tree["roots_hex"]
    assert EMPTY_ROOT.hex() == tree["empty_root"]
