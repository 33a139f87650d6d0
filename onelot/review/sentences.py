"""The sentence of a finding made again from what is stored, so that it can be said in another language.

A finding keeps its sentence as English text, with its check, its variant and the values in it. The check's template is
laid over that text; where it does not fit, as after a change of the check, the sentence stands as it was recorded.
"""

from __future__ import annotations

import re
from functools import cache

from onelot.kernel.said import PART, Said, recognised, said, word
from onelot.review.checks import catalogue
from onelot.review.findings import COULD_NOT_RUN, COULD_NOT_RUN_SENTENCE
from onelot.review.phrases import phrase


def again(check: str, variant: str, sentence: str, *, subject: str, expected: str, observed: str) -> Said:
    """The sentence with its parts; as it was recorded, without parts, where it cannot be made again."""
    if check == COULD_NOT_RUN:
        return _could_not_run(sentence)
    template = _templates().get((check, variant), "")
    known = {"subject": subject, "expected": expected, "observed": observed}
    known = {name: " ".join(value.split()) for name, value in known.items()}
    found = re.fullmatch(_laid(template, known), sentence, re.DOTALL) if template else None
    if found is None:
        return word(sentence)
    detail = found.groupdict().get("detail", "")
    made = said(
        template, subject=known["subject"], title=found.groupdict().get("title", ""),
        expected=phrase(check, "expected", known["expected"]),
        observed=phrase(check, "observed", known["observed"]), detail=phrase(check, "detail", detail),
    )  # fmt: skip
    return made if made == sentence else word(sentence)


def _could_not_run(sentence: str) -> Said:
    found = recognised(sentence, (COULD_NOT_RUN_SENTENCE,))
    if found is None:
        return word(sentence)
    return said(COULD_NOT_RUN_SENTENCE, **{name: word(str(part)) for name, part in found.parts.items()})


@cache
def _templates() -> dict[tuple[str, str], str]:
    return {
        (check.id, name): " ".join(variant.sentence.split())
        for check in catalogue()
        for name, variant in check.variants.items()
    }


def _laid(template: str, known: dict[str, str]) -> str:
    """The template as a pattern in which only title and detail are open."""
    made, seen = "", set[str]()
    for number, piece in enumerate(PART.split(template)):
        if not number % 2:
            made += re.escape(piece)
        elif piece in known:
            made += re.escape(known[piece])
        elif piece in seen:
            made += f"(?P={piece})"
        else:
            seen.add(piece)
            made += f"(?P<{piece}>.*?)"
    return made
