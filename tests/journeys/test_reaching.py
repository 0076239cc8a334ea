"""How people come to a record from outside: an approver by mail on a phone, a reader by the code on a printed copy."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from playwright.sync_api import BrowserContext, Page, expect

from indelible.kernel.models import Record
from indelible.practice import notices
from tests.homes import PASSWORD
from tests.journeys import looking, steps
from tests.journeys.site import PATIENCE, Site
from tests.practice.posting import posting

pytestmark = pytest.mark.chromium


@pytest.fixture
def phone(here: Site) -> BrowserContext:
    """Give a phone on which nobody has signed in."""
    context = here.browser.new_context(
        base_url=here.address, viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    context.set_default_timeout(PATIENCE)
    return context


def sign_in(page: Page, user: str) -> None:
    page.fill("[name=login]", user)
    page.fill("[name=password]", PASSWORD)
    page.get_by_role("button", name="Sign in").tap()


def test_an_approver_goes_from_the_mails_link_to_the_signed_approval_in_three_acts(
    here: Site, phone: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PUBLIC_URL", here.address)
    number = here.home.until(here.home.draft(title="Approved on a phone"), "in_approval")
    with posting() as post:
        monkeypatch.setenv("INDELIBLE_MAIL", post.address)
        notices.gather()
        notices.deliver()
        mine = next(letter for letter in post.arrived if letter["To"] == "hed@quality.example")
    found = re.search(rf"\S+/r/{number}$", mine.get_content().replace("\r", ""), re.MULTILINE)
    assert found is not None

    page = here.watched(phone.new_page())
    page.goto(found.group())  # first act: the link, and who one is
    sign_in(page, "hed")
    page.wait_for_url(f"**/r/{number}")
    expect(page.locator("h1")).to_contain_text("Approved on a phone")
    page.get_by_role("link", name="Approve", exact=True).tap()  # second act
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(number)
    assert page.evaluate(looking.BEYOND) == []
    steps.type_components(dialog, "hed")  # third act
    dialog.get_by_role("button", name=re.compile("^Sign as")).tap()
    expect(page.get_by_role("dialog")).to_contain_text("Signed 20")

    signed = Record.objects.get(number=number).signed
    assert "Hed Head" in f"{signed}"
    phone.close()


def test_a_reader_comes_by_the_code_of_a_printed_copy_to_what_is_in_force_and_never_to_a_draft(
    here: Site, phone: BrowserContext
) -> None:
    first = here.home.until(here.home.draft(title="On the wall"), "effective")
    here.home.revise("ann", first)
    page = here.watched(phone.new_page())

    page.goto(f"/r/{first.rpartition('.')[0]}")  # what the code on the paper says
    sign_in(page, "rea")
    page.wait_for_url(re.compile(r"/r/SOP-"))

    expect(page.locator("main")).to_contain_text(first)
    expect(page.locator(".i-rail [aria-current]")).to_contain_text("Effective")
    expect(page.locator("main")).not_to_contain_text(f"{first[:-1]}2")
    assert page.evaluate(looking.BEYOND) == []
    phone.close()
