"""What people are told can be translated: no sentence is put together where its template is lost."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import get_args

import pytest

from onelot.deviations.states import State as DeviationState
from onelot.disposition.states import STATES as DISPOSITIONS
from onelot.registry.permissions import ROLES
from onelot.review.checks import catalogue
from onelot.review.desk.states import State as FindingState
from onelot.review.desk.states import WaitsFor
from onelot.review.desk.telling import KIND_TITLES
from onelot.review.phrases import CHANGED, PHRASES, VALUES
from onelot.settings.vocabulary import EVENTS
from onelot.supply.events import MaterialStatus
from onelot.web.words import FIELDS, KINDS, NOUNS, STATES
from scripts.sentences import COMMAND_LINE, SAYING, WORDED, calls, sentences

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for path in sorted((ROOT / "onelot").rglob("*.py"))
    if not path.relative_to(ROOT / "onelot").as_posix().startswith(COMMAND_LINE)
]


def has_words(text: str) -> bool:
    return any(len(one) > 1 and one.isalpha() for one in (part.strip(".,;()") for part in text.split()))


def formatted(node: ast.AST) -> list[ast.JoinedStr]:
    """f-strings with words of their own, those inside a call left out: there they are a part, not a sentence."""
    if isinstance(node, ast.JoinedStr):
        own = "".join(str(v.value) if isinstance(v, ast.Constant) else "\0" for v in node.values)
        return [node] if has_words(own) else []
    if isinstance(node, ast.Call):
        return []
    return [found for child in ast.iter_child_nodes(node) for found in formatted(child)]


def lost(source: str) -> list[int]:
    """Lines where a sentence is put together by an f-string."""
    found = []
    for name, arguments, keywords in calls(ast.parse(source)):
        if name in ("said", "counted", "word"):
            continue
        read = [*arguments, *(keyword.value for keyword in keywords if keyword.arg in WORDED | {"got"})]
        found += [node.lineno for argument in read for node in formatted(argument)]
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_sentence_is_put_together_where_it_cannot_be_translated(path: Path) -> None:
    assert lost(path.read_text("utf-8")) == [], "say it by onelot.kernel.said, see CONTRIBUTING.md"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ('refuse("a.b", f"There is no {what}.")', [1]),
        ('refuse("a.b", "There is no such lot.", where=f"{name}:{line}", got=f"{size} bytes")', [1]),
        ('refuse("a.b", "Plain." if x else f"{x} is odd", hint="Go on.")', [1]),
        ('refuse("a.b", said("There is no {what}.", what=f"big {x}"), where=f"{a}/{b}")', []),
        ('Refusal("a.b", "There is no such lot.", expected=f"SHA-256 {name}")', []),
    ],
)
def test_the_guard_itself(source: str, lines: list[int]) -> None:
    assert lost(source) == lines


def test_what_is_said_is_collected() -> None:
    found = {one.text for one in sentences(ROOT)}
    assert {
        "There is no such lot.",  # a literal of a refusal
        "Version {version} of {identity} means another content already.",
        "{title} is {observed}, outside its action limits {expected}.",  # a check's header
        "criterion {criterion}, market {market}",  # a phrase of a check
    } <= found
    assert {"refuse", "Refusal", "said"} <= SAYING.keys()


def test_every_state_that_a_sentence_may_name_has_a_word() -> None:
    named = {*DISPOSITIONS, *get_args(FindingState), *get_args(WaitsFor), *get_args(DeviationState)}
    named |= {*get_args(MaterialStatus), "unknown"}
    named |= {*ROLES}
    known = {*STATES, *NOUNS}
    assert not {name for name in named if name not in known and name.replace("_", " ") not in known}


def test_every_field_that_a_timeline_may_name_has_a_word() -> None:
    known = {*FIELDS, *NOUNS, *STATES}
    for event in EVENTS:
        assert not {name for name in event.__struct_fields__ if name.replace("_", " ") not in known}, event
        title = event.event_name().split(".")[1].replace("_", " ").capitalize()
        assert event.event_name() in KIND_TITLES or title in KINDS


def test_phrases_are_of_checks_that_there_are() -> None:
    known = {check.id for check in catalogue()} | {"ENG-COULD-NOT-RUN"}
    assert {*PHRASES, *VALUES, *CHANGED} <= known
