"""The thread of a validation, from a system to its release: every step in its order, by the people who may."""

from __future__ import annotations

from typing import Any

from indelible.kernel import records
from indelible.kernel.models import Event, Record
from indelible.modules.validation import coverage
from tests import homes
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import day, head, refused
from tests.modules.trained import settle

WHY = "The record says why this is right"


def test_a_requirement_is_approved_with_the_document_that_lists_it(plant: TestHome) -> None:
    of = ways.planned(plant)
    need = ways.requirement(plant, of)
    made = ways.held(plant, of, need)

    assert head(need).state == "approved"
    (row,) = records.values(head(made))["rows"]
    assert (row["number"], row["sha256"]) == (need, bytes(head(need).version_sha256).hex())
    assert head(need).marks["approved_as"] == row["sha256"]


def test_a_script_fails_is_corrected_passes_again_and_both_runs_stay(lab: TestHome) -> None:
    of = ways.OF
    need = ways.NEED
    test = ways.TEST
    first, deviation = ways.failed(lab, of, test)
    assert head(deviation).state == "open"
    told = records.values(head(deviation))
    assert (told["expected"], told["actual"], told["step"]) == ("5.2 is stored", "0 is stored", "1")

    ways.correcting(lab, deviation)
    second = ways.passed(lab, of, test)
    ways.accept(lab, second)
    ways.accept(lab, first)
    lab.act("val", "test_deviation.edit", deviation, fields={"passed_by": [second]})
    lab.sign("val", "test_deviation.close", deviation)
    lab.sign("qua", "test_deviation.close", deviation)

    assert head(deviation).state == "closed"
    assert [records.values(head(one))["verdict"] for one in (first, second)] == ["failed", "passed"]
    assert coverage.of_system(of, coverage.Ground("4.2", "-")) == {need: "covered"}


def test_steps_carry_the_server_s_time_and_the_name_of_who_recorded_them(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", number)
    ways.step(lab, number, 1, "5.2 is stored", proof=ways.evidence(lab, text="page one"))
    (row,) = records.values(head(number))["steps"]

    event = Event.objects.get(record_id=head(number).pk, position=head(number).position)
    assert (row["by"], row["verdict"], row["action"]) == ("Bea Author", "passed", "Enter a result of 5.2")
    assert row["at"] in event.payload


def test_a_run_is_paused_and_goes_on(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.run(lab, of, test)
    lab.act("bea", "test_run.start", number)
    ways.step(lab, number, 1, "5.2 is stored", proof=ways.evidence(lab, text="page one"))
    lab.act("bea", "test_run.pause", number, reason="The server restarts for an hour")
    assert "declared_move" in refused(lab, "bea", "test_run.record_step", number, step=2, actual="refused", passed=True)
    lab.act("bea", "test_run.resume", number)
    ways.step(lab, number, 2, "refused: out of range")
    assert lab.sign("bea", "test_run.finish", number).state == "executed"


def test_a_refused_run_is_planned_again(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    number = ways.passed(lab, of, test)
    lab.act("rob", "test_run.refuse", number, reason="The evidence shows another screen")
    settle()
    again = Record.objects.filter(type="test_run").latest("number")

    assert (head(number).state, again.state, records.values(again)["attempt"]) == ("rejected", "planned", "2")
    lab.act("bea", "test_run.start", again.number)


def test_a_system_is_released_on_its_summary_report(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    ways.accept(lab, ways.passed(lab, of, test))
    on = {"build": "4.2", "baseline": "-"}
    for kind in ("IQ report", "OQ report"):
        ways.approve(lab, ways.document(lab, of, kind, **on))
    ways.approve(lab, ways.document(lab, of, "summary report", **on), listing=False)
    sop = lab.until(lab.draft(), "effective")
    course = {"what": "Use of the system", "trainee": "bea", "kind": "practical", "because": "other", "due_on": day(10), "document": [sop],
              "taught": "Everything was shown"}  # fmt: skip
    training = lab.act("rob", "training.create", fields=course).number
    given = {"administrators": ["adm"], "procedure": [sop], "backup": "Nightly", "next_review": day(90)}
    lab.act("val", "gxp_system.edit", of, fields=given)
    assert refused(lab, "sys", "gxp_system.release", of) >= {"users_trained", "restore_tested"}

    homes.hire(lab, "tra", "Tra Iner", ["trainer"])
    lab.sign("bea", "training.sign_off", training)
    lab.sign("tra", "training.sign_off", training)
    proof: dict[str, Any] = {
        "restore_tested_on": day(0),
        "restore_evidence": [ways.evidence(lab, "val", "restored")],
    }
    lab.act("val", "gxp_system.edit", of, fields=proof)
    assert lab.sign("sys", "gxp_system.release", of).state == "in_validation"
    assert lab.sign("quy", "gxp_system.release", of).state == "in_use"
