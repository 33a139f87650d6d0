"""Sentences are English text that remembers how it was made."""

from __future__ import annotations

import copy
import json
import pickle
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.canonical import canonical
from onelot.kernel.refusals import refuse
from onelot.kernel.said import Said, counted, either, joined, recognised, said, word

RECORDED = st.text(string.printable, min_size=1, max_size=30)


def test_a_sentence_is_the_text_that_it_always_was() -> None:
    sentence = said("Version {version} of {name} was approved.", version="2.0", name="MBR-1")
    assert sentence == "Version 2.0 of MBR-1 was approved."
    assert isinstance(sentence, str)
    assert hash(sentence) == hash("Version 2.0 of MBR-1 was approved.")
    assert sentence.template == "Version {version} of {name} was approved."
    assert sentence.parts == {"version": "2.0", "name": "MBR-1"}


@pytest.mark.parametrize(("number", "text"), [(0, "0 lots"), (1, "1 lot"), (2, "2 lots")])
def test_a_count_chooses_its_form(number: int, text: str) -> None:
    assert counted("{count} lot", "{count} lots", number) == text


@pytest.mark.parametrize(
    ("texts", "text"), [([], ""), (["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a or b or c")]
)
def test_any_one_of_several(texts: list[str], text: str) -> None:
    assert either(texts) == text


def test_sentences_one_after_the_other() -> None:
    assert joined("; ", [said("{count} left", count=2), "CC, {odd}"]) == "2 left; CC, {odd}"


@settings(max_examples=50)
@given(RECORDED, RECORDED)
def test_parts_of_any_content_stand_as_they_are(one: str, other: str) -> None:
    assert said("“{one}” is not “{other}”.", one=one, other=other) == f"“{one}” is not “{other}”."
    assert word(one) == one


def test_it_is_recorded_as_plain_text() -> None:
    sentence = said("{count} entries", count=3)
    assert canonical({"detail": sentence}) == b'{"detail":"3 entries"}'
    told = refuse("some.code", sentence, expected=sentence).refusals[0].as_dict()
    assert {type(value) for value in told.values()} == {str}
    assert json.loads(json.dumps(told))["what"] == "3 entries"


def test_canonical_bytes_of_what_has_no_form_are_still_refused() -> None:
    with pytest.raises(TypeError, match="object"):
        canonical(object())


def test_it_goes_between_processes_whole() -> None:
    sentence = said("{lot} waits for {who}", lot="L-1", who=word("review"))
    for again in (pickle.loads(pickle.dumps(sentence)), copy.deepcopy(sentence)):
        assert again == sentence
        assert isinstance(again, Said)
        assert again.parts == sentence.parts


@settings(max_examples=50)
@given(RECORDED, st.integers(0, 10**9))
def test_what_a_template_made_is_recognised(name: str, count: int) -> None:
    sentence = said("The document {name} holds {count} entries.", name=name, count=count)
    again = recognised(str(sentence), ("Something else about {name}.", sentence.template))
    assert again == sentence


@pytest.mark.parametrize("text", ["negative to date", "6.8 until 7.4", "something 1 to 2", "", "low to high"])
def test_a_value_is_not_taken_for_a_sentence(text: str) -> None:
    assert recognised(text, ("{low} to {highest}",)) is None
