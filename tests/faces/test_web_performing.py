"""A script carried out by a person in the browser: who may, what a step needs, what is refused, and where a failure leads."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from indelible.kernel import records
from indelible.kernel.models import Record
from tests.faces.browsing import asked, context, sign_in, text
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import head
from tests.modules.validating import NEED, OF, TEST

SEEN = b"step;value\n1;5.2\n"


def started(home: TestHome) -> str:
    """Plan a run by Bea, and let her begin it."""
    number = ways.run(home, OF, TEST)
    home.act("bea", "test_run.start", number)
    return number


def record(
    client: Any, number: str, actual: str = "5.2 is stored", *, good: str = "yes", file: bytes | None = SEEN, **changed: str
) -> Any:
    """Send the form of the next step as the page gives it."""
    page = text(client.get(f"/validation/perform/{number}")).partition('class="i-step__form"')[2].partition("</form>")[0]
    sent = asked(f"<main{page}") | {"actual": actual, "passed": good} | changed
    brought = {"evidence_new": SimpleUploadedFile("seen.csv", file)} if file is not None else {}
    return client.post(f"/validation/perform/{number}", sent | brought)


def steps(number: str) -> list[dict[str, Any]]:
    return list(records.values(head(number))["steps"] or [])


def test_a_step_is_recorded_with_person_time_and_evidence(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    page = text(client.get(f"/validation/perform/{number}"))
    answer = record(client, number)

    assert "Step 1 of 2" in page
    assert "5.2 is stored" in page
    assert "Asked for: page" in page
    assert answer.status_code == 302
    (row,) = steps(number)
    assert (row["actual"], row["verdict"], row["by"]) == ("5.2 is stored", "passed", "Bea Author")
    after = text(client.get(f"/validation/perform/{number}"))
    assert "Step 2 of 2" in after
    assert f"/r/{number}/files/{row['evidence']}" in after


@pytest.mark.parametrize("user", ["val", "rob", "adm", "rea", "ann"])
def test_who_is_not_the_executor_gets_no_form_and_records_nothing(lab: TestHome, user: str) -> None:
    number, client = started(lab), sign_in(user)
    page = text(client.get(f"/validation/perform/{number}"))
    sent = {
        "do": "record_step",
        "step": "1",
        "actual": "5.2 is stored",
        "passed": "yes",
        "seen": str(head(number).position),
        "key": "k",
    }
    answer = client.post(f"/validation/perform/{number}", sent)

    assert "What was seen" not in page
    assert "Bea Author" in page
    assert answer.status_code == 403
    assert steps(number) == []


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"actual": ""}, "The actual result as a value"),
        ({"actual": "as expected"}, "The actual result as a value"),
        ({"good": ""}, "Whether it passed"),
        ({"file": None}, "The evidence that the script asks for"),
        ({"file": b""}, "seen.csv"),
        ({"step": "2"}, "Step 1 is next"),
        ({"step": ""}, "Step 1 is next"),
        ({"evidence": "00" * 32}, "One file"),
    ],
    ids=[
        "nothing",
        "as expected",
        "no verdict",
        "no evidence",
        "evidence of no bytes",
        "another step",
        "no step",
        "two files",
    ],
)
def test_a_step_that_says_too_little_is_not_recorded_and_says_why(
    lab: TestHome, changed: dict[str, Any], words: str
) -> None:
    number, client = started(lab), sign_in("bea")
    answer = record(client, number, **({"actual": "5.2 is stored"} | changed))

    assert answer.status_code == 422
    assert words in text(answer)
    assert steps(number) == []


@pytest.mark.parametrize("name", ["expected", "action", "by", "at", "verdict"])
def test_what_is_expected_and_who_recorded_it_cannot_be_sent(lab: TestHome, name: str) -> None:
    number, client = started(lab), sign_in("bea")
    more: dict[str, Any] = {name: "0 is stored"}
    answer = record(client, number, "0 is stored", **more)

    assert answer.status_code == 422
    assert f"given as well: {name}" in text(answer)
    assert steps(number) == []


def test_what_was_typed_and_brought_stays_when_a_step_is_refused(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    page = text(record(client, number, "The field shows 5.2 mg", good=""))

    assert "The field shows 5.2 mg" in page
    assert "seen.csv" in page


def test_evidence_of_another_step_is_not_evidence_of_this_one(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    record(client, number)
    answer = record(client, number, "refused: out of range")

    assert answer.status_code == 422
    assert "this file shows another step already" in text(answer)
    assert len(steps(number)) == 1


def test_a_failed_step_shows_the_deviation_that_it_opened(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    assert record(client, number, "0 is stored", good="no").status_code == 302
    opened = Record.objects.get(type="test_deviation")
    page = text(client.get(f"/validation/perform/{number}"))

    assert f"/r/{opened.number}" in page
    assert "A failed step stays failed" in page
    assert "to do" in page
    assert "its test deviation is open" in page
    assert opened.number in text(sign_in("rea").get(f"/validation/systems/{OF}"))


def test_a_step_is_not_recorded_twice_from_two_tabs(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    page = text(client.get(f"/validation/perform/{number}")).partition('class="i-step__form"')[2].partition("</form>")[0]
    sent = asked(f"<main{page}") | {"actual": "5.2 is stored", "passed": "yes"}
    first = client.post(f"/validation/perform/{number}", sent | {"evidence_new": SimpleUploadedFile("a.csv", b"a;1\n")})
    again = client.post(
        f"/validation/perform/{number}", sent | {"key": "another", "evidence_new": SimpleUploadedFile("b.csv", b"b;2\n")}
    )

    assert (first.status_code, again.status_code) == (302, 302)
    assert len(steps(number)) == 1
    assert "Nothing was recorded" in text(client.get(f"/validation/perform/{number}"))


def test_a_run_is_paused_with_a_reason_and_goes_on(lab: TestHome) -> None:
    number, client = started(lab), sign_in("bea")
    here, seen = f"/validation/perform/{number}", str(head(number).position)
    assert client.post(here, {"do": "pause", "seen": seen, "key": "p0", "reason": ""}).status_code == 403
    assert head(number).state == "running"
    assert client.post(here, {"do": "pause", "seen": seen, "key": "p1", "reason": "The server restarts"}).status_code == 302
    assert head(number).state == "paused"
    page = text(client.get(here))
    assert "What was seen" not in page
    assert client.post(here, asked(page) | {"do": "resume"}).status_code == 302
    assert head(number).state == "running"


@pytest.mark.parametrize("verb", ["accept", "refuse", "finish", "abort", "create", "edit", "", "record"])
def test_no_other_act_is_done_by_this_page(lab: TestHome, verb: str) -> None:
    number, client = started(lab), sign_in("bea")

    assert client.post(f"/validation/perform/{number}", {"do": verb, "seen": str(head(number).position)}).status_code == 404
    assert head(number).state == "running"


def test_the_bare_act_leads_to_the_page(lab: TestHome) -> None:
    number = started(lab)
    answer = sign_in("bea").get(f"/r/{number}/act/record_step")

    assert answer["Location"] == f"/validation/perform/{number}"
    assert f'href="/validation/perform/{number}"' in text(sign_in("bea").get(f"/r/{number}"))


@pytest.mark.parametrize("number", [TEST, NEED, OF, "SOP-001", "RUN-99999", "PER-001"])
def test_what_is_no_run_is_not_carried_out(lab: TestHome, number: str) -> None:
    client = sign_in("bea")

    assert client.get(f"/validation/perform/{number}").status_code == 404
    assert client.post(f"/validation/perform/{number}", {"do": "record_step"}).status_code == 404


@pytest.mark.parametrize("user", ["bea", "rea", "adm", "rob"])
def test_who_may_not_plan_a_run_is_refused(lab: TestHome, user: str) -> None:
    count = Record.objects.filter(type="test_run").count()
    client = sign_in(user)

    assert client.get(f"/validation/scripts/{TEST}/run").status_code == 403
    assert (
        client.post(
            f"/validation/scripts/{TEST}/run", {"executor": str(lab.person("bea")), "purpose": "official"}
        ).status_code
        == 403
    )
    assert Record.objects.filter(type="test_run").count() == count


def test_the_next_attempt_is_planned_from_a_run_that_failed(lab: TestHome) -> None:
    number, _ = ways.failed(lab, OF, TEST)
    client = sign_in("val")
    page = text(client.get(f"/validation/perform/{number}"))
    form = text(client.get(f"/validation/scripts/{TEST}/run"))
    empty = client.post(f"/validation/scripts/{TEST}/run", asked(form) | {"executor": "", "purpose": "official"})
    sent = {
        "executor": str(lab.person("bea")),
        "purpose": "official",
        "environment": "Test server",
        "compared": "run on production",
    }
    answer = client.post(f"/validation/scripts/{TEST}/run", asked(form) | sent)

    assert f"/validation/scripts/{TEST}/run" in page
    assert "Attempt 2" in form
    assert empty.status_code == 422
    made = Record.objects.filter(type="test_run").latest("number")
    assert answer["Location"] == f"/validation/perform/{made.number}"
    values = records.values(made)
    assert (values["attempt"], values["purpose"], values["build"]) == ("2", "official", "4.2")


@pytest.mark.usefixtures("drawn")
def test_another_system_is_shown_by_the_same_pages(lab: TestHome) -> None:
    number = ways.passed(lab, OF, TEST)
    ways.accept(lab, number)
    client = sign_in("rea")
    board, needs = (
        context(client.get(f"/validation/systems/{OF}")),
        context(client.get(f"/validation/systems/{OF}/requirements")),
    )
    one = context(client.get(f"/validation/requirements/{NEED}"))

    gates = {gate["name"]: gate["state"]["label"] for gate in board["gates"]}
    assert (gates["IQ"], gates["OQ"], gates["PQ"]) == ("1 of 1 accepted", "1 of 1 accepted", "No approved script")
    assert board["kpis"][0]["value"] == 1
    assert needs["cards"][0]["table"]["rows"][0]["cells"][0]["value"] == NEED
    assert one["state"]["label"] == "covered"
    (shown,) = [script for script in one["scripts"] if script["key"] == TEST]
    assert [step["expected"] for step in shown["steps"]] == ["5.2 is stored", "refused: out of range"]
    assert shown["steps"][0]["evidence"][0]["url"].startswith(f"/r/{number}/files/")


@pytest.mark.usefixtures("lab")
@pytest.mark.parametrize("number", ["SYS-999", NEED, "DEP-01", ".."])
def test_what_is_no_system_has_no_board(number: str) -> None:
    client = sign_in("rea")

    assert client.get(f"/validation/systems/{number}").status_code == 404
    assert client.get(f"/validation/systems/{number}/requirements").status_code == 404


@pytest.mark.usefixtures("drawn")
def test_a_plan_that_is_still_a_draft_is_for_a_reader_not_begun(lab: TestHome) -> None:
    ways.document(lab, "SYS-001", "plan")
    seen = {user: context(sign_in(user).get("/validation"))["gates"][0] for user in ("rea", "val")}

    assert (seen["rea"]["state"]["label"], seen["rea"]["number"]) == ("Not begun", "")
    assert seen["val"]["state"]["label"] == "Draft"
