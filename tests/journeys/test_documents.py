"""A master batch record from a text with faults to a version in force, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.test_desk import judge, sign_in
from tests.recipes.documents.making import NEXT
from tests.site import PASSWORD

pytestmark = pytest.mark.slow

PREPARE = """
import sys
from pathlib import Path
from onelot.settings.stores import open_ledger
ledger = open_ledger(create=True)
from tests.recipes.documents.making import DocumentsWorld
DocumentsWorld(Path(sys.argv[1]), ledger).through()
"""
FAULTY = NEXT.replace("unit: kg", "unit: kilos").replace("accepted: [clear]", "accepted: [milky]")


@contextmanager
def seat(browser: Browser, site: str, person: str, width: int = 1280) -> Iterator[Page]:
    with browser.new_context(base_url=site, viewport={"width": width, "height": 1000}) as context:
        page = context.new_page()
        sign_in(page, person)
        yield page


def sign(page: Page, panel: str, person: str, button: str) -> None:
    page.fill(f"#{panel}user_name", person)
    page.fill(f"#{panel}password", PASSWORD)
    page.get_by_role("button", name=button).click()


def test_three_people_bring_a_version_into_force(browser: Browser, site: str, tmp_path: Path) -> None:
    with seat(browser, site, "mia.many", 820) as author:
        author.goto("/documents/new/")
        judge(author)
        put_forward(author, tmp_path)
        author.wait_for_selector("text=The next step is for somebody else: you prepared this version.")
        judge(author)
        with seat(browser, site, "rita.review") as reviewer:
            reviewer.goto("/documents/?owed_by=reviewer")
            judge(reviewer)
            reviewer.keyboard.press("j")
            reviewer.keyboard.press("Enter")
            reviewer.wait_for_selector("#changes-title")
            reviewer.wait_for_selector("ins:has-text('7.60')")
            judge(reviewer)
            sign(reviewer, "review-", "rita.review", "Sign: reviewed")
            reviewer.wait_for_selector("text=◐ Reviewed, to be approved")
        try_to_approve_the_own(author)
    with seat(browser, site, "hilde.head", 820) as approver:
        approver.goto("/documents/?owed_by=quality_head")
        approver.locator("tbody th a").click()
        approver.wait_for_selector("ins:has-text('7.60')")
        approver.fill("#approve-text", "CR-8, trained on 2 March")
        judge(approver)
        sign(approver, "approve-", "hilde.head", "Sign: approved")
        approver.wait_for_selector("text=✓ Approved")
        judge(approver)
        approver.goto("/documents/mbr/MBR-WASH/")
        approver.wait_for_selector("dd:has-text('version 8')")
        judge(approver)


def put_forward(page: Page, folder: Path) -> None:
    """First with faults, then without."""
    file = folder / "wash.yaml"
    file.write_text(FAULTY)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Check it").click()
    page.wait_for_selector("text=2 faults. Nothing was recorded")
    for wrong, told in (("unit: kilos", "This is not a UCUM unit."), ("[milky]", "is not among the choices")):
        marked = page.locator("tr.marked", has_text=wrong)
        assert marked.locator("td").first.inner_text() == str(FAULTY[: FAULTY.index(wrong)].count("\n") + 1)
        assert told in marked.locator("xpath=following-sibling::tr[1]").inner_text()
    assert page.input_value("#text") == FAULTY
    judge(page)
    file.write_text(NEXT)
    page.set_input_files("#file", file)
    page.get_by_role("button", name="Check it").click()
    page.wait_for_selector("text=It is sound.")
    page.wait_for_selector("ins:has-text('7.60')")
    judge(page)
    page.fill("#reason", "CR-8: the wider limit was shown to be safe")
    sign(page, "", "mia.many", "Sign: prepared")
    page.wait_for_selector("h1:has-text('MBR-WASH version 8')")


def try_to_approve_the_own(page: Page) -> None:
    """She has every role; her part in the version bars her: the page offers nothing, and a forged form is refused."""
    page.reload()
    page.wait_for_selector("text=◐ Reviewed, to be approved")
    assert not page.locator("#approve-title").count()
    token = page.locator("input[name=csrfmiddlewaretoken]").first.input_value()
    form = {
        "csrfmiddlewaretoken": token, "act": "approve", "seen": "999999", "text": "mine", "password": PASSWORD,
    }  # fmt: skip
    answer = page.request.post(f"{page.url}act/", form=form, headers={"Referer": page.url})
    assert answer.status == 409
    assert "Author, reviewer and approver of a version are three different people." in answer.text()
