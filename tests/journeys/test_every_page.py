"""Every kind of page is looked at in both themes and both widths, and its menus and dialogs obey the keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from playwright.sync_api import Page, expect

from indelible.kernel.models import Account, Record
from indelible.practice import accounts
from tests.homes import TestHome
from tests.journeys import looking
from tests.journeys.site import Site
from tests.modules.events import action, capa, reported

pytestmark = [pytest.mark.chromium, pytest.mark.looks]
LONG = (
    "Receipt, identification, quarantine, sampling and release of 样品处理 معالجة العينات 🧊 "
    + "Unterbeamtengesellschaft" * 4
)
STATES = ("draft", "in_review", "in_approval", "approved", "effective")
Look = tuple[str, Callable[[Page], object] | None]


def records(home: TestHome) -> dict[str, str]:
    """Give a document in every state, by state; the effective one replaced another."""
    found = {state: home.draft(title=f"{state}: {LONG}"[:290]) for state in ("draft", "void", "withdrawn", "retired")}
    for state in STATES[1:]:
        found[state] = home.until(home.draft(title=f"{state} {LONG}"[:290], effective_on="2099-01-01"), state)
    home.sign("qua", "document.void", found["void"], reason="Written twice by mistake")
    home.sign("ann", "document.withdraw", found["withdrawn"], reason="Not needed any longer")
    home.until(found["retired"], "effective")
    for who in ("hed", "qua"):
        home.sign(who, "document.retire", found["retired"], reason="The method is no longer used")
    found["superseded"] = home.until(home.draft(title="Replaced"), "effective")
    again = home.act("ann", "document.revise", found["superseded"], fields={"reason_for_revision": "Method"}).number
    act = home.act("ann", "document.edit", again, fields={
        "effective_on": "2020-01-01", "summary_of_changes": "All of it", "revision_class": "full",
    })  # fmt: skip
    assert act.number == again
    home.until(again, "effective")
    found["voided signature"] = home.until(home.draft(title="Amended"), "in_approval")
    home.sign("hed", "document.approve", found["voided signature"])
    home.act("ann", "document.amend", found["voided signature"], fields={"text": "## 1\n\nNew"}, reason="It was not clear")
    return found


def look(page: Page, looks: Iterable[tuple[str, Callable[[Page], object] | None]]) -> dict[str, list[str]]:
    """Open each address, do what leads to the page that is meant, and look at it."""
    found: dict[str, list[str]] = {}
    for turn, (path, do) in enumerate(looks):
        page.goto(path)
        if do is not None:
            do(page)
        found |= looking.faults(page, f"{path} {do.__name__ if do else ''}".strip(), turn)
    return found


def dialog(page: Page) -> None:
    page.locator(".i-head .i-btn--primary").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def refused_dialog(page: Page) -> None:
    dialog(page)
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name=re.compile("^Sign as")).click()
    expect(page.get_by_role("dialog")).to_contain_text("Your own user id, and your password or passkey.")


def sent_empty(page: Page) -> None:
    page.locator("main form .i-btn--primary").last.click()
    expect(page.locator(".i-errors")).to_be_visible()


def without_reason(page: Page) -> None:
    page.fill("[name=title]", "Changed")
    sent_empty(page)


def unchanged(page: Page) -> None:
    page.locator("main form .i-btn--primary").last.click()
    expect(page.locator("main")).to_contain_text("has these values already")


def wrong_password(page: Page) -> None:
    page.fill("[name=login]", "nobody")
    page.fill("[name=password]", "wrong")
    page.press("[name=password]", "Enter")
    expect(page.locator(".i-error")).to_be_visible()


def menu(page: Page) -> None:
    page.locator(".i-head summary", has_text="More").click()


def why(page: Page) -> None:
    page.locator(".i-head .i-why summary").first.click()


def a_filter(page: Page) -> None:
    page.locator("form.i-bar summary").first.click()


def palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.keyboard.type("SOP")
    expect(page.locator("#palette [role=option]").first).to_be_visible()


def keys(page: Page) -> None:
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def printed(page: Page) -> None:
    page.emulate_media(media="print")


def on_screen(page: Page) -> None:
    page.emulate_media(media="screen")


def wrong_file(page: Page) -> None:
    page.set_input_files("[name=file_new]", {"name": "tool.exe", "mimeType": "application/octet-stream", "buffer": b"MZ"})
    expect(page.locator("#f-file-kept, .i-upload, main").first).to_contain_text("tool.exe")


def shown_link(page: Page) -> None:
    page.get_by_role("button", name="Issue and show the link").click()
    expect(page.locator(".i-code")).to_contain_text("/link/")


def shown_token(page: Page) -> None:
    page.fill("[name=label]", "Nightly copy")
    page.get_by_role("button", name="Issue a token").click()
    expect(page.locator(".i-code")).to_contain_text("ind_")


def shown_feed(page: Page) -> None:
    page.get_by_role("button", name="Make an address").click()
    expect(page.locator(".i-code")).to_contain_text("/calendar/feed/ind_")


def typed(page: Page) -> None:
    page.fill("[name=title]", "A draft that is kept")
    expect(page.locator("form[data-draft-url]")).to_contain_text("kept", ignore_case=True)


def no_way_out(page: Page) -> None:
    assert page.locator("main").count() == 1


def test_pages_before_signing_in_have_no_serious_finding(here: Site) -> None:
    account = Account.objects.get(user_id="rea")
    link = accounts.fresh_link(account)
    context = here.browser.new_context(base_url=here.address)
    page = context.new_page()
    broken = render_to_string("500.html")
    page.route("**/broken", lambda route: route.fulfill(content_type="text/html", body=broken))
    found = look(page, [
        ("/login", None), ("/login?next=/r/SOP-001.01", wrong_password), (f"/link/{link}", None), ("/link/unknown", None),
        ("/broken", no_way_out),
    ])  # fmt: skip
    context.close()
    assert found == {}


def test_no_record_page_has_a_serious_finding_in_any_state(here: Site) -> None:
    found = look(here.page("qua"), [(f"/r/{number}", None) for number in records(here.home).values()])
    assert found == {}


def test_no_page_of_reading_and_signing_has_a_serious_finding(here: Site) -> None:
    home, qua = here.home, here.page("qua")
    open_, draft = home.until(home.draft(title=LONG[:290]), "in_approval"), home.draft(title="Looked at")
    event = reported(home, title=LONG[:200])
    action(home, capa(home, event, title=LONG[:200]))
    person, grant = (Record.objects.filter(type=kind).first() for kind in ("person", "grant"))
    assert person is not None
    assert grant is not None
    kinds = ("document", "person", "grant", "department", "installation", "company", "site", "product", "sample")
    looks: list[Look] = [
        ("/calendar", None), ("/calendar?of=all", None), ("/", None), ("/", palette), ("/", keys), *((f"/records/{kind}", None) for kind in kinds),
        ("/records/document", a_filter), ("/records/document?q=nothing+of+the+kind", None),
        (f"/r/{open_}", dialog), (f"/r/{open_}", refused_dialog), (f"/r/{open_}", menu), (f"/r/{open_}", printed),
        (f"/r/{draft}", on_screen), (f"/r/{draft}", why), (f"/r/{open_}/sign/approve", None), (f"/r/{open_}/certify", None),
        (f"/r/{open_}/scan", None), (f"/r/{open_}/timeline", None), (f"/r/{event}/thread", None), (f"/r/{draft}/thread", None),
        (f"/r/{open_}/as-signed/2", None),
        (f"/r/{open_}/sign/return", None), (f"/r/{draft}/act/submit", None), (f"/r/{person.number}", None),
        (f"/r/{grant.number}", None), ("/r/INS-001", None), ("/trail", None), ("/trail", a_filter),
        (f"/trail?record={open_}", None), ("/trail?record=NONE", None), ("/trail/refusals", None),
        ("/trail/refusals?rule=none", None), ("/about", None), ("/me", None), ("/me", shown_token), ("/me", shown_feed),
        ("/find?q=SOP", None),
        ("/find?q=nothing+of+the+kind", None), ("/r/NONE", None), ("/session", None), ("/accounts", None),
    ]  # fmt: skip
    assert look(qua, looks) == {}


def test_no_page_of_writing_and_administration_has_a_serious_finding(here: Site) -> None:
    home, ann, adm = here.home, here.page("ann"), here.page("adm")
    draft, open_ = home.draft(title=LONG[:290]), home.until(home.draft(title="Waiting"), "in_approval")
    person = Record.objects.get(pk=home.person("rea")).number

    def overtaken(page: Page) -> None:
        page.fill("[name=title]", "Mine")
        home.act("ann", "document.edit", draft, fields={"title": "Theirs"})
        page.get_by_role("button", name="Save a version").click()
        expect(page.locator("main")).to_contain_text("Theirs")

    found = look(ann, [
        ("/records/document/new", None), ("/records/document/new", sent_empty), ("/records/document/new", wrong_file),
        ("/records/document/new", typed), ("/", None), ("/records/sample/new", None), (f"/r/{draft}/edit", None),
        (f"/r/{draft}/edit", overtaken), (f"/r/{open_}/amend", None), (f"/r/{open_}/amend", without_reason), (f"/r/{open_}/amend", unchanged),
        (f"/r/{draft}/act/link", None), (f"/r/{draft}/act/comment", None),
    ])  # fmt: skip
    found |= look(adm, [
        ("/accounts", None), ("/accounts/invite", None), ("/accounts/invite", sent_empty), (f"/accounts/{person}/link", None),
        (f"/accounts/{person}/link", shown_link), (f"/accounts/{person}/deactivate", None), (f"/r/{person}", None),
        ("/records/grant/new", None),
    ])  # fmt: skip
    assert found == {}


def test_menus_and_dialogs_open_and_close_by_keyboard_and_give_the_focus_back(here: Site, tmp_path: Path) -> None:
    assert tmp_path.is_dir()
    page, number = here.page("qua"), here.home.until(here.home.draft(title="By keyboard"), "in_approval")
    page.goto(f"/r/{number}")
    more = page.locator(".i-head summary", has_text="More")
    more.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".i-menu__card")).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent.trim()") == "PDF"
    page.keyboard.press("Escape")
    expect(page.locator(".i-menu__card")).to_be_hidden()
    expect(more).to_be_focused()

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Find or do")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(more).to_be_focused()

    page.keyboard.press("?")
    expect(page.locator("#keys-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()

    page.set_viewport_size({"width": 360, "height": 740})
    drawer = page.get_by_role("button", name="More", exact=True)
    drawer.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#nav")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#nav")).to_be_hidden()
    expect(drawer).to_be_focused()
