"""The reviews of the demo company in a browser: what was planted stands first, is decided by whoever may, and is signed by two."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from indelible.project.demo.hiring import PASSWORD
from tests.journeys import halcyra, looking, steps
from tests.journeys.halcyra import Company
from tests.journeys.site import Site
from tests.modules.trails import WHY

pytestmark = [pytest.mark.chromium, pytest.mark.engine_free]  # the company is on a file of its own, as `make demo` has it
OWNER, HEAD, MANAGER, AUDITOR = "isolheim", "dwhitfield", "atanabe", "sosei"
ACCESS, TRAIL, DRILL = "ARV-002", "TRV-002", "DRL-002"
ODD = [  # the planted access, in the order in which it must stand
    ("Priya Nair", "leaver: left on 2026-10-14"), ("Hannah Lindqvist", "given before its training on SOP-013"),
    ("Nikhil Rao", "given before its training on SOP-013"), ("Aiko Tanabe", "no second factor"), ("Dana Whitfield", "no second factor"),
]  # fmt: skip
STRANGE = [  # the planted events: rule, event, and a word of what they were
    ("high: clock step", "INS-001", "stepped by +61.0 seconds"), ("high: access changed off hours", "GRT-0047 1", "23:40, Aiko Tanabe"),
    ("high: access changed off hours", "GRT-0047 2", "23:47, Ingrid Solheim"), ("high: repeated edits", "SOP-019.01 2 to 41", "40 times"),
    ("medium: failed signing", "SOP-014.04", "Kwame Mensah"), ("medium: weak reason", "TRN-00576", "Practised today"),
    ("medium: weak reason", "SOP-019.01 41", "needs a reason that says why"),
]  # fmt: skip


@pytest.fixture(scope="module")
def company(loaded_company: Path, tmp_path_factory: pytest.TempPathFactory) -> Company:
    return halcyra.copied(loaded_company, tmp_path_factory.mktemp("reviews") / "home")


@pytest.fixture(scope="module")
def here(company: Company) -> Iterator[Site]:
    """Serve a copy of the company for the journeys of this module."""
    with company.served() as opened:
        yield opened


def from_my_work(page: Page, number: str, why: str) -> None:
    """Open a record from the list of the own open work, which says why it is there."""
    page.goto("/")
    row = page.locator(".i-work > li", has_text=number)
    expect(row).to_contain_text(why)
    row.get_by_role("link").first.click()
    page.wait_for_url(f"**/r/{number}")


def rows(page: Page, title: str) -> Locator:
    """Give the rows of a table by its heading."""
    return page.locator(f"section[aria-label='{title}'] tbody tr")


def is_readable(page: Page, title: str) -> None:
    """See that a table is not wider than its place, on a desk of 1,300 pixels and on a phone, in both themes."""
    for width, theme in ((1300, "light"), (1300, "dark"), (360, "dark"), (360, "light")):
        page.set_viewport_size({"width": width, "height": 1000})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        wide = page.locator(f"section[aria-label='{title}'] .i-scroll")
        assert wide.evaluate("one => one.scrollWidth - one.clientWidth") <= 0, (title, width)
        assert page.evaluate(looking.BEYOND) == []
    page.set_viewport_size({"width": 1360, "height": 1000})


def decide(page: Page, ids: list[str], decision: str, reason: str) -> None:
    """Decide lines of the access review, on the page that needs no script."""
    page.goto(f"/r/{ACCESS}/act/decide_lines")
    for one in ids:
        page.locator(f"[name=lines][value='{one}']").check()
    page.select_option("[name=decision]", decision)
    page.fill("[name=reason]", reason)
    page.get_by_role("button", name="Decide lines").last.click()


def own_lines(page: Page, name: str) -> list[str]:
    """Give the lines of one person that nobody has decided, by their ids."""
    page.goto(f"/r/{ACCESS}/act/decide_lines")
    open_ones = page.locator("label.i-check", has_text=f": {name},").filter(has_not_text="decided:")
    return [str(one.get_attribute("value")) for one in open_ones.locator("input").all()]


def can_sign_in(here: Site, user: str) -> bool:
    """Say whether somebody's password opens anything now."""
    context = here.browser.new_context(base_url=here.address)
    page = here.watched(context.new_page())
    page.goto("/login")
    page.fill("[name=login]", user)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_load_state()
    opened = "/login" not in page.url
    context.close()
    return opened


def test_the_review_of_access_from_my_work_to_what_it_ends(here: Site) -> None:
    no = steps.TurnedAway()
    owner = here.page(OWNER)  # who has a second factor, and gave it
    from_my_work(owner, ACCESS, "As system owner")
    owner.get_by_role("link", name="Open").and_(owner.locator("a[href$='/panels/access-review']")).click()
    for at, (who, odd) in enumerate(ODD):
        row = rows(owner, "Flagged").nth(at)
        expect(row).to_contain_text(who)
        expect(row).to_contain_text(odd)
        expect(row).to_be_in_viewport()
    expect(rows(owner, "Flagged").filter(has_text="no second factor")).to_have_count(2)
    is_readable(owner, "Flagged")
    is_readable(owner, "Not flagged")

    no(owner, ACCESS, "submit", "no_line_undecided")
    assert can_sign_in(here, "pnair")
    decide(owner, ["1"], "revoke", "Left in October, as the roster says")
    owner.wait_for_url(f"**/r/{ACCESS}")
    assert not can_sign_in(here, "pnair")  # at once, not with the closing
    owner.goto("/r/GRT-0023")
    expect(owner.locator(".i-rail [aria-current]")).to_contain_text("Ended")

    mine = own_lines(owner, "Ingrid Solheim")
    assert len(mine) == 3  # the flagged one, and what was kept for everybody else
    decide(owner, mine, "keep", "It is my work to look after the system")
    expect(owner.get_by_role("main")).to_contain_text("Nobody reviews the own access")
    decide(owner, ["2"], "revoke", "Given at night, before she was trained")
    owner.wait_for_url(f"**/r/{ACCESS}")
    decide(owner, ["3", "6", "8"], "keep", "The work is as it was, and the training is made up for")
    owner.wait_for_url(f"**/r/{ACCESS}")
    decide(owner, ["4", "5"], "keep", "A code beside the password is asked of both from Monday on")
    owner.wait_for_url(f"**/r/{ACCESS}")
    no(owner, ACCESS, "submit", "no_line_undecided")

    head = here.page(HEAD)
    decide(head, mine, "keep", "System owner by decision of the management")
    head.wait_for_url(f"**/r/{ACCESS}")
    no(owner, ACCESS, "submit", "required_fields")
    owner.goto(f"/r/{ACCESS}/edit")
    owner.fill("[name=summary]", "One leaver, one role given too early; two quality approvers get a second factor")
    owner.get_by_role("button", name="Save a version").click()
    owner.wait_for_url(f"**/r/{ACCESS}")
    halcyra.sign(owner, ACCESS, "submit", OWNER)

    no(owner, ACCESS, "close", "authority")
    owner.goto("/r/GRT-0047")
    expect(owner.locator(".i-rail [aria-current]")).to_contain_text("Active")
    manager = here.page(MANAGER)
    from_my_work(manager, ACCESS, "As quality approver")
    halcyra.sign(manager, ACCESS, "close", MANAGER)
    owner.goto("/r/GRT-0047")
    expect(owner.locator(".i-rail [aria-current]")).to_contain_text("Ended")
    owner.goto(f"/r/{ACCESS}/panels/access-review")
    expect(rows(owner, "What became of it")).to_have_count(2)
    assert no.rules == ["no_line_undecided", "no_line_undecided", "required_fields", "authority"]


def row_of(page: Page, line: int) -> str:
    """Give how the boxes of a decision are named: the rows stand in the order of the lines."""
    expect(page.locator(f"[name='decisions.{line - 1}.line']")).to_have_value(str(line))
    return f"decisions.{line - 1}"


def judge(page: Page, lines: dict[int, str], why: dict[int, str] | None = None) -> None:
    """Open the review for editing and put a decision into the rows of some lines; nothing is saved."""
    page.goto(f"/r/{TRAIL}/edit")
    for line, decision in lines.items():
        row = row_of(page, line)
        page.select_option(f"[name='{row}.decision']", decision)
        page.fill(f"[name='{row}.comment']", (why or {}).get(line, WHY if decision else ""))


def save(page: Page, number: str = TRAIL) -> None:
    page.get_by_role("button", name="Save a version").click()
    page.wait_for_url(f"**/r/{number}")


def refused(page: Page, rule: str) -> None:
    """Try to save, and read on the page which rule refuses it."""
    page.get_by_role("button", name="Save a version").click()
    expect(page.get_by_role("main")).to_contain_text(rule)


def appears(page: Page, number: str, words: str) -> None:
    """Look at a record until what the system does by itself is there."""
    for _ in range(40):
        page.goto(f"/r/{number}")
        if words in page.get_by_role("main").inner_text():
            return
        page.wait_for_timeout(250)
    expect(page.get_by_role("main")).to_contain_text(words)


def is_done(page: Page, number: str) -> None:
    """See that a record leaves the list of the own open work."""
    for _ in range(40):
        page.goto("/")
        if not page.locator(".i-work > li", has_text=number).count():
            return
        page.wait_for_timeout(250)
    expect(page.locator(".i-work > li", has_text=number)).to_have_count(0)


def answer(page: Page) -> None:
    """Answer the query as the one who is asked."""
    from_my_work(page, "TRQ-001", "You own it")
    page.goto("/r/TRQ-001/edit")
    page.fill("[name=answer]", "I tried which groups the form takes, and put it back as it was")
    save(page, "TRQ-001")
    steps.do(page, "Answer")


def test_the_review_of_the_trail_with_a_query_an_incident_and_lines_of_quality(here: Site) -> None:
    no = steps.TurnedAway()
    manager, auditor, head = here.page(MANAGER), here.page(AUDITOR), here.page(HEAD)
    from_my_work(manager, TRAIL, "As quality operations")
    manager.set_viewport_size({"width": 1300, "height": 1000})
    is_readable(manager, "Flagged lines")
    manager.goto(f"/r/{TRAIL}/panels/trail-review")
    for at, (rule, event, what) in enumerate(STRANGE):
        row = rows(manager, "Flagged lines").nth(at)
        for words in (rule, event, what):
            expect(row).to_contain_text(words)
        expect(row).to_be_in_viewport()
    for title in ("Flagged lines", "Random sample"):
        is_readable(manager, title)
    expect(rows(manager, "Random sample")).to_have_count(10)

    no(manager, TRAIL, "submit", "every_line_is_decided")
    judge(manager, {2: "fine"})
    refused(manager, "your own act or access")
    judge(manager, {1: "incident", 3: "fine", 4: "query", 5: "fine", 6: "fine", 7: "fine", 8: "fine", 9: "fine", 11: "fine"},
          {1: "Nobody set the clock, and 61 seconds are more than it drifts in a year", 4: "Why did the audience change forty times?"})  # fmt: skip
    save(manager)
    appears(manager, TRAIL, "TRQ-001")
    appears(manager, TRAIL, "incident INC-")
    no(manager, TRAIL, "submit", "every_line_is_decided")

    from_my_work(auditor, TRAIL, "As internal auditor. Acts of Quality: line 2, 10")
    judge(auditor, {2: "fine", 10: "fine"}, {2: "Asked for by telephone, and approved by the owner within six minutes"})
    save(auditor)
    is_done(auditor, TRAIL)

    manager.goto(f"/r/{TRAIL}/edit")
    manager.fill("[name=sample_found]", "Ten events, each as its record says")
    manager.fill("[name=conclusion]", "One incident for the clock; the rest is explained")
    save(manager)
    no(manager, TRAIL, "submit", "queries_are_answered")
    answer(here.page("cmartin"))
    manager.goto("/r/TRQ-001")
    steps.do(manager, "Settled")
    halcyra.sign(manager, TRAIL, "submit", MANAGER)

    no(manager, TRAIL, "close", "reviewer_does_not_close")
    from_my_work(head, TRAIL, "As quality approver")
    head.goto(f"/r/{TRAIL}/panels/trail-review")
    expect(rows(head, "Flagged lines").nth(1)).to_contain_text("Samuel Osei")  # who decided on it
    halcyra.sign(head, TRAIL, "close", HEAD)
    assert len(no.rules) == 4


def test_the_restore_drill_that_is_missing_is_seen_and_made_up_for(here: Site, company: Company, tmp_path: Path) -> None:
    owner = here.page(OWNER)
    owner.goto("/")
    late = owner.locator(".i-work > li", has_text=DRILL)
    expect(late).to_contain_text("d late")
    expect(late).to_be_in_viewport()
    owner.goto("/readiness")
    drills = rows(owner, "Reviews that come back").filter(has_text="Restore drills")
    expect(drills).to_contain_text("Not shown")
    expect(drills).to_contain_text("2026-07-26")
    expect(drills).to_be_in_viewport()
    steps.TurnedAway()(owner, DRILL, "close", "declared_move")

    backup = tmp_path / "tuesday.tar"
    assert company.shell.run("backup", "create", str(backup)).code == 0
    drilled = company.shell.run("drill", "--backup", str(backup))
    assert drilled.code == 0, drilled.err
    assert f"Filed as {DRILL}" in drilled.out
    owner.goto(f"/r/{DRILL}")
    expect(owner.locator(".i-rail [aria-current]")).to_contain_text("To be verified")
    expect(owner.get_by_role("main")).to_contain_text("Everything is as it was backed up")
    steps.TurnedAway()(owner, DRILL, "close", "required_fields")

    admin = here.page("bashworth")
    admin.goto(f"/r/{DRILL}/edit")
    admin.fill("[name=copy_from]", "The second region, copied back over the private line")
    admin.fill("[name=looked_at]", "SOP-015 and DEV-003, opened on the second machine")
    admin.select_option("[name=performed_by]", label="Ben Ashworth, IT and DevOps Engineer")
    save(admin, DRILL)
    halcyra.sign(owner, DRILL, "close", OWNER)
    halcyra.sign(here.page(HEAD), DRILL, "close", HEAD)
    owner.goto("/readiness")
    expect(drills).to_contain_text("Shown")
