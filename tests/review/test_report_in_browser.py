"""The page of a review as a browser shows it: accessible, within the window, usable by keyboard, calling nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from onelot.review.report import html_report
from onelot.review.verdict import CheckRun, Coverage, Evidence, Finding, LotVerdict, Verdict
from tests.browser import chromium

WIDTHS = {"desktop": 1440, "tablet": 820, "phone": 390}
LONG = "UP-EXPANSION/OP-" + "FEEDING-AND-SAMPLING-" * 12 + "/PH-1/PAR-VIABLE-CELL-DENSITY"


def finding(severity: str, subject: str = "UP-1/OP-1/PH-1/PAR-1", accepted: str = "") -> Finding:
    return Finding(
        check="RNG-ACTION", variant="outside", severity=severity, lot="L1", subject=subject,  # type: ignore[arg-type]
        sentence=f"{subject} is outside its action limits.", expected="36.5 to 37.5 Cel", observed="38.2 Cel",
        detail="", criticality="CPP", clause="21 CFR 211.192",
        evidence=(Evidence(position=1, document="0" * 64, place="/events/1"),), accepted_because=accepted,
    )  # fmt: skip


def lot(name: str, *findings: Finding, site: str = "PLANT-A") -> LotVerdict:
    runs = (
        CheckRun(check="RNG-ACTION", status="ran", inputs={"parameters": 1500}, findings=len(findings)),
        CheckRun(check="TRD-CUSUM", status="could_not_run", inputs={}, findings=0, why="no baseline"),
    )
    return LotVerdict(
        lot=name, coi_identifier="COI-1", product="CART-FRESH", site=site, intended_market="EU", data_points=1500,
        findings=findings, checks=runs, coverage=Coverage(items=10, covered=9, uncovered=(LONG,)),
    )  # fmt: skip


def verdict(*lots: LotVerdict) -> Verdict:
    return Verdict(
        engine="onelot-review/1", mbr="MBR-CART", mbr_version="1", mbr_digest="a" * 64, policy="default",
        policy_version="1", policy_digest="b" * 64, baseline_digest="", lots=lots,
    )  # fmt: skip


SEVERITIES = ("critical", "major", "minor", "information")
PAGES = {
    "passed": verdict(lot("L1")),
    "accepted": verdict(lot("L1", finding("minor", accepted="below the alert limit of the process"))),
    "held": verdict(lot("L1", *map(finding, SEVERITIES)), lot("L2"), lot("L3", finding("major"))),
    "long names": verdict(
        lot("LOT-" + "9" * 200, finding("critical", LONG), site="S" * 300), lot("L2", finding("major", LONG))
    ),
    "no lot": verdict(),
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page that would tell of any call to elsewhere."""
    page = browser.new_page()
    calls: list[str] = []
    page.on("request", lambda request: calls.append(request.url))
    yield page
    page.close()
    assert not calls


@pytest.mark.parametrize("name", PAGES)
def test_no_fault_of_accessibility_closed_and_open(page: Page, name: str) -> None:
    page.set_content(html_report(PAGES[name], {}))
    closed = Axe().run(page)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    opened = Axe().run(page)
    assert not closed.violations_count, closed.generate_report()
    assert not opened.violations_count, opened.generate_report()


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_nothing_reaches_beyond_the_window(page: Page, name: str, width: str) -> None:
    page.set_viewport_size({"width": WIDTHS[width], "height": 900})
    page.set_content(html_report(PAGES[name], {}))
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width]


def test_a_held_lot_is_reached_and_its_checks_opened_by_keyboard_only(page: Page) -> None:
    page.set_content(html_report(PAGES["held"], {}))
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "L3"
    page.keyboard.press("Enter")
    page.wait_for_function("location.hash === '#lot-2'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('section').querySelector('h2').textContent") == "L3"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.parentElement.open")


def test_the_most_severe_comes_first_and_evidence_has_its_place(page: Page) -> None:
    page.set_content(html_report(PAGES["held"], {"0" * 64: "l1.json"}))
    first = page.locator("section").first
    assert first.locator(".severity").all_inner_texts() == [severity.capitalize() for severity in SEVERITIES]
    assert "l1.json /events/1" in first.inner_text()
