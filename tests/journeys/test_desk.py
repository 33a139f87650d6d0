"""Whole jobs at the desk in a real browser, each page judged for its accessibility."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.site import PASSWORD

pytestmark = pytest.mark.slow


def judge(page: Page) -> None:
    found = Axe().run(page)
    assert not found.violations_count, found.generate_report()
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth")


def sign_in(page: Page, person: str) -> None:
    """By keyboard only; the first field has the focus."""
    page.goto("/")
    judge(page)
    page.keyboard.type(person)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Sign out")


def act(page: Page, sentence: str, text: str, button: str) -> None:
    article = page.locator("article", has_text=sentence)
    decision = article.locator("details[data-act=decide]")
    decision.locator("summary").click()
    decision.locator("textarea").fill(text)
    judge(page)
    decision.get_by_role("button", name=button, exact=True).click()


def test_clean_lots_are_signed_from_the_queue_by_keyboard_only(page: Page) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/?lane=clean&sort=lot")
    judge(page)
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") == "LOT-CLEAN-1"
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LOT-CLEAN-1')")
    judge(page)
    page.focus("#user_name")  # as by Tab, past the links of the page
    page.keyboard.type("rita.review")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LOT-CLEAN-2')")
    assert not page.locator("#user_name").count(), "this session's first signing was done"
    page.focus("#password")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Review signed")
    page.goto("/desk/?lane=clean")
    assert page.locator("text=No lot waits here.").count()


def test_a_critical_exception_goes_to_the_site_and_back(page: Page, browser: Browser, site: str) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-ASKED/")
    act(page, "Exception 0 of LOT-ASKED.", "Was the probe dry?", "Ask the site")
    page.wait_for_selector("text=asked the site")
    with browser.new_context(base_url=site, viewport={"width": 820, "height": 1180}) as context:
        maker = context.new_page()
        sign_in(maker, "max.maker")
        maker.goto("/desk/lots/LOT-ASKED/")
        act(maker, "Exception 0 of LOT-ASKED.", "It was, see the picture.", "Answer")
        maker.wait_for_selector("text=answered")
        assert not maker.locator("button:has-text('Accept')").count()
        maker.goto("/desk/lots/LOT-OTHER/")
        assert maker.locator("text=There is no such lot.").count()
        judge(maker)
    page.reload()
    act(page, "Exception 0 of LOT-ASKED.", "A dry probe reads low; cells were counted again.", "Accept")
    page.wait_for_selector("text=cells were counted again")
    assert not page.locator("h2:has-text('Sign the review')").count(), "the minor one is still open"


def test_of_two_reviewers_the_second_keeps_the_text(page: Page, browser: Browser, site: str) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-TWICE/")
    with browser.new_context(base_url=site) as context:
        other = context.new_page()
        sign_in(other, "ralf.review")
        other.goto("/desk/lots/LOT-TWICE/")
        act(other, "Exception 1 of LOT-TWICE.", "I was faster.", "Accept")
        other.wait_for_selector("text=I was faster.")
    act(page, "Exception 1 of LOT-TWICE.", "My long justification.", "False alarm")
    page.wait_for_selector("[role=alert]")
    judge(page)
    assert page.locator("text=I was faster.").count()
    assert page.input_value("#entered") == "My long justification."


def test_an_exception_becomes_a_deviation_by_keyboard_only_and_a_draft_outlives_the_connection(
    page: Page,
) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-DEVIATION/")
    page.keyboard.press("?")
    assert page.locator("#keys[open]").count()
    page.keyboard.press("?")
    page.keyboard.press("j")
    page.keyboard.press("v")
    page.keyboard.type("The log shows 9.9 for two hours.")
    page.context.set_offline(True)
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=There is no connection.")
    page.context.set_offline(False)
    page.wait_for_selector("text=There is no connection.", state="hidden")
    page.goto("/desk/lots/LOT-DEVIATION/")
    kept = page.locator("article textarea").first
    assert kept.input_value() == "The log shows 9.9 for two hours."
    judge(page)
    kept.focus()
    page.keyboard.press("Escape")
    page.keyboard.press("v")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("text=raised a deviation")
    assert page.evaluate("Object.keys(sessionStorage).filter(k => k.startsWith('onelot:')).length") == 0, (
        "what is recorded is no draft any more"
    )
    page.click("dd a:has-text('DEV-')")
    page.wait_for_selector("h1:has-text('DEV-')")
    judge(page)


def test_two_reviewers_see_each_other_and_what_was_done(page: Page, browser: Browser, site: str) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-TOGETHER/")
    with browser.new_context(base_url=site) as context:
        other = context.new_page()
        sign_in(other, "ralf.review")
        other.goto("/desk/lots/LOT-TOGETHER/")
        assert other.locator("text=Also open with: Rita Review").count()
        act(other, "Exception 1 of LOT-TOGETHER.", "No effect.", "Accept")
        other.wait_for_selector("text=No effect.")
    page.evaluate("htmx.trigger('#meanwhile', 'submit')")
    page.wait_for_selector("text=This page is not up to date.")
    assert page.locator("#meanwhile-told >> text=No effect.").count()
    judge(page)
