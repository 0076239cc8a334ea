"""The configuration in the browser: read as a specification, as of a day, compared, edited, planned, raised, applied."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from indelible.kernel import config
from indelible.kernel.models import Record
from tests.configuration.changing import applied, approved, decided, numbers, said
from tests.faces import browsing
from tests.homes import TestHome

pytestmark = pytest.mark.usefixtures("drawn")
SAID = {"title": "Longer sessions", "reason": "Nobody reads a page of a microscope in fifteen minutes", "applied_by": ""}


def words(answer: Any) -> str:
    assert answer.status_code == 200, (answer.status_code, answer.content.decode()[:2000])
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())))


def test_what_runs_is_read_as_a_specification_and_so_is_what_ran(home: TestHome) -> None:
    number = home.draft()
    first = config.current().sha256
    applied(home, approved(home, {"types/document.yaml": ("\nlabel: Document\n", "\nlabel: Paper\n")}))
    reader = browsing.sign_in("rea")

    now, before = words(reader.get("/configuration")), words(reader.get("/configuration?baseline=1"))
    assert "This is what runs: baseline 2" in now
    assert "Paper DOC" not in before or "Document" in before
    assert "This ran, and runs no more: baseline 1" in before
    assert "A session without a request ends after so many minutes." in now
    assert "Who signs what: every step of every type" in now
    assert "Paper (document)" in words(reader.get("/configuration/types/document"))
    assert "Document (document)" in words(reader.get("/configuration/types/document?baseline=1"))
    sealed = reader.get(f"/configuration/types/document?baseline={first}")
    assert "Document (document)" in words(sealed)
    assert f"/configuration/types/document?baseline={first}" in browsing.sign_in("ann").get(f"/r/{number}").content.decode()
    listed = words(reader.get("/configuration/baselines"))
    assert listed.index("Baseline 2") < listed.index("Baseline 1")
    assert "CC-001" in listed
    compared = words(reader.get("/configuration/baselines/compare"))
    assert "types.document.label" in compared
    assert "old: Document" in compared
    assert "new: Paper" in compared


@pytest.mark.parametrize("address", [
    "/configuration?baseline=7", "/configuration?as_of=2001-01-01", "/configuration/types/nothing", "/configuration/baselines/compare?from=9",
    "/configuration/types/document?baseline=x",
])  # fmt: skip
@pytest.mark.usefixtures("home")
def test_what_never_was_is_not_there(address: str) -> None:
    assert browsing.sign_in("rea").get(address).status_code == 404


@pytest.mark.usefixtures("home")
def test_who_may_raise_no_change_proposes_nothing() -> None:
    reader = browsing.sign_in("rea")
    for address in (
        "/configuration/edit",
        "/configuration/edit/policies",
        "/configuration/plan",
        "/configuration/edit/file/policies.yaml",
    ):
        assert (reader.get(address).status_code, address) == (404, address)
    assert "Propose a change" not in words(reader.get("/configuration"))
    assert reader.post("/configuration/plan", SAID).status_code == 404


def test_a_file_is_edited_planned_raised_approved_and_applied_in_the_browser(home: TestHome) -> None:
    ann, file = browsing.sign_in("ann"), "/configuration/edit/file/policies.yaml"
    text = browsing.context(ann.get(file))["text"]

    broken = ann.post(file, {"text": text.replace("idle_minutes: 15", "idle_minuts: 20")})
    assert broken.status_code == 422
    assert "idle_minuts" in broken.content.decode()
    assert "did you mean" in broken.content.decode() or "idle_minutes" in broken.content.decode()
    assert "line" in words(ann.get("/configuration/edit"))
    assert ann.get("/configuration/plan").status_code == 302
    assert ann.post(file, {"text": text.replace("idle_minutes: 15", "idle_minutes: 20")}).status_code == 302

    planned = ann.get("/configuration/plan")
    assert "policies.idle_minutes" in words(planned)
    lacking = ann.post("/configuration/plan", SAID)
    assert (lacking.status_code, "This is asked for." in lacking.content.decode()) == (422, True)
    adm = Record.objects.get(pk=home.person("adm")).number
    raised = ann.post("/configuration/plan", SAID | {"applied_by": adm, "key": "once"})
    assert raised.status_code == 302, raised.content.decode()
    number = raised["Location"].rpartition("/")[2]
    assert browsing.context(planned)["plan"].hash in words(ann.get(f"/r/{number}"))
    assert "Nothing is edited yet." in words(ann.get("/configuration/edit"))

    given = {name: value for name, value in said(home).items() if name not in SAID}
    home.act("ann", "change.edit", number, fields=given)
    decided(home, number)
    page = browsing.sign_in("adm").get(f"/r/{number}/act/apply")
    assert "Apply the configuration" in words(page)
    answer = browsing.sign_in("adm").post(f"/r/{number}/act/apply", browsing.asked(page.content.decode()))
    assert answer.status_code in (200, 302), answer.content.decode()
    assert (config.current().policies.idle_minutes, numbers()) == (20, [1, 2])


@pytest.mark.usefixtures("home")
def test_periods_are_changed_by_a_form_that_says_their_ranges() -> None:
    ann = browsing.sign_in("ann")
    given = browsing.context(ann.get("/configuration/edit/policies"))["form"]["fieldsets"][0]["fields"]
    sent = {one["name"]: str(one["value"]) for one in given}

    refused = ann.post("/configuration/edit/policies", sent | {"idle_minutes": "90"})
    assert (refused.status_code, "90 is too large; at most 30." in refused.content.decode()) == (422, True)
    assert ann.post("/configuration/edit/policies", sent | {"idle_minutes": "25"}).status_code == 302
    shown = words(ann.get("/configuration/plan"))
    assert ("policies.idle_minutes" in shown, "old: 15" in shown, "new: 25" in shown, "1 key" in shown) == (True,) * 4


def test_a_draft_that_another_baseline_overtook_is_begun_again(home: TestHome) -> None:
    ann = browsing.sign_in("ann")
    ann.post("/configuration/edit/policies", {"idle_minutes": "25"})
    applied(home, approved(home))

    assert "Another baseline came into force" in words(ann.get("/configuration/edit"))
    assert "Nothing would change" in words(ann.get("/configuration/plan"))
    assert "Nothing is edited yet" in words(ann.post("/configuration/edit/drop", follow=True))


def test_what_would_destroy_is_shown_with_its_line_and_cannot_be_raised(home: TestHome) -> None:
    home.until(home.draft(), "in_review")
    ann, file = browsing.sign_in("ann"), "/configuration/edit/file/meanings.yaml"
    text = browsing.context(ann.get(file))["text"]
    assert ann.post(file, {"text": text.replace("I wrote or revised this", "I made this")}).status_code == 302

    page = ann.get("/configuration/plan")

    assert re.search(r"meanings.yaml:\d+:\d+: authored.text: The meaning 'authored' is reworded", words(page))
    assert "Raise the change" not in words(page)
    assert ann.post("/configuration/plan", SAID | {"applied_by": "PER-001"}).status_code == 403
    assert not Record.objects.filter(type="change").exists()
