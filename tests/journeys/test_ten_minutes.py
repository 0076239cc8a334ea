"""The first ten minutes with the demo company as one journey, from the work of its Head of Quality to a company that begins anew."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from indelible.project.demo.hiring import PASSWORD
from indelible.project.demo.tampering import FORGED
from tests.journeys import halcyra, looking, steps
from tests.journeys.halcyra import Company
from tests.journeys.site import Site
from tests.journeys.test_review import picture

pytestmark = [pytest.mark.chromium, pytest.mark.engine_free]  # the company is on a file of its own, as `make demo` has it
HEAD, TRAINEE, REVISION = "dwhitfield", "ltran", "SOP-014.04"
PEOPLE_TO_TRAIN = 11
SLICE = "OQ-SIG-001"
IDLE, LONGER = "idle_minutes: 15", "idle_minutes: 30"


@pytest.fixture
def company(loaded_company: Path, tmp_path: Path) -> Company:
    return halcyra.copied(loaded_company, tmp_path / "home")


@pytest.fixture(autouse=True)
def nothing_foreign() -> None:
    """The tour looks at what it met before it stops the server."""
    return


def test_the_tour(company: Company, tmp_path: Path) -> None:
    with company.served() as here:
        head = here.page(HEAD)
        what_waits(head)
        a_redline_is_signed(head)
        a_trainee_reads_on_a_phone(here, head)
        a_deviation_with_a_photo(here, tmp_path)
        from_a_deviation_to_its_procedure(head)
        all_is_as_it_was_recorded(company, head)
        somebody_cheats(company, head)
        a_slice_of_the_qualification(company, tmp_path / "package")
        a_setting_is_changed_past_the_change(company, head)
        assert here.faults == []
        begun = company.shell.run("demo", "reset", "--as-of", halcyra.TODAY)
        assert (begun.code, "stop the server first" in begun.err) == (2, True)
    it_begins_anew(company)


def what_waits(head: Page) -> None:
    """0:00. The work of the Head of Quality, late things first."""
    head.goto("/")
    waiting = head.locator(".i-work > li")
    assert waiting.count() >= 9
    expect(head.locator(".i-work__h--late")).to_be_visible()
    expect(waiting.filter(has_text=REVISION)).to_contain_text("Approve")


def a_redline_is_signed(head: Page) -> None:
    """1:00. What changes in SOP-014, and the signature that lets it be trained on."""
    head.locator(".i-work > li", has_text=REVISION).get_by_role("link").first.click()
    head.wait_for_url(f"**/r/{REVISION}")
    head.keyboard.press("d")
    head.wait_for_url(f"**/r/{REVISION}/compare")
    for count in ("1 image", "1 moved section"):
        expect(head.locator(".i-chip", has_text=count)).to_be_visible()
    halcyra.sign(head, REVISION, "approve", HEAD)
    expect(head.get_by_role("main")).to_contain_text("Dana Whitfield")


def a_trainee_reads_on_a_phone(here: Site, head: Page) -> None:
    """2:30. Eleven people have training to do; one of them reads and signs on a phone."""
    assigned = head.locator("main tbody tr", has_text=REVISION)
    for _ in range(80):
        head.goto(f"/r/{REVISION}/panels/training-record")
        if assigned.count() == PEOPLE_TO_TRAIN:
            break
        head.wait_for_timeout(500)
    expect(assigned).to_have_count(PEOPLE_TO_TRAIN)

    context = steps.phone(here)
    page = here.watched(context.new_page())
    page.goto("/login")
    here.sign_in(page, TRAINEE)
    page.goto("/")
    link = page.locator(".i-work > li", has_text="TRN-").filter(has_text="Audit Trail Review").get_by_role("link").first
    training = str(link.get_attribute("href")).rpartition("/")[2]
    page.goto(f"/r/{REVISION}")
    chapters = page.locator("[id^='s-']")
    for at in range(chapters.count()):
        chapters.nth(at).evaluate("one => one.scrollIntoView()")
        page.wait_for_timeout(400)
    assert page.evaluate(looking.BEYOND) == []
    halcyra.sign(page, training, "acknowledge", TRAINEE)
    expect(page.get_by_role("main")).to_contain_text("I have read and understood.")
    context.close()


def a_deviation_with_a_photo(here: Site, place: Path) -> None:
    """4:00. Somebody at the bench reports what happened, with a picture, on a phone."""
    (place / "tank.png").write_bytes(picture(90))
    context = steps.phone(here)
    page = here.watched(context.new_page())
    page.goto("/login")
    here.sign_in(page, "ogrant")
    page.goto("/records/deviation/new")
    assert page.evaluate(looking.BEYOND) == []
    for name, text in (("title", "Alarm of the tank not answered"), ("what_happened", "The alarm rang for 42 minutes"),
                       ("occurred_at", "2026-11-23 08:10"), ("discovered_at", "2026-11-23 08:40"), ("place", "LN2 room"),
                       ("immediate_action", "Filled up"), ("product_or_lot", "none")):  # fmt: skip
        page.fill(f"[name={name}]", text)
    page.set_input_files("[name=photos_new]", place / "tank.png")
    expect(page.locator("#f-photos-kept input").last).to_be_checked()
    number = steps.created(page, "Create deviation", "DEV-")
    expect(page.get_by_role("main")).to_contain_text("tank.png")
    steps.do(page, "Report")
    expect(page.locator(".i-rail [aria-current]")).to_contain_text("Triage")
    assert number == "DEV-019"
    context.close()


def from_a_deviation_to_its_procedure(head: Page) -> None:
    """From a deviation that was followed up to its CAPA, its change and the procedure that was revised, by their links."""
    head.goto("/r/DEV-003")
    for number in ("CAPA-002", "CC-002", "SOP-022"):
        head.locator("main").get_by_role("link", name=re.compile(f"^{number}")).first.click()
        head.wait_for_url(re.compile(f"/r/{number}"))


def all_is_as_it_was_recorded(company: Company, head: Page) -> None:
    """5:30. The audit trail has what was just done, and everything is as it was recorded."""
    head.goto("/trail")
    expect(head.get_by_role("main")).to_contain_text("DEV-019")
    green = company.shell.run("verify")
    assert (green.code, "Everything is as it was recorded" in green.out) == (0, True)


def somebody_cheats(company: Company, head: Page) -> None:
    """6:00. A row is altered behind the product's back; it is named with record, field, and both values, and people are told."""
    told = company.shell.run("demo", "tamper", "--json").json
    found = company.shell.run("verify")
    assert found.code == 1
    (line,) = [one for one in found.out.splitlines() if FORGED in one]
    assert told["record"] in line
    assert f"position {told['position']}: printed name is '{FORGED}' in the row, '{told['old']}' in what was signed." in line
    (number,) = company.shell.run("verify", "--json").json.get("incidents") or [newest_incident(head)]
    head.goto(f"/r/{number}")
    expect(head.get_by_role("main")).to_contain_text(told["record"])
    assert company.shell.run("verify").code == 1  # it stays red


def newest_incident(page: Page) -> str:
    """Give the incident that stands first in the list of the newest."""
    page.goto("/records/incident")
    numbers = [text for text in page.locator("main tbody a.i-id").all_inner_texts() if text.startswith("INC-")]
    return max(numbers)


def a_slice_of_the_qualification(company: Company, output: Path) -> None:
    """7:00. One script runs on a copy; the package with its matrix is checked by a program that is not the product."""
    ran = company.shell.run("qualify", "--output", str(output), "--only", SLICE, "--trial", seconds=halcyra.LONG)
    assert f"{SLICE} passed" in ran.out + ran.err
    assert [*output.glob("documents/*-RTM.pdf")]
    checked = subprocess.run(
        [sys.executable, "-I", "check_package.py", "."], cwd=output, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def a_setting_is_changed_past_the_change(company: Company, head: Page) -> None:
    """8:30. Somebody edits the company's folder: every page says so, until it is put back."""
    policies = company.shell.home / "configuration" / "policies.yaml"
    text = policies.read_text("utf-8")
    assert text.count(IDLE) == 1
    policies.write_text(text.replace(IDLE, LONGER), "utf-8")
    drifted = company.shell.run("drift")
    assert (drifted.code, "configuration.policies.idle_minutes" in drifted.out) == (1, True)
    head.goto("/drift")
    expect(head.get_by_role("main")).to_contain_text("configuration.policies.idle_minutes")
    expect(head.get_by_role("banner")).to_contain_text("Drifted")
    policies.write_text(text, "utf-8")
    back = company.shell.run("drift")
    assert "configuration.policies.idle_minutes" not in back.out.partition("Ended")[0]


def it_begins_anew(company: Company) -> None:
    """9:15. The demonstration is thrown away and loaded anew: nothing of the tour is left, and all is as it was recorded."""
    begun = company.shell.run("demo", "reset", "--as-of", halcyra.TODAY, seconds=halcyra.LONG)
    assert begun.code == 0, begun.err
    assert PASSWORD in begun.out
    assert company.shell.run("verify").code == 0
    with company.served() as here:
        head = here.page(HEAD)
        head.goto("/")
        expect(head.locator(".i-work > li", has_text=REVISION)).to_contain_text("Approve")
        expect(head.get_by_role("banner")).not_to_contain_text("Drifted")
        assert head.goto("/r/DEV-019").status == 404  # type: ignore[union-attr]
        assert here.faults == []
