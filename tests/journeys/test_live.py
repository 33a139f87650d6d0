"""Pages follow what others do, leave alone what is being typed, and say when they are stale."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import act, sign_in

pytestmark = pytest.mark.slow


def test_a_lot_that_somebody_else_decides_on_changes_by_itself(
    page: Page, browser: Browser, site: str
) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-CRITICAL/")
    mine = page.locator("article", has_text="Exception 1 of LOT-CRITICAL.")
    mine.locator("summary").first.click()
    mine.locator("textarea").first.fill("My long justification")
    with browser.new_context(base_url=site) as context:
        other = context.new_page()
        sign_in(other, "ralf.review")
        other.goto("/desk/lots/LOT-CRITICAL/")
        act(other, "Exception 0 of LOT-CRITICAL.", "The probe was dry.", "Accept")
        other.wait_for_selector("text=The probe was dry.")
    page.wait_for_selector("text=The probe was dry.", timeout=20_000)
    assert mine.locator("textarea").first.input_value() == "My long justification"


def test_a_page_says_that_it_is_stale_and_recovers(page: Page) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/")
    assert not page.locator("[data-when=stale]").is_visible()
    page.context.set_offline(True)
    page.wait_for_selector("[data-when=stale]:visible", timeout=40_000)
    page.context.set_offline(False)
    page.wait_for_selector("[data-when=stale]", state="hidden", timeout=40_000)


def test_the_administrator_verifies_the_ledger_and_sees_it_end(page: Page) -> None:
    sign_in(page, "ada.admin")
    page.goto("/jobs/")
    page.get_by_role("button", name="Verify the ledger").click()
    page.wait_for_selector("text=entries are unchanged", timeout=60_000)
