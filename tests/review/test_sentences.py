"""A finding's sentence is made again from what is stored, and values of the record stay as they are."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onelot.kernel.said import Said
from onelot.review.checks import catalogue
from onelot.review.findings import COULD_NOT_RUN
from onelot.review.phrases import phrase
from onelot.review.sentences import again

VARIANTS = [
    (check.id, name, variant.sentence) for check in catalogue() for name, variant in check.variants.items()
]
WORDS = st.text("abcXYZ 0123456789.,;:()“”{}\\+*?[]|-", min_size=1, max_size=25).map(
    lambda text: " ".join(text.split())
)


@pytest.mark.parametrize(("check", "variant", "sentence"), VARIANTS)
def test_every_sentence_of_every_check_is_made_again(check: str, variant: str, sentence: str) -> None:
    parts = {"subject": "m/o/p/ph", "title": "pH (final)", "expected": "6.8 to 7.5", "observed": "9.90 [pH]"}
    text = " ".join(sentence.format(**parts, detail="run 2").split())
    made = again(check, variant, text, subject="m/o/p/ph", expected="6.8 to 7.5", observed="9.90 [pH]")
    assert made == text
    assert made.template == " ".join(sentence.split())


@settings(max_examples=100)
@given(WORDS, WORDS, WORDS, WORDS, WORDS)
def test_whatever_the_record_holds_the_text_is_the_same(
    subject: str, title: str, expected: str, observed: str, detail: str
) -> None:
    for check, variant, sentence in VARIANTS[::9]:
        text = " ".join(
            sentence.format(
                subject=subject, title=title, expected=expected, observed=observed, detail=detail
            ).split()
        )
        assert again(check, variant, text, subject=subject, expected=expected, observed=observed) == text


def test_what_another_version_of_the_check_said_stands_as_it_was_recorded() -> None:
    made = again(
        "RNG-ACTION", "outside", "pH was far off.", subject="ph", expected="6.8 to 7.5", observed="9.9"
    )
    assert (made, made.parts) == ("pH was far off.", {})


def test_that_a_check_could_not_run_names_its_title_and_why() -> None:
    sentence = (
        "The check “Phase took too long” could not run: no status of any material lot is among the records"
    )
    made = again(COULD_NOT_RUN, "could_not_run", sentence, subject="SEQ-DURATION", expected="", observed="")
    assert made == sentence
    assert made.parts["title"] == "Phase took too long"


@pytest.mark.parametrize(
    ("check", "part", "text", "template"),
    [
        ("RNG-ACTION", "expected", "6.8 to 7.5 [pH]", "{low} to {highest}"),
        ("RNG-ACTION", "expected", "at least 70 %", "at least {least}"),
        ("HLD-CLOCK", "expected", "at most 240 min 0 s", "at most {most}"),
        ("CMP-MISSING-ENTRY", "observed", "not in the record", "not in the record"),
        ("SPC-RESULT", "detail", "criterion via, market EU", "criterion {criterion}, market {market}"),
        ("MAT-STATUS", "detail", "status quarantine, phase fill", "status {status}, phase {phase}"),
    ],
)  # fmt: skip
def test_what_checks_put_into_sentences_is_known(check: str, part: str, text: str, template: str) -> None:
    made = phrase(check, part, text)  # type: ignore[arg-type]
    assert isinstance(made, Said)
    assert (made, made.template) == (text, template)


@pytest.mark.parametrize(
    ("check", "part", "text"),
    [
        ("RNG-ACTION", "observed", "6.8 to 7.5"),
        ("RNG-CHOICE", "observed", "one answer"),
        ("AUD-CHANGE", "expected", "value, by hand"),
        ("AUD-COMMENT", "observed", "a person reads it"),
        ("SPC-RESULT", "expected", "negative to date or so"),
        ("no such check", "expected", "at most 3 times"),
        ("RNG-ACTION", "expected", ""),
    ],
)
def test_a_value_of_the_record_is_never_touched(check: str, part: str, text: str) -> None:
    assert type(phrase(check, part, text)) is str  # type: ignore[arg-type]
