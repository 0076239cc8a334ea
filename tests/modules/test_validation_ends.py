"""What validation refuses at its end: decisions on test deviations, reports and releases; each rule is met by who breaks it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from indelible.kernel import timers
from indelible.kernel.errors import Refused
from tests.homes import TestHome
from tests.modules import supplies
from tests.modules import validating as ways
from tests.modules.events import day, head, refused

WHY = "The record says why this is right"
Later = Callable[[timedelta], None]


# --- deviations ---------------------------------------------------------------------------------------------------------


def test_a_pass_after_a_fail_waits_for_the_decision_on_its_deviation(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    first, deviation = ways.failed(lab, of, test)
    second = ways.passed(lab, of, test)
    assert "earlier_failures_are_closed" in refused(lab, "rob", "test_run.accept", second)
    assert "failures_have_their_deviations" in refused(lab, "rob", "test_run.accept", first)
    ways.analysed(lab, deviation)
    assert "earlier_failures_are_closed" in refused(lab, "rob", "test_run.accept", second)
    lab.sign("sys", "test_deviation.decide_correction", deviation)
    lab.sign("qua", "test_deviation.decide_correction", deviation)
    ways.accept(lab, second)


def test_a_deviation_that_a_step_opened_is_never_voided(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    _, deviation = ways.failed(lab, of, test)
    assert "test_did_not_fail" in refused(lab, "qua", "test_deviation.void", deviation, reason=WHY)


UNFIT: tuple[tuple[dict[str, Any], str], ...] = (
    ({"restriction": None}, "accepted_with_restriction_and_end"), ({"restricted_until": 91}, "accepted_with_restriction_and_end"),
    ({"restricted_until": 0}, "accepted_with_restriction_and_end"), ({"restricted_until": None}, "required_fields"),
    ({"accepted_because": None}, "required_fields"), ({"restriction_owner": None}, "required_fields"),
)  # fmt: skip


def test_a_major_one_is_accepted_with_restriction_and_end(lab: TestHome) -> None:
    _, deviation = ways.failed(lab, ways.OF, ways.TEST)
    ways.analysed(lab, deviation)
    whole = {
        "accepted_because": "Rare",
        "restriction": "Two people read",
        "restriction_owner": "sys",
        "restricted_until": 90,
    }
    for fields, rule in UNFIT:
        given: dict[str, Any] = whole | fields
        until = given["restricted_until"]
        given |= {"restricted_until": day(until) if isinstance(until, int) else None}
        lab.act("val", "test_deviation.edit", deviation, fields=given)
        assert rule in refused(lab, "sys", "test_deviation.accept", deviation), fields
    lab.act("val", "test_deviation.edit", deviation, fields=whole | {"restricted_until": day(90)})
    for who in ("sys", "qua"):
        lab.sign(who, "test_deviation.accept", deviation)
    assert head(deviation).state == "accepted"


def test_a_critical_one_is_never_accepted_and_forbids_the_release(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    _, deviation = ways.failed(lab, of, test)
    assert "critical_test_deviations_ended" in refused(lab, "sys", "gxp_system.release", of)
    ways.analysed(lab, deviation, **{"class": "critical"})
    assert "declared_move" in refused(lab, "sys", "test_deviation.accept", deviation)
    assert "declared_move" in refused(lab, "rob", "test_deviation.correct_at_once", deviation)
    assert "critical_test_deviations_ended" in refused(lab, "sys", "gxp_system.release", of)


def test_an_accepted_one_is_decided_again_when_its_time_is_over(lab: TestHome, later: Later) -> None:
    of = ways.OF
    test = ways.TEST
    _, deviation = ways.failed(lab, of, test)
    ways.analysed(lab, deviation)
    given = {
        "accepted_because": "Rare",
        "restriction": "Two people read",
        "restriction_owner": "sys",
        "restricted_until": day(30),
    }
    lab.act("val", "test_deviation.edit", deviation, fields=given)
    for who in ("sys", "qua"):
        lab.sign(who, "test_deviation.accept", deviation)
    assert head(deviation).state == "accepted"
    later(timedelta(days=31))
    timers.run_due()
    assert head(deviation).state == "analysed"


def test_a_deviation_is_closed_by_a_later_run_that_another_person_saw(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    first, deviation = ways.failed(lab, of, test)
    ways.correcting(lab, deviation)
    assert "required_fields" in refused(lab, "val", "test_deviation.close", deviation)
    lab.act("val", "test_deviation.edit", deviation, fields={"passed_by": [first]})
    assert "later_run_passed" in refused(lab, "val", "test_deviation.close", deviation)
    second = ways.passed(lab, of, test)
    lab.act("val", "test_deviation.edit", deviation, fields={"passed_by": [second]})
    assert "later_run_passed" in refused(lab, "val", "test_deviation.close", deviation)  # nobody reviewed it


# --- reports and releases -----------------------------------------------------------------------------------------------

ON = {"build": "4.2", "baseline": "-"}


def test_a_report_is_not_approved_over_what_nobody_reviewed(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    ways.passed(lab, of, test)
    made = ways.document(lab, of, "OQ report", **ON)
    lab.act("val", "document.list_rows", made)
    lab.sign("val", "document.submit", made)
    lab.sign("rob", "document.agree", made)
    assert "results_were_reviewed" in refused(lab, "qua", "document.approve", made)


@pytest.mark.parametrize("build", ["4.1", "4.3"])
def test_a_summary_of_another_build_is_refused(lab: TestHome, build: str) -> None:
    of = ways.OF
    test = ways.TEST
    ways.accept(lab, ways.passed(lab, of, test))
    for kind in ("IQ report", "OQ report"):
        ways.approve(lab, ways.document(lab, of, kind, **ON))
    made = ways.document(lab, of, "summary report", build=build, baseline="-")
    lab.sign("val", "document.submit", made)
    lab.sign("rob", "document.agree", made)
    assert "summary_is_complete" in refused(lab, "qua", "document.approve", made)


def test_a_summary_with_an_uncovered_requirement_names_it(lab: TestHome) -> None:
    of = ways.OF
    test = ways.TEST
    ways.accept(lab, ways.passed(lab, of, test))
    for kind in ("IQ report", "OQ report"):
        ways.approve(lab, ways.document(lab, of, kind, **ON))
    bare = ways.requirement(lab, of)
    made = ways.document(lab, of, "summary report", **ON)
    lab.sign("val", "document.submit", made)
    lab.sign("rob", "document.agree", made)
    with pytest.raises(Refused, match=f"{bare} \\(undecided\\)"):
        lab.sign("qua", "document.approve", made)
    lab.sign("qua", "validation_requirement.exclude", bare, WHY)
    ways.signs(lab, made)
    assert head(made).state == "approved"


@pytest.mark.parametrize(
    ("fields", "rule"),
    [({"risk": "low"}, "overall_risk_is_the_highest"), ({"access_because": None}, "required_fields"),
     ({"components": [{"component": "Rules", "category": "5"}]}, "components_have_their_category"),
     ({"supplied": "bought"}, "required_fields"), ({"gxp_use": "none"}, "declared_move")],
)  # fmt: skip
def test_a_system_is_assessed_whole(plant: TestHome, fields: dict[str, Any], rule: str) -> None:
    assert rule in refused(plant, "sys", "gxp_system.assess", ways.system(plant, **fields))


def test_a_system_is_released_only_with_everything_that_it_needs(plant: TestHome) -> None:
    of = ways.planned(plant)
    sop = plant.until(plant.draft(), "approved")
    given = {"administrators": ["adm"], "procedure": [sop], "backup": "Nightly", "next_review": day(-1)}
    plant.act("val", "gxp_system.edit", of, fields=given)

    assert refused(plant, "sys", "gxp_system.release", of) >= {
        "summary_report_approved", "procedures_effective", "users_trained", "restore_tested", "first_reviews_scheduled",
    }  # fmt: skip


def test_bought_software_needs_its_approved_supplier(plant: TestHome) -> None:
    supplies.hire(plant)
    of = ways.system(plant, supplied="bought", supplier=[supplies.supplier(plant)])
    ways.assessed(plant, of)
    ways.approve(plant, ways.document(plant, of, "plan"), listing=False)
    plant.act("val", "gxp_system.begin_validation", of)
    assert "supplier_approved" in refused(plant, "sys", "gxp_system.release", of)
