"""Signed checkpoints: the published signed-note example, and everything that must not be accepted."""

from __future__ import annotations

import base64
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.refusals import Refused
from onelot.ledger.checkpoint import (
    Checkpoint,
    SigningKey,
    VerificationKey,
    from_base64,
    open_checkpoint,
    open_note,
    parse_checkpoint,
)

# The example of the Go package golang.org/x/mod/sumdb/note, from which the C2SP signed-note format comes.
PUBLISHED_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PUBLISHED_SIGNING_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PUBLISHED_TEXT = (
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
)
PUBLISHED_NOTE = f"{PUBLISHED_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"  # noqa: E501

KEY = SigningKey.generate("example.org/ledger")
OTHER = SigningKey.generate("example.org/ledger")
CHECKPOINT = Checkpoint("example.org/ledger", 7, sha256(b"root").digest())
NOTE = KEY.sign(CHECKPOINT.text())


def code(caught: pytest.ExceptionInfo[Refused]) -> str:
    return caught.value.refusals[0].code


def test_the_published_note_is_accepted_and_made_again() -> None:
    key = VerificationKey.parse(PUBLISHED_KEY)
    assert str(key) == PUBLISHED_KEY
    assert open_note(PUBLISHED_NOTE, [key]) == (PUBLISHED_TEXT, (key,))
    signer = SigningKey.parse(PUBLISHED_SIGNING_KEY)
    assert signer.verification == key
    assert str(signer) == PUBLISHED_SIGNING_KEY
    assert signer.sign(PUBLISHED_TEXT) == PUBLISHED_NOTE


def test_a_checkpoint_has_the_three_lines_of_the_format_and_reads_back() -> None:
    root = base64.b64encode(sha256(b"root").digest()).decode()
    assert NOTE.startswith(f"example.org/ledger\n7\n{root}\n\n— example.org/ledger ")
    assert open_checkpoint(NOTE, KEY.verification) == CHECKPOINT


def test_extension_lines_are_signed_and_left_out() -> None:
    note = KEY.sign(CHECKPOINT.text() + "extension\n")
    assert open_checkpoint(note, KEY.verification) == CHECKPOINT
    with pytest.raises(Refused):
        open_checkpoint(note.replace("extension", "Extension"), KEY.verification)


def test_another_key_of_the_same_name_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        open_checkpoint(NOTE, OTHER.verification)
    assert code(caught) == "ledger.signature_missing"


def test_a_signature_under_anothers_key_id_is_refused() -> None:
    forged = OTHER.sign(CHECKPOINT.text())
    line = base64.b64decode(forged.splitlines()[-1].split(" ")[-1])
    swapped = base64.b64encode(KEY.verification.key_id + line[4:]).decode()
    with pytest.raises(Refused) as caught:
        open_checkpoint(f"{CHECKPOINT.text()}\n— example.org/ledger {swapped}\n", KEY.verification)
    assert code(caught) == "ledger.signature_wrong"


@settings(max_examples=300, deadline=None)
@given(place=st.integers(0, len(NOTE.encode()) - 1), bit=st.integers(0, 7))
def test_any_bit_of_a_note_changed_is_refused(place: int, bit: int) -> None:
    data = bytearray(NOTE.encode())
    data[place] ^= 1 << bit
    try:
        note = data.decode()
    except UnicodeDecodeError:
        return  # not text: refused where the file is read
    with pytest.raises(Refused):
        open_checkpoint(note, KEY.verification)


@pytest.mark.parametrize("end", range(0, len(NOTE), 9))
def test_a_note_cut_short_is_refused(end: int) -> None:
    with pytest.raises(Refused):
        open_checkpoint(NOTE[:end], KEY.verification)


def test_a_checkpoint_of_another_ledger_is_refused() -> None:
    note = KEY.sign(Checkpoint("example.org/other", 7, CHECKPOINT.root).text())
    with pytest.raises(Refused) as caught:
        open_checkpoint(note, KEY.verification)
    assert code(caught) == "ledger.origin_wrong"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org\n7\n",
        "example.org\n07\n" + "A" * 43 + "=\n",
        "example.org\n-1\n" + "A" * 43 + "=\n",
        "example.org\n٧\n" + "A" * 43 + "=\n",
        "example.org\n7\nAAAA\n",
        "example.org\n7\n" + "A" * 43 + "=",
        "\n7\n" + "A" * 43 + "=\n",
        "example.org\n7\n" + "A" * 43 + "=\n\nextension\n",
    ],
)
def test_a_text_that_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_checkpoint(text)
    assert code(caught) == "ledger.note_unreadable"


def test_a_note_with_too_many_signatures_is_refused() -> None:
    line = NOTE.splitlines()[-1]
    assert open_checkpoint(NOTE + f"{line}\n" * 99, KEY.verification) == CHECKPOINT
    with pytest.raises(Refused) as caught:
        open_checkpoint(NOTE + f"{line}\n" * 100, KEY.verification)
    assert code(caught) == "ledger.note_unreadable"


def cosignature(witness: Ed25519PrivateKey, key: VerificationKey, text: str, time: int) -> str:
    """As C2SP tlog-cosignature says: the time in 8 bytes, then the signature over a header and the text."""
    signature = witness.sign(f"cosignature/v1\ntime {time}\n{text}".encode())
    encoded = base64.b64encode(key.key_id + time.to_bytes(8) + signature).decode()
    return f"— {key.name} {encoded}\n"


def test_a_required_witness_must_have_signed() -> None:
    private = Ed25519PrivateKey.generate()
    witness = VerificationKey("witness.example", b"\4", private.public_key().public_bytes_raw())
    assert VerificationKey.parse(str(witness)) == witness
    with pytest.raises(Refused) as caught:
        open_checkpoint(NOTE, KEY.verification, [witness])
    assert code(caught) == "ledger.signature_missing"
    good = NOTE + cosignature(private, witness, CHECKPOINT.text(), 1_770_000_000)
    assert open_checkpoint(good, KEY.verification, [witness]) == CHECKPOINT
    forged = NOTE + cosignature(Ed25519PrivateKey.generate(), witness, CHECKPOINT.text(), 1_770_000_000)
    with pytest.raises(Refused) as caught:
        open_checkpoint(forged, KEY.verification, [witness])
    assert code(caught) == "ledger.signature_wrong"


@pytest.mark.parametrize(
    "text", ["", "name", "name+00000000+AAAA", PUBLISHED_KEY[:-1], PUBLISHED_KEY.replace("c74f", "c74e")]
)
def test_what_is_no_key_is_refused_and_a_signing_key_is_not_shown(text: str) -> None:
    for parse, given_text in ((VerificationKey.parse, text), (SigningKey.parse, f"PRIVATE+KEY+{text}")):
        with pytest.raises(Refused) as caught:
            parse(given_text)
        assert code(caught) in ("ledger.key_unreadable", "ledger.origin_wrong")
    with pytest.raises(Refused) as caught:
        SigningKey.parse(PUBLISHED_SIGNING_KEY[:-4])
    assert "AYEKFALV" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "two words", "plus+sign"])
def test_a_ledgers_name_that_would_break_the_format_is_refused(name: str) -> None:
    with pytest.raises(Refused) as caught:
        SigningKey.generate(name)
    assert code(caught) == "ledger.origin_wrong"


@pytest.mark.parametrize("text", ["A", "AB==", "AAAA\n", "AA-_", "AAA=="])
def test_base64_that_is_not_exact_is_none(text: str) -> None:
    assert from_base64(text) is None
