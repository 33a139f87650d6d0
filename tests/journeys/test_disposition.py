"""Whole jobs of a disposition in a real browser, each page judged for its accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import serve
from tests.journeys.test_desk import judge, sign_in
from tests.site import PASSWORD

pytestmark = pytest.mark.slow


PREPARE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger
ledger = open_ledger(create=True)
from tests.disposition.making import DisposingWorld, spc
world = DisposingWorld(Path(sys.argv[1]), ledger)
world.made("LOT-A")
world.made("LOT-B")
world.made("LOT-TWO-STEPS", results={"sterility": "negative_to_date"})
world.made("LOT-OOS", spc("outside", "viability", "DE"))
world.made("LOT-UNSTATED", state=False)
"""


@pytest.fixture
def site(tmp_path: Path) -> Iterator[str]:
    """A served site whose lots have been reviewed."""
    with serve(tmp_path, PREPARE) as address:
        yield address


def test_lots_are_certified_one_after_the_other_by_keyboard_only(page: Page) -> None:
    sign_in(page, "quentin.qp")
    page.goto("/disposition/?sort=lot")
    judge(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LOT-A')")
    judge(page)
    page.focus("#released-user_name")  # as by Tab, past the checklist
    page.keyboard.type("quentin.qp")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LOT-B')")
    assert not page.locator("#released-user_name").count(), "this session's first signing was done"
    page.focus("#released-password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=QP-")
    judge(page)
    page.goto("/disposition/register/")
    judge(page)
    assert page.locator("tbody tr").count() == 2
    page.get_by_role("link", name="QP-", exact=False).first.click()
    page.wait_for_selector("text=Signature holds")
    judge(page)


def test_what_stops_a_release_is_listed_and_a_first_step_is_possible(page: Page) -> None:
    sign_in(page, "quentin.qp")
    page.goto("/disposition/lots/LOT-OOS/")
    page.click("#decide-released summary")
    page.wait_for_selector("text=A result out of specification has no deviation that was assessed.")
    judge(page)
    page.goto("/disposition/lots/LOT-TWO-STEPS/")
    option = page.locator("#decide-released_conditionally")
    assert option.get_attribute("open") is not None
    option.locator("#reason-released_conditionally").fill("The shelf life is short.")
    option.locator("#consequence_plan-released_conditionally").fill("Call the physician.")
    option.locator("#released_conditionally-user_name").fill("quentin.qp")
    option.locator("#released_conditionally-password").fill("wrong")
    option.get_by_role("button", name="Sign: certified").click()
    page.wait_for_selector("[role=alert]")
    judge(page)
    assert page.input_value("#consequence_plan-released_conditionally") == "Call the physician."
    page.fill("#released_conditionally-user_name", "quentin.qp")
    page.fill("#released_conditionally-password", PASSWORD)
    page.locator("#decide-released_conditionally").get_by_role("button", name="Sign: certified").click()
    page.wait_for_selector("text=Released conditionally")
    judge(page)


def test_a_reviewer_states_what_no_record_shows_on_a_tablet(browser: Browser, site: str) -> None:
    context = browser.new_context(base_url=site, viewport={"width": 820, "height": 1180})
    page = context.new_page()
    sign_in(page, "rita.review")
    page.goto("/disposition/lots/LOT-UNSTATED/")
    judge(page)
    page.fill("#state-reason", "Binder 7, page 3")
    page.get_by_role("button", name="Every missing item is present").click()
    page.wait_for_selector("#item-order:has-text('Binder 7, page 3')")
    assert page.locator("#item-regulatory:has-text('missing')").count(), (
        "it is the head of quality's to state"
    )
    judge(page)
    context.close()
