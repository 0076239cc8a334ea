"""Passkeys with a key that Chromium plays: added, asked for at sign-in, and given instead of the password to sign."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from indelible.infra import canonical
from indelible.kernel.models import Signature
from indelible.practice.models import Factor
from tests.homes import PASSWORD
from tests.journeys import looking
from tests.journeys.site import PATIENCE, Site

pytestmark = pytest.mark.chromium
KEY = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
       "isUserVerified": True, "automaticPresenceSimulation": True}  # fmt: skip


class Keyed:
    """A browser whose keys are played: `page` is at the name by which passkeys know this machine."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.context = site.browser.new_context(base_url=site.address.replace("127.0.0.1", "localhost"))
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.devtools: CDPSession = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable")

    def key(self, **other: Any) -> str:
        """Plug in a key, and give its name."""
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": KEY | other})
        return str(made["authenticatorId"])

    def unplug(self, key: str) -> None:
        """Take a key out."""
        self.devtools.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})

    def give_password(self, user: str) -> Page:
        """Type user id and password."""
        self.page.goto("/login")
        self.page.fill("[name=login]", user)
        self.page.fill("[name=password]", PASSWORD)
        self.page.press("[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "next=" not in url and not url.endswith("/login"))
        return self.page

    def add(self, label: str = "Key on my key ring") -> None:
        """Add a passkey on the own page."""
        self.page.goto("/me")
        self.page.get_by_role("link", name="Add a passkey").click()
        self.page.get_by_label("What you call it").fill(label)
        self.page.get_by_role("button", name="Add a passkey").click()
        self.page.wait_for_url("**/me#factors")

    def open_signature(self, number: str) -> None:
        """Open the signature dialog of an approval and type the own user id."""
        self.page.goto(f"/r/{number}/sign/approve")
        self.page.get_by_label("User ID").fill("qua")


@pytest.fixture
def keyed(here: Site) -> Iterator[Keyed]:
    """Give a browser whose keys are played, for somebody who has no factor yet: the home is the module's."""
    made = Keyed(here)
    yield made
    Factor.objects.all().delete()
    made.context.close()


def test_a_passkey_is_added_asked_for_at_sign_in_and_signs_one_statement(keyed: Keyed) -> None:
    home = keyed.site.home
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    key = keyed.key()
    keyed.give_password("qua")
    keyed.add()
    expect(keyed.page.locator("#factors td .i-chip")).to_have_text("also signs")
    assert looking.faults(keyed.page, "me with a passkey", 0) == {}

    keyed.page.get_by_role("button", name="Sign out").first.click()
    keyed.give_password("qua")
    expect(keyed.page.get_by_role("heading", name="Second factor")).to_be_visible()
    assert looking.faults(keyed.page, "second factor", 1) == {}
    keyed.page.get_by_role("button", name="Use a passkey").click()
    keyed.page.wait_for_url(lambda url: "/login" not in url)

    keyed.open_signature(number)
    keyed.page.get_by_role("button", name="With a passkey").click()
    expect(keyed.page.get_by_role("heading", name="Signed")).to_be_visible()

    manifest = canonical.decode(Signature.objects.latest("at").manifest)
    assert (manifest["method"], manifest["components"]) == ("user id and passkey", ["user_id", "passkey"])
    assert Factor.objects.get().device_bound
    keyed.unplug(key)


def test_an_answer_to_another_statement_somebody_elses_user_id_and_a_second_use_sign_nothing(keyed: Keyed) -> None:
    home = keyed.site.home
    first, second = (home.until(home.draft(title=title), "in_approval") for title in ("First", "Second"))
    for number in (first, second):
        home.sign("hed", "document.approve", number)
    keyed.key()
    keyed.give_password("qua")
    keyed.add()
    signed = Signature.objects.count()

    # What the key said about the first statement is sent for the second one.
    answers: list[str] = []
    keyed.open_signature(first)
    keyed.page.evaluate("document.querySelector('form[action*=sign]').requestSubmit = () => {}")
    keyed.page.get_by_role("button", name="With a passkey").click()
    keyed.page.wait_for_function("document.querySelector('[name=passkey]').value !== ''")
    answers.append(keyed.page.locator("[name=passkey]").input_value())
    assert json.loads(answers[0])["type"] == "public-key"
    keyed.open_signature(second)
    _send(keyed.page, answers[0])
    expect(keyed.page.get_by_text("your password or passkey").first).to_be_visible()
    assert Signature.objects.count() == signed

    # Another user id beside the own key.
    keyed.open_signature(second)
    keyed.page.get_by_label("User ID").fill("quy")
    keyed.page.get_by_role("button", name="With a passkey").click()
    expect(keyed.page.get_by_text("your password or passkey").first).to_be_visible()
    assert Signature.objects.count() == signed

    # The answer once more for the statement that it was given for: it was asked anew meanwhile.
    keyed.open_signature(first)
    _send(keyed.page, answers[0])
    expect(keyed.page.get_by_text("your password or passkey").first).to_be_visible()
    assert Signature.objects.count() == signed


def test_a_key_that_verifies_nobody_or_is_copied_between_devices_does_not_sign(keyed: Keyed) -> None:
    home = keyed.site.home
    number = home.until(home.draft(), "in_approval")
    home.sign("hed", "document.approve", number)
    keyed.give_password("qua")
    key = keyed.key(isUserVerified=False)
    keyed.page.goto("/me/passkey")
    keyed.page.get_by_role("button", name="Add a passkey").click()
    expect(keyed.page.locator("[data-passkey-note]")).to_contain_text("No passkey was used")
    assert not Factor.objects.exists()
    keyed.unplug(key)

    keyed.key(defaultBackupEligibility=True, defaultBackupState=True)
    keyed.add("Synced")
    expect(keyed.page.locator("#factors td .i-chip")).to_have_count(0)
    keyed.open_signature(number)
    expect(keyed.page.get_by_role("button", name="With a passkey")).to_have_count(0)


def _send(page: Page, answer: str) -> None:
    """Send the open signature with an answer that a key has given before."""
    page.evaluate(
        "given => { const form = document.querySelector('form[action*=sign]'); form.elements.passkey.value = given; form.submit(); }",
        answer,
    )
