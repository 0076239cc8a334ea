"""Drift in a browser: the badge on every page leads to what differs; compared again it is gone, and stands in what there was."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from indelible.assurance.drift import approved
from indelible.kernel.models import Record
from tests import homes
from tests.journeys import looking
from tests.journeys.site import Site

pytestmark = pytest.mark.chromium


def test_the_badge_leads_to_what_differs_and_goes_when_it_is_put_back(here: Site, template: homes.TestHome) -> None:
    folder = here.home.path / "configuration"
    shutil.copytree(template.path / "configuration", folder)
    approved.seal("The journey begins")
    ann = here.page("ann")
    ann.goto("/")
    expect(ann.locator(".i-vstate")).not_to_contain_text("Drifted")
    kept = edit(folder / "policies.yaml", "idle_minutes: 15", "idle_minutes: 30")

    ann.goto("/drift")
    ann.get_by_role("button", name="Compare now").click()
    expect(ann.get_by_role("main")).to_contain_text("configuration.policies.idle_minutes")
    expect(ann.locator(".i-banner")).to_contain_text("1 thing differs from the approved state")
    assert looking.faults(ann, "drift", 0) == {}
    number = Record.objects.get(type="drift").number
    for path in ("/", "/trail", "/records/document"):
        ann.goto(path)
        expect(ann.locator(".i-vstate")).to_contain_text("Drifted")
    ann.locator("a.i-vstate").click()
    ann.wait_for_url("**/drift")
    ann.get_by_role("main").get_by_role("link", name="Incident").click()
    expect(ann.get_by_role("main")).to_contain_text("This installation differs from its approved state")

    (folder / "policies.yaml").write_text(kept, "utf-8")
    ann.goto("/drift")
    ann.get_by_role("button", name="Compare now").click()
    expect(ann.locator(".i-banner")).to_contain_text("Nothing differs from the approved state")
    expect(ann.get_by_role("main").get_by_role("table")).to_contain_text(number)
    expect(ann.locator(".i-vstate")).not_to_contain_text("Drifted")
    with ann.expect_download() as got:
        ann.goto("/about")
        ann.get_by_role("link", name="Markdown").click()
    assert Path(got.value.path()).read_text("utf-8").startswith("# Configuration Specification")


def edit(path: Path, old: str, new: str) -> str:
    """Change a text of a file, and give what it was."""
    kept = path.read_text("utf-8")
    assert old in kept
    path.write_text(kept.replace(old, new), "utf-8")
    return kept
