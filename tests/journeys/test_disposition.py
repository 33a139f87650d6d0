"""Whole jobs of a disposition in a real browser, each page judged for its accessibility."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import act, judge, sign_in
from tests.site import PASSWORD

pytestmark = pytest.mark.slow


PREPARE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger, open_sealing_key, open_signing_key
ledger = open_ledger(create=True)
open_signing_key(create=True)
open_sealing_key(create=True)
from tests.disposition.making import DisposingWorld, finding, spc
world = DisposingWorld(Path(sys.argv[1]), ledger)
world.made("LOT-A")
world.made("LOT-B")
world.made("LOT-TWO-STEPS", results={"sterility": "negative_to_date"})
world.made("LOT-OOS", spc("outside", "viability", "DE"))
world.made("LOT-UNSTATED", state=False)
world.made("LOT-REJECT", finding("RNG-ACTION", "critical"), sign=False)
"""


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


def test_a_critical_exception_goes_through_question_answer_and_justification_to_rejection(
    page: Page, browser: Browser, site: str
) -> None:
    sentence, desk = "RNG-ACTION found something.", "/desk/lots/LOT-REJECT/"
    sign_in(page, "rita.review")
    page.goto(desk)
    act(page, sentence, "Was the sample taken twice?", "Ask the site")
    page.wait_for_selector(".thread:has-text('Was the sample taken twice?')")
    with browser.new_context(base_url=site) as context:
        maker = context.new_page()
        sign_in(maker, "max.maker")
        maker.goto(desk)
        act(maker, sentence, "It was, and both were as low.", "Answer")
        maker.wait_for_selector(".thread:has-text('It was, and both were as low.')")
    page.goto(desk)
    page.wait_for_selector(".thread:has-text('both were as low')")
    act(page, sentence, "The value is true; the cells did not grow.", "Accept")
    page.wait_for_selector(".thread:has-text('the cells did not grow')")
    page.fill("#user_name", "rita.review")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Sign: reviewed", exact=True).click()
    page.wait_for_selector("text=Signature holds")
    with browser.new_context(base_url=site) as context:
        head = context.new_page()
        sign_in(head, "hilde.head")
        head.goto("/disposition/lots/LOT-REJECT/")
        option = head.locator("#decide-rejected")
        if option.get_attribute("open") is None:
            option.locator("summary").click()
        option.locator("#reason-rejected").fill("The dose cannot be reached.")
        option.locator("#rejected-user_name").fill("hilde.head")
        option.locator("#rejected-password").fill(PASSWORD)
        judge(head)
        option.get_by_role("button", name="Sign: rejected").click()
        head.wait_for_selector("text=The dose cannot be reached.")
        head.wait_for_selector("text=Signature holds")
        judge(head)
    page.goto("/desk/?lane=closed&text=LOT-REJECT")
    page.wait_for_selector("tr:has-text('LOT-REJECT') >> text=nobody: finally decided")
    page.goto(desk)
    page.wait_for_selector("text=nobody: finally decided")
    judge(page)


def test_a_dossier_is_downloaded_and_verified_where_there_is_no_database(
    page: Page, home: Path, tmp_path: Path
) -> None:
    sign_in(page, "quentin.qp")
    page.goto("/disposition/lots/LOT-OOS/")
    page.get_by_role("link", name="Dossier").first.click()
    page.wait_for_selector("h1:has-text('Dossier of LOT-OOS')")
    judge(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Wait for it here").click()
    dossier = tmp_path / download.value.suggested_filename
    download.value.save_as(dossier)
    key = (home / "keys" / "checkpoint.vkey").read_text().strip()
    verify = [
        sys.executable, "-m", "onelot", "verify", str(dossier), "--key", key, "--certificate",
        str(home / "keys" / "seal.pem"),
    ]  # fmt: skip
    elsewhere = {**os.environ, "ONELOT_HOME": str(tmp_path / "elsewhere"), "ONELOT_DATABASE_URL": ""}
    done = subprocess.run(verify, env=elsewhere, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    altered = bytearray(dossier.read_bytes())
    altered[len(altered) // 2] ^= 1
    dossier.write_bytes(altered)
    assert subprocess.run(verify, env=elsewhere, capture_output=True, check=False).returncode == 1
