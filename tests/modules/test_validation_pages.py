"""A script carried out in the browser and by a program, and the validated state as pages and programs are told it."""

from __future__ import annotations

import json

from indelible.kernel import records
from tests.faces.browsing import sign_in, text
from tests.faces.calling import caller
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import head


def begun(home: TestHome) -> str:
    number = ways.run(home, ways.OF, ways.TEST)
    home.act("bea", "test_run.start", number)
    return number


def test_a_step_is_recorded_on_the_page_that_carries_a_script_out(lab: TestHome) -> None:
    number, client = begun(lab), sign_in("bea")
    assert "Record a step" in text(client.get(f"/r/{number}"))

    assert client.get(f"/r/{number}/act/record_step").headers["Location"] == f"/validation/perform/{number}"
    assert "Enter a result of 5.2" in text(client.get(f"/validation/perform/{number}"))


def test_a_program_records_a_step_for_its_person(lab: TestHome) -> None:
    number, call = begun(lab), caller(lab, "bea")
    proof = ways.evidence(lab)
    body = {"step": 1, "actual": "0 is stored", "passed": False, "evidence": proof}
    answer = call.act(f"/records/test_run/{number}", "record_step", **body)
    assert answer.status_code == 200, answer.content
    assert records.values(head(number))["verdict"] == "failed"


def test_the_state_is_told_with_its_reasons(lab: TestHome) -> None:
    said = json.loads(caller(lab, "bea").get("/validation").content)
    assert (said["validated"], said["baseline_validated"], said["stale"]) == (False, None, [])
    assert said["reasons"] == ["No summary report of SYS-001 is approved."]
    assert "not validated" in text(sign_in("bea").get("/"))
