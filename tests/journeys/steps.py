"""Steps that several journeys make: do an act without a signature, begin a record from another one, be turned away."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.homes import PASSWORD
from tests.journeys.site import PATIENCE, Site

PHONE = {"width": 360, "height": 740}


def phone(here: Site) -> BrowserContext:
    """Give a phone on which nobody has signed in."""
    context = here.browser.new_context(base_url=here.address, viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    return context


def sign_in(page: Page, user: str, password: str = PASSWORD) -> None:
    """Sign in through the form, where this person is not signed in any longer."""
    page.goto("/me")
    if "/login" not in page.url:
        return
    page.fill("[name=login]", user)
    page.fill("[name=password]", password)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)


def do(page: Page, act: str) -> None:
    """Do the main act of a record that asks for no signature."""
    page.locator(".i-head").get_by_role("link", name=act, exact=True).click()
    page.get_by_role("dialog").locator("form button").last.click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def signed(page: Page, number: str, verb: str, user: str, reason: str = "", password: str = PASSWORD) -> None:
    """Sign an act on the page that needs no script, and see that it says so."""
    page.goto(f"/r/{number}/sign/{verb}")
    if reason:
        page.get_by_label("Reason").fill(reason)
    type_components(page, user, password)
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Signed 20")


def type_components(where: Page | Locator, user: str, password: str = PASSWORD) -> None:
    """Type what the signature dialog asks for: the user id in a first signature, the password in all of them."""
    expect(where.get_by_label("Password")).to_be_visible()
    if (asked := where.get_by_label("User ID")).count():
        asked.fill(user)
    where.get_by_label("Password").fill(password)


def begin(page: Page, source: str, label: str) -> None:
    """Begin a record from another one, by the menu of that one's page."""
    page.goto(f"/r/{source}")
    page.locator("summary", has_text="More").click()
    page.locator(".i-menu__card").get_by_role("link", name=f"Begin: {label}", exact=True).click()
    expect(page.locator(".i-note", has_text=f"Begun from {source}.")).to_be_visible()


def created(page: Page, button: str, prefix: str) -> str:
    """Create what the form holds, and give its number."""
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(re.compile(rf"/r/{prefix}"))
    return page.url.rpartition("/")[2]


class TurnedAway:
    """Counts what was refused, each with the rule that the page names."""

    def __init__(self) -> None:
        self.rules: list[str] = []

    def __call__(self, page: Page, number: str, verb: str, rule: str) -> None:
        """Try to sign an act, and read on the page which rule refuses it."""
        answer = page.goto(f"/r/{number}/sign/{verb}")
        assert answer is not None
        assert answer.status in (403, 409, 422), (number, verb, answer.status)
        expect(page.get_by_role("main")).to_contain_text(rule)
        self.rules.append(rule)
