"""Single sign-on as people meet it, in Chromium with the real provider: linked, signed in, and a statement signed by a fresh sign-in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Page, expect

from indelible.infra import canonical
from indelible.infra.home import Home
from indelible.kernel.models import Signature
from tests import homes
from tests.homes import PASSWORD as OWN
from tests.journeys import looking, site
from tests.journeys.site import PATIENCE, Site
from tests.provider.people import CLIENT, PASSWORD, SECRET
from tests.provider.running import running
from tests.torture.server import free_port

pytestmark = pytest.mark.chromium


@pytest.fixture(scope="module")
def here(engine: homes.Sqlite | homes.Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a home whose baseline trusts the provider: whom a company trusts is configuration."""
    place, port = tmp_path_factory.mktemp("trusting"), free_port()
    with running(f"http://127.0.0.1:{port}/login/sso/back") as issuer, pytest.MonkeyPatch.context() as patch:
        engine.fresh("trusting")
        made = homes.build(place, policies=f"sso_issuer: {issuer}\nsso_signs: true")
        engine.settle()
        patch.setattr(settings, "HOME", Home(place))
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        patch.setenv("INDELIBLE_OIDC_CLIENT", CLIENT)
        patch.setenv("INDELIBLE_OIDC_SECRET", SECRET)
        with engine.copy("trusting", place):
            database = site.database_of(str(connections["default"].settings_dict["NAME"]))
            with site.served(place, database, port) as address, site.browsing(made, address) as opened:
                connections.close_all()
                yield opened
                connections.close_all()


def at_the_provider(page: Page) -> None:
    """Give what the provider asks, as Qua, until it sends back."""
    for _ in range(12):
        page.wait_for_load_state()
        if page.locator("input#password").count():
            page.fill("input#password", PASSWORD)
            page.press("input#password", "Enter")
        elif page.locator("input#login").count():
            page.fill("input#login", "qua-there")
            page.press("input#login", "Enter")
        else:
            return


def named(page: Page) -> Any:
    """Give the button that leads to the provider."""
    return page.get_by_role("button", name="Sign in again")


def test_a_person_links_signs_in_at_the_provider_and_signs_a_statement_by_a_fresh_sign_in(here: Site) -> None:
    number = here.home.until(here.home.draft(), "in_approval")
    other, third = (here.home.until(here.home.draft(title=title), "in_approval") for title in ("Another", "A third one"))
    for one in (number, other, third):
        here.home.sign("hed", "document.approve", one)
    context = here.browser.new_context(base_url=here.address)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=login]", "qua")
    page.fill("[name=password]", OWN)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)

    page.goto("/me")
    assert looking.faults(page, "me without a link", 0) == {}
    page.locator("#sso input[name=password]").fill(OWN)
    page.locator("#sso").get_by_role("button", name="Link").click()
    page.wait_for_url(lambda url: not url.startswith(here.address))
    at_the_provider(page)
    expect(page.locator("#sso")).to_contain_text("Linked since")
    assert looking.faults(page, "me with a link", 1) == {}

    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/login")
    assert looking.faults(page, "sign in", 0) == {}
    page.get_by_role("link", name="Sign in at 127.0.0.1").click()
    at_the_provider(page)
    expect(page.get_by_role("heading", name="My work")).to_be_visible()

    # In the dialog over the record, which a script has sent for.
    page.goto(f"/r/{number}")
    page.locator(f"[hx-get$='/r/{number}/sign/approve']").first.click()
    page.get_by_label("User ID").fill("qua")
    assert looking.faults(page, "signature with a provider", 1) == {}
    named(page).click()
    page.wait_for_url(lambda url: not url.startswith(here.address))
    expect(page.locator("input#password")).to_be_visible()  # though signed in there a moment ago
    at_the_provider(page)
    expect(page.get_by_role("heading", name="Signed")).to_be_visible()
    manifest = canonical.decode(Signature.objects.latest("at").manifest)
    assert (manifest["method"], manifest["components"]) == ("user id and fresh sign-in", ["user_id", "oidc"])

    # The user id is given: the period goes on with a sign-in for the next statement alone.
    page.goto(f"/r/{third}/sign/approve")
    expect(page.get_by_label("User ID")).to_have_count(0)
    named(page).click()
    page.wait_for_url(lambda url: not url.startswith(here.address))
    at_the_provider(page)
    expect(page.get_by_role("heading", name="Signed")).to_be_visible()
    assert canonical.decode(Signature.objects.latest("at").manifest)["components"] == ["oidc"]

    # Enter in the password field means the password, not the provider.
    page.goto(f"/r/{other}/sign/approve")
    page.get_by_label("Password", exact=True).fill(OWN)
    page.press("#sign-password", "Enter")
    expect(page.get_by_role("heading", name="Signed")).to_be_visible()
    assert canonical.decode(Signature.objects.latest("at").manifest)["method"] == "password, in a continuous period"
    context.close()


def test_without_scripts_a_page_leads_to_the_provider_and_a_stranger_reads_what_to_do(here: Site) -> None:
    context = here.browser.new_context(base_url=here.address, java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto("/login")
    page.get_by_role("link", name="Sign in at 127.0.0.1").click()
    page.fill("input#login", "stranger")
    page.press("input#login", "Enter")
    at_the_provider(page)
    expect(page.get_by_role("heading", name="Nobody was signed in")).to_be_visible()
    page.goto("/me")
    page.wait_for_url("**/login?**")
    context.close()
