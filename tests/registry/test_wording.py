"""What rooms say is told in the language of the page, and values stand as they were recorded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.template import Context, Template
from django.utils import translation

from onelot.kernel.refusals import Refusal
from onelot.kernel.said import counted, either, joined, said, word
from onelot.registry.wording import as_recorded, in_words


@pytest.fixture
def german() -> Iterator[None]:
    with translation.override("de"):
        yield


@pytest.mark.usefixtures("german")
def test_a_sentence_and_its_parts_are_translated() -> None:
    assert in_words("There is no such lot.") == "Es gibt keine solche Charge."
    assert in_words(said("{exceptions} without a decision.", exceptions=counted(
        "{count} exception", "{count} exceptions", 1
    ))) == "1 Ausnahme ohne Entscheidung."  # fmt: skip
    assert in_words(
        said("A {what} is needed, of at most {max_text} characters.", what=word("title"), max_text=5)
    ) == ("Es fehlt: Titel, höchstens 5 Zeichen.")
    assert in_words(either([word("open"), "asked"])) == "offen oder asked"
    assert in_words(joined("; ", (word("closed"), "closed"))) == "abgeschlossen; closed"


@pytest.mark.usefixtures("german")
def test_values_stand_as_they_were_recorded() -> None:
    assert in_words(said("Not met: {tests}.", tests="open")) == "Nicht erfüllt: open."
    assert in_words(said("{low} to {high}", low="6.80", high="7.40")) == "6.80 bis 7.40"


def test_english_stays_what_was_said() -> None:
    assert in_words(said("Not met: {tests}.", tests="VIA")) == "Not met: VIA."
    assert as_recorded("Not met: VIA.") == ("Not met: VIA.", True)


@pytest.mark.usefixtures("german")
def test_a_recorded_sentence_is_made_again_where_its_template_is_known() -> None:
    assert as_recorded("This is not well-formed JSON: Expecting ',' delimiter.") == (
        "Das ist kein wohlgeformtes JSON: Expecting ',' delimiter.", True,
    )  # fmt: skip
    assert as_recorded("The file is empty.") == ("Die Datei ist leer.", True)
    assert as_recorded("Quoth the raven.") == ("Quoth the raven.", False)


@pytest.mark.usefixtures("german")
def test_a_page_marks_what_it_cannot_say() -> None:
    refusal = Refusal("code", word("Quoth <the> raven."), got="open", expected="The file is empty.")
    page = Template(
        "{% load wording %}{{ refusal.what|told }} {{ refusal.got|quoted }} {{ refusal.expected|told }}"
        " {{ state|quoted }} {{ stored|recorded }}"
    ).render(Context({"refusal": refusal, "state": word("open"), "stored": "3 lots wait"}))
    assert page == (
        '<span lang="en">Quoth &lt;the&gt; raven.</span> open Die Datei ist leer. offen '
        '<span lang="en">3 lots wait</span>'
    )


@pytest.mark.usefixtures("german")
def test_roles_have_names() -> None:
    page = Template("{% load wording %}{{ role|named }}; {{ roles|listed }}; {{ none|listed }}")
    shown = page.render(Context({"role": "quality_head", "roles": ["qp", "reviewer"], "none": []}))
    assert shown == "Leitung Qualität; Sachkundige Person (QP), Prüfer; "


def test_roles_in_english_are_as_they_are_kept() -> None:
    page = Template("{% load wording %}{{ role|named }}, {{ roles|listed }}")
    assert page.render(Context({"role": "quality_head", "roles": ["qp"]})) == "quality_head, qp"
