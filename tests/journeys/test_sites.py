"""Whole jobs of a site in a real browser: handing over records, keeping a receipt, and not seeing another's lots."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.journeys.test_desk import judge, sign_in
from tests.partners.test_pages import record

pytestmark = pytest.mark.slow
SHOTS = os.environ.get("ONELOT_SHOTS", "")


def shoot(page: Page, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it, at both widths."""
    for width in (1280, 820):
        page.set_viewport_size({"width": width, "height": 900})
        judge(page)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{width}.png", full_page=True)


def chosen(page: Page, *files: tuple[str, bytes]) -> None:
    page.goto("/site/upload/")
    page.set_input_files(
        "#file", [{"name": name, "mimeType": "application/json", "buffer": data} for name, data in files]
    )
    page.get_by_role("button", name="Read the files").click()
    page.wait_for_selector("section.reading")


def test_a_good_file_goes_to_a_receipt_that_is_verified_offline(
    page: Page, home: Path, tmp_path: Path
) -> None:
    sign_in(page, "max.maker")
    chosen(page, ("l9.json", record("LOT-9")), ("l8.json", record("LOT-8")))
    page.wait_for_selector("section.reading >> nth=1")
    assert page.get_by_role("button", name="Hand over all that were understood").is_visible()
    shoot(page, "understood")
    page.get_by_role("link", name="Every field, as it was understood").first.click()
    page.wait_for_selector("text=up/op/wash / ph")
    shoot(page, "fields")
    page.get_by_role("button", name="Hand over").click()
    page.wait_for_selector("text=Download the signed receipt")
    shoot(page, "document")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the signed receipt").click()
    receipt = tmp_path / "receipt.json"
    download.value.save_as(receipt)
    key = (home / "keys" / "checkpoint.vkey").read_text().strip()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    verify = [sys.executable, "-m", "onelot", "verify", str(receipt), "--key", key]
    environment = {**os.environ, "ONELOT_HOME": str(elsewhere), "ONELOT_DATABASE_URL": ""}
    done = subprocess.run(verify, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    receipt.write_text(receipt.read_text().replace('"entry": "eyJ', '"entry": "eyK'))
    assert subprocess.run(verify, env=environment, capture_output=True, check=False).returncode != 0
    page.get_by_role("link", name="Receipt to print").click()
    page.wait_for_selector("text=c2sp.org/tlog-proof@v1")
    shoot(page, "receipt")
    chosen(page, ("again.json", record("LOT-9")))
    page.wait_for_selector("text=Already received, at position")
    page.goto("/site/")
    page.wait_for_selector("text=The end of the record")
    shoot(page, "home")


def test_a_bad_file_is_told_with_its_places_and_nothing_is_taken(page: Page) -> None:
    sign_in(page, "max.maker")
    chosen(page, ("bad.json", record("LOT-6").replace(b'"value": "7.20"', b'"value": 7.20')))
    assert page.locator("section.reading >> text=Refused: nothing of it was taken.").count()
    assert page.locator("section.reading").get_by_text("/events/1").count()
    assert not page.get_by_role("button", name="Hand over", exact=False).filter(visible=True).count()
    shoot(page, "refused")
    page.goto("/site/documents/")
    page.get_by_role("link", name="bad.json").click()
    page.wait_for_selector("text=Why it was refused")
    shoot(page, "why")
    page.goto("/site/")
    assert not page.locator("text=LOT-6").count()


def test_a_site_neither_sees_nor_touches_anothers_lot(page: Page) -> None:
    sign_in(page, "max.maker")
    page.goto("/site/?text=LOT-OTHER")
    page.wait_for_selector("text=No lot is like this.")
    for address in ("/desk/lots/LOT-OTHER/", "/site/documents/1/", "/site/documents/40/receipt.json"):
        assert page.request.get(address).status == 404
    assert page.request.get("/board/lots.csv").status == 403
    chosen(page, ("theirs.json", record("LOT-OTHER")))
    assert page.locator("text=You may not hand over records of this lot.").count()
    shoot(page, "theirs")


def test_files_are_handed_over_without_scripts(page: Page, site: str) -> None:
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        plain = context.new_page()
        plain.goto("/")
        plain.fill("[name=username]", "max.maker")
        plain.fill("[name=password]", "correct-horse-battery")
        plain.keyboard.press("Enter")
        plain.wait_for_selector("text=Sign out")
        chosen(plain, ("l7.json", record("LOT-7")))
        plain.get_by_role("button", name="Hand over l7.json").click()
        plain.wait_for_selector("text=Position in the ledger")


def test_the_board_leads_to_the_lots_behind_it(page: Page) -> None:
    sign_in(page, "hilde.head")
    page.goto("/board/")
    page.wait_for_selector("text=Right first time")
    page.fill("#minutes", "60 75 sixty")
    page.fill("#source", "Protocol 12")
    page.get_by_role("button", name="Declare minutes").click()
    page.wait_for_selector("[role=alert]")
    assert page.input_value("#minutes") == "60 75 sixty"
    page.fill("#minutes", "60 75 66")
    page.get_by_role("button", name="Declare minutes").click()
    page.wait_for_selector("text=Protocol 12")
    shoot(page, "board")
    page.get_by_role("link", name="RNG-ACTION").first.click()
    page.wait_for_selector("text=Lots behind a figure")
    shoot(page, "lots")
