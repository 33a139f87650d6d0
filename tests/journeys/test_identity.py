"""From the order to a scan of somebody else's bag, in a real browser, each page judged for its accessibility."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import judge, sign_in
from tests.site import PASSWORD

pytestmark = pytest.mark.slow

PREPARE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from onelot.settings.stores import open_ledger
ledger = open_ledger(create=True)
from tests.identity.making import IdentityWorld
world = IdentityWorld(Path(sys.argv[1]), ledger, now=datetime.now(UTC))
world.collected("LOT-OTHER")
"""


def test_an_order_a_prescription_labels_and_a_scan_that_stops_the_work(
    page: Page, browser: Browser, site: str
) -> None:
    sign_in(page, "cora.coord")
    page.goto("/orders/new/?product=CART&market=DE&clinic=CLINIC-1")
    judge(page)
    for question in page.locator("fieldset.question").all():
        question.locator("input[type=radio]").first.check()
    page.get_by_role("button", name="Order", exact=True).click()
    page.wait_for_selector("h1:has-text('ORD-')")
    judge(page)
    order = page.url
    with browser.new_context(base_url=site) as context:
        physician = context.new_page()
        sign_in(physician, "paula.physician")
        physician.goto(order)
        physician.fill("#prescribe-user_name", "paula.physician")
        physician.fill("#prescribe-password", PASSWORD)
        physician.get_by_role("button", name="Sign the prescription").click()
        physician.wait_for_selector("text=Signature holds")
        judge(physician)
    page.goto(order)
    page.get_by_role("button", name="Assign", exact=True).click()
    page.wait_for_selector("h2:has-text('The patient')")
    judge(page)
    with browser.new_context(base_url=site, viewport={"width": 820, "height": 1180}) as context:
        _stations(context.new_page())


def _stations(tablet: Page) -> None:
    sign_in(tablet, "carl.collect")
    tablet.goto("/scan/")
    judge(tablet)
    tablet.get_by_role("link", name="COI-").last.click()
    tablet.wait_for_selector("#raw")
    judge(tablet)
    coi = tablet.url.split("/therapies/")[1].split("/")[0]
    tablet.goto(f"/therapies/{coi}/labels/")
    judge(tablet)
    for field, value in (
        ("made_at", "2026-03-01 09:00 Europe/Paris"), ("expires_at", "2026-03-04 09:00 Europe/Paris"),
        ("storage", "2 to 8 °C"), ("parties", "Lakeside Clinic"),
    ):  # fmt: skip
        tablet.fill(f"#{field}", value)
    tablet.select_option("#container", index=1)
    with tablet.expect_download() as download:
        tablet.get_by_role("button", name="Print", exact=True).click()
    assert download.value.suggested_filename.endswith(".pdf")
    tablet.goto(f"/therapies/{coi}/scan/")
    tablet.focus("#raw")
    tablet.keyboard.type(coi)
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector("text=It agrees.")
    tablet.focus("#raw")
    tablet.keyboard.type("COI-2026-999999")
    tablet.keyboard.press("Enter")
    tablet.wait_for_selector(".stop[role=alert]:has-text('STOP')")
    judge(tablet)
    tablet.goto(f"/therapies/{coi}/labels/")
    tablet.wait_for_selector("text=Work on this therapy stands still")
    judge(tablet)
