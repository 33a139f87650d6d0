"""Static files: named by their content, kept for a year, and none that leads to another by itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.templatetags.static import static
from django.test import Client

import onelot

ROOT = Path(onelot.__file__).parent


@pytest.mark.site
@pytest.mark.django_db
def test_a_file_is_named_by_its_content_and_kept() -> None:
    address = static("web/onelot.css")
    assert re.fullmatch(r"/static/web/onelot\.css\?v=[0-9a-f]{12}", address)
    answer = Client().get(address)
    answer.close()
    assert answer.status_code == 200
    assert "max-age=31536000" in answer["Cache-Control"]


def test_what_is_no_file_has_no_digest() -> None:
    assert static("web/no-such.css") == "/static/web/no-such.css"


def test_no_style_sheet_leads_to_another_file() -> None:
    sheets = [*ROOT.rglob("static/**/*.css")]
    assert sheets
    assert [sheet.name for sheet in sheets if re.search(r"url\(|@import", sheet.read_text("utf-8"))] == []
