"""Proving who one is, in a real browser: codes, security keys, single sign-on, and a session that times out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.conftest import PREPARE, Homes, serve
from tests.journeys.test_desk import act, judge, sign_in
from tests.oidc_provider import CLIENT, SECRET, control, provider
from tests.oidc_provider import PASSWORD as PROVIDER_PASSWORD
from tests.registry.test_signing import code_now
from tests.site import PASSWORD

pytestmark = pytest.mark.slow
AWAY = """
import os, sys
from pathlib import Path
os.environ["ONELOT_SECRET_KEY"] = (Path(os.environ["ONELOT_HOME"]) / "keys" / "django.key").read_text()
from onelot.settings.stores import open_ledger
open_ledger()
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
for row in Session.objects.all():
    session = SessionStore(row.session_key)
    if "seen" in session:
        session["seen"] -= int(sys.argv[1])
        session["started"] -= int(sys.argv[1])
        session.save()
"""


@pytest.fixture
def home(homes: Homes, tmp_path: Path) -> Path:
    """A home folder for each journey: they change how people sign in."""
    homes.copy(PREPARE, tmp_path)
    return tmp_path


@pytest.fixture
def site(home: Path) -> Iterator[str]:
    """A site for each journey."""
    with serve(home, "--no-worker") as address:
        yield address


def away(home: Path, seconds: int) -> None:
    """As if nobody had used the site for so long."""
    environment = {**os.environ, "ONELOT_HOME": str(home), "ONELOT_DATABASE_URL": ""}
    subprocess.run([sys.executable, "-c", AWAY, str(seconds)], env=environment, check=True)


def confirm(page: Page) -> None:
    judge(page)
    page.fill("#id_password", PASSWORD)
    page.click("button:has-text('Go on')")


def sign_out(page: Page) -> None:
    page.click("text=Sign out")
    page.wait_for_selector("#id_username")


def sign_lot(page: Page, lot: str, *, code: str = "") -> None:
    page.goto(f"/desk/lots/{lot}/")
    if page.locator("#user_name").count():
        page.fill("#user_name", "rita.review")
    page.fill("#password", PASSWORD)
    if code:
        page.fill("#code", code)
    judge(page)
    page.click("button:text-is('Sign: reviewed')")
    page.wait_for_selector("text=Signature holds")
    judge(page)


def test_a_session_times_out_in_the_middle_of_a_justification(page: Page, home: Path) -> None:
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-CRITICAL/")
    away(home, 3600)
    act(page, "Exception 0 of LOT-CRITICAL.", "A dry probe reads low;\ncells were counted again.", "Accept")
    page.wait_for_selector("h1:has-text('Your password, please')")
    judge(page)
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=What you sent is still kept")
    judge(page)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('LOT-CRITICAL')")
    assert page.locator("text=cells were counted again").count()
    away(home, 24 * 3600)
    act(page, "Exception 1 of LOT-CRITICAL.", "Written at the end of the day.", "False alarm")
    page.fill("#id_username", "rita.review")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Nothing was recorded yet')")
    judge(page)
    assert page.input_value("#kept-1") == "Written at the end of the day."
    page.click("a:has-text('Back to the page')")
    page.wait_for_selector("h1:has-text('LOT-CRITICAL')")


def test_the_warning_comes_before_and_typing_keeps_the_session(page: Page) -> None:
    page.clock.install()
    sign_in(page, "rita.review")
    page.goto("/desk/lots/LOT-CRITICAL/")
    assert not page.is_visible("#session")
    page.clock.fast_forward(29 * 60 * 1000)
    page.clock.run_for(6000)
    assert page.is_visible("text=Soon it will ask for your password")
    judge(page)
    with page.expect_response("**/session/stay/") as answered:
        page.click("text=I am here")
    assert answered.value.status == 204
    page.wait_for_selector("#session", state="hidden")
    page.clock.fast_forward(20 * 60 * 1000)
    page.locator("summary").first.click()
    with page.expect_response("**/session/stay/"):
        page.locator("textarea").first.type("x")
    page.clock.fast_forward(31 * 60 * 1000)
    page.clock.run_for(6000)
    assert page.is_visible("text=What you typed is kept")
    judge(page)


def test_an_authenticator_app_signs_in_and_signs(page: Page) -> None:
    sign_in(page, "rita.review")
    page.click("text=Rita Review")
    judge(page)
    page.goto("/account/factors/")
    judge(page)
    page.click("text=Set up an authenticator app")
    confirm(page)
    judge(page)
    secret = page.input_value("#secret")
    assert page.locator(".qr svg").bounding_box()
    page.fill("#id_code", code_now(secret, steps=-1))
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Recovery codes')")
    judge(page)
    sign_out(page)
    page.fill("#id_username", "rita.review")
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Second factor')")
    judge(page)
    page.keyboard.type(code_now(secret))
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Sign out")
    sign_lot(page, "LOT-CLEAN-1", code=code_now(secret, steps=1))
    assert page.locator("text=user name, password, one-time code").count()
    sign_lot(page, "LOT-CLEAN-2")


def test_a_security_key_signs_in_and_signs(browser: Browser, site: str) -> None:
    """A key belongs to a name, so the site is asked as localhost; the key is Chromium's own virtual one."""
    with browser.new_context(base_url=site.replace("127.0.0.1", "localhost")) as context:
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": False, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }})  # fmt: skip
        sign_in(page, "rita.review")
        page.goto("/account/factors/keys/add/")
        confirm(page)
        judge(page)
        page.fill("#id_name", "Blue key")
        page.click("text=Add the key")
        page.wait_for_selector("h1:has-text('Recovery codes')")
        page.goto("/account/factors/")
        assert page.locator("text=Blue key").count()
        page.goto("/account/factors/keys/")
        judge(page)
        sign_out(page)
        page.fill("#id_username", "rita.review")
        page.fill("#id_password", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('Second factor')")
        judge(page)
        page.click("text=Use a security key")
        page.wait_for_selector("text=Sign out")
        page.goto("/desk/lots/LOT-CLEAN-1/")
        page.fill("#user_name", "rita.review")
        page.fill("#password", PASSWORD)
        judge(page)
        page.click("text=Use a security key")
        page.wait_for_selector("text=The key has answered.")
        page.click("button:text-is('Sign: reviewed')")
        page.wait_for_selector("text=user name, password, security key")
        judge(page)


@pytest.fixture
def joined(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A site that is joined to a provider."""
    with provider(tmp_path_factory.mktemp("provider")) as address:
        joined = {
            "ONELOT_OIDC_ISSUER": address, "ONELOT_OIDC_CLIENT_ID": CLIENT, "ONELOT_OIDC_CLIENT_SECRET": SECRET,
            "ONELOT_OIDC_NAME": "Acme sign-on",
        }  # fmt: skip
        with serve(home, "--no-worker", **joined) as site:
            control(address, f"client/?redirect={site}/sso/sso/back/")
            yield site


def test_single_sign_on_comes_back_to_the_page_that_was_wanted(browser: Browser, joined: str) -> None:
    with browser.new_context(base_url=joined) as context:
        page = context.new_page()
        sign_in(page, "ada.admin")
        page.goto("/access/people/rita.review/")
        judge(page)
        page.fill("#subject", "1")
        page.click("text=Record the subject")
        page.wait_for_selector("text=Single sign-on recorded")
        judge(page)
        sign_out(page)
        page.goto("/desk/lots/LOT-CLEAN-1/")
        page.click("text=Acme sign-on")
        page.fill("[name=login]", "rita")
        page.fill("[name=password]", PROVIDER_PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("h1:has-text('LOT-CLEAN-1')")
        assert page.locator("text=Rita Review").count()


def test_a_new_person_comes_by_a_link(page: Page, browser: Browser, site: str) -> None:
    sign_in(page, "ada.admin")
    page.goto("/access/")
    judge(page)
    page.click("text=Max Maker")
    page.fill("#reason", "Passport seen by video call.")
    page.click("text=Make a link to set the password")
    page.wait_for_selector("#link")
    judge(page)
    link = page.input_value("#link")
    with browser.new_context(base_url=site) as context:
        other = context.new_page()
        other.goto(link)
        judge(other)
        assert "/password/new/" in other.url
        other.fill("#id_new_password1", "max.maker")
        other.fill("#id_new_password2", "max.maker")
        other.keyboard.press("Enter")
        other.wait_for_selector("[role=alert]")
        judge(other)
        for field in ("#id_new_password1", "#id_new_password2"):
            other.fill(field, "a-quite-different-sentence")
        other.keyboard.press("Enter")
        other.wait_for_selector("text=Your password is set")
        judge(other)
    page.goto("/access/notices/")
    judge(page)
    assert page.locator("td:has-text('Password set')").count()
