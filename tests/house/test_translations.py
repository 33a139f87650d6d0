"""Every word that pages say is there in German, and what pages read is what translators wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.messages import LANGUAGES, LOCALE, catalogue, collect, compiled, untranslated

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    shutil.which("xgettext") is None, reason="no gettext on this machine (apt-get install gettext)"
)


def test_the_catalogues_are_whole_and_up_to_date(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "onelot", tmp_path / "onelot", ignore=shutil.ignore_patterns("__pycache__"))
    collect(tmp_path)
    for language in LANGUAGES:
        assert catalogue(tmp_path, language).read_text() == catalogue(ROOT, language).read_text(), (
            "texts of pages have changed: run `python -m scripts.messages`"
        )
        assert untranslated(catalogue(ROOT, language)) == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_read_what_was_translated(language: str) -> None:
    path = catalogue(ROOT, language)
    assert path.with_suffix(".mo").read_bytes() == compiled(path)
    assert path.is_relative_to(ROOT / LOCALE)
