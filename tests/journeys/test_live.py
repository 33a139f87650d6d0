"""Pages follow what others do, leave alone what is being typed, and say when they are stale."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import act, sign_in

pytestmark = pytest.mark.slow
WITH_WORKER = True


def test_the_queue_changes_by_itself(page: Page, browser: Browser, site: str) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/?lane=all")
    row = page.locator("tr", has_text="LOT-OTHER")
    assert row.locator("text=a decision").count()
    with browser.new_context(base_url=site) as context:
        other = context.new_page()
        sign_in(other, "ralf.review")
        other.goto("/desk/lots/LOT-OTHER/")
        act(other, "Exception 0 of LOT-OTHER.", "The probe was dry.", "Accept")
        other.wait_for_selector("text=The probe was dry.")
    row.locator("text=a signature").wait_for(timeout=20_000)


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
    page.goto("/ledger/")
    page.get_by_role("button", name="Verify now").click()
    page.wait_for_selector("text=Asked for. This page shows how far it is.")
    page.goto("/jobs/")
    page.wait_for_selector("text=entries are unchanged", timeout=60_000)
