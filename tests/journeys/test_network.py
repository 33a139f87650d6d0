"""Over records as sites of the example network send them: evidence in each format, in German, on a tablet."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.journeys.test_desk import judge

pytestmark = pytest.mark.slow

PREPARE = """
import sys
from pathlib import Path
from onelot.cli.demo_site import register_network, set_passwords
from onelot.cli.inputs import policy_bytes, read_mappings
from onelot.intake.service import Intake
from onelot.kernel.clock import system_clock
from onelot.recipes.approval import approve
from onelot.recipes.document import load_mbr, load_policy
from onelot.review.engine import Reviewer
from onelot.review.service import review_ledger
from onelot.settings.stores import open_evidence, open_ledger
from onelot.simulation.generate import simulate
from onelot.simulation.network import load_network

home, examples = Path(sys.argv[1]), Path("examples")
network = home / "network"
truth = simulate(examples, 7, 20260202, network, history=0)
ledger, evidence = open_ledger(create=True), open_evidence()
set_passwords(register_network(ledger, load_network(examples / "network"), system_clock), home)
intake = Intake(ledger, evidence, read_mappings([network / name for name in truth.mappings]))
for file in (*truth.site_files, *(file for lot in truth.lots for file in lot.files)):
    intake.receive((network / file).read_bytes(), file)
policy = load_policy(policy_bytes(None), "policy")
approved = {"policy": policy_bytes(None)} | {file: (network / file).read_bytes() for file in truth.mbrs.values()}
for name, data in approved.items():
    people = {"prepared_by": "demo.author", "reviewed_by": "demo.reviewer", "approved_by": "demo.quality"}
    approve(ledger, evidence, data, name, **people, reason="example")
for product, file in truth.mbrs.items():
    mbr = load_mbr(approved[file], file)
    lots = [lot.lot for lot in truth.lots if lot.product == product]
    review_ledger(ledger, evidence, Reviewer(mbr, policy), mbr.mbr.id, lots=lots)
"""
SITES = {"PLANT-NORTH": "xml", "PLANT-SOUTH": "json", "CDMO-RHEIN": "csv", "CDMO-MAPLE": "xlsx"}
TABLET = {"width": 820, "height": 1180}


@pytest.fixture
def page(browser: Browser, site: str, home: Path) -> Iterator[Page]:
    """A tablet whose reader reads German and has signed in as the reviewer of the demonstration."""
    password = (home / "accounts.txt").read_text().split()[1]
    with browser.new_context(base_url=site, viewport=TABLET, locale="de-DE") as context:
        page = context.new_page()
        page.goto("/")
        page.wait_for_selector("html[lang=de]")
        judge(page)
        page.fill("[name=username]", "demo.reviewer")
        page.fill("[name=password]", password)
        page.keyboard.press("Enter")
        page.wait_for_selector("text=Abmelden")
        yield page


def test_evidence_of_each_format_is_one_click_away_in_its_source(page: Page) -> None:
    for site, kind in SITES.items():
        page.goto(f"/desk/?lane=exceptions&site={site}")
        judge(page)
        page.locator("tbody th a, tbody td a").first.click()
        page.wait_for_selector("text=Ausnahmen")
        page.wait_for_selector("[data-evidence]")
        judge(page)
        page.locator("[data-evidence]").first.click()
        page.wait_for_selector(f"dd:has-text('.{kind}')")
        place = page.locator("[data-place]").first
        place.wait_for()
        assert place.inner_text().strip(), f"{site}: the place is empty"
        page.wait_for_function(
            "() => { const at = document.querySelector('[data-place]').getBoundingClientRect();"
            " return at.top >= 0 && at.top < innerHeight; }"
        )
        judge(page)


SHIFTS = """() => new Promise((done) => {
  new PerformanceObserver((list) => done(list.getEntries().reduce((sum, one) => sum + one.value, 0)))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(0), 300);
})"""


def test_a_chart_comes_without_moving_the_page_and_without_much_to_load(page: Page) -> None:
    came: list[Response] = []

    def note(answer: Response) -> None:
        came.append(answer)

    page.goto("/desk/?lane=exceptions&site=PLANT-SOUTH")
    lot = page.locator("tbody th a").first.get_attribute("href")
    assert lot is not None
    page.on("response", note)
    page.goto(lot)
    page.wait_for_selector(".chart-place")
    page.locator(".chart-place").first.scroll_into_view_if_needed()
    page.locator(".chart img").first.scroll_into_view_if_needed()
    page.wait_for_function("() => document.querySelector('.chart img').naturalWidth === 720")
    judge(page)
    assert page.evaluate(SHIFTS) < 0.01, "what is read does not move"
    bodies = [
        answer.body() for answer in came if answer.status == 200 and answer.request.resource_type != "other"
    ]
    assert sum(len(gzip.compress(body)) for body in bodies) < 150 * 1024
