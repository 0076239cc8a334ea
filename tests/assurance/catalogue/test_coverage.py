"""What counts as covered, and what never does: a green row is what an installation is released on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.catalogue.coverage import Ground, trace
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.planned import Planned, of
from indelible.assurance.catalogue.trace import (
    COVERED,
    EXCLUDED,
    FAILED,
    LEVERAGED,
    NO_TEST,
    NOT_RUN,
    OPEN,
    PROCEDURAL,
    STALE,
    THINNER,
    Matrix,
)
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import ABORTED, ERROR, PERSON, RELEASE, SKIPPED, Run
from indelible.assurance.qualification.results import FAILED as FELL
from tests.assurance.catalogue.runs import BUILD, CONFIGURATION, planned, result, run
from tests.assurance.catalogue.writing import LATER, OBLIGATIONS, REQUIREMENTS, read

pytestmark = pytest.mark.engine_free
HIGH, LOW = "URS-SIG-001", "URS-VAL-002"
OQ = planned("OQ-SIG-001", HIGH)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """Give two requirements: one of high priority that touches signatures, and one of low priority that touches nothing."""
    return read(tmp_path, REQUIREMENTS + LATER.replace("URS-SIG-002", LOW))


def _state(found: Matrix, name: str = HIGH) -> tuple[str, str]:
    row = found.of(name)
    return row.state, row.why


def test_a_high_one_is_covered_by_a_negative_oq_that_passed(catalogue: Catalogue) -> None:
    found = trace(catalogue, [OQ], run(result("OQ-SIG-001")), ground=Ground(BUILD, CONFIGURATION))

    assert _state(found) == (COVERED, "")
    assert found.counts() == {"total": 2, "covered": 1, "excluded": 0, "uncovered": 1}
    assert [row.requirement.id for row in found.gaps()] == [LOW]
    assert found.of(HIGH).verdicts == (("OQ-SIG-001", "passed"),)


@pytest.mark.parametrize(
    ("scripts", "said"),
    [
        ([planned("OQ-1", HIGH, negative=False)], "no OQ with a negative or fault step"),
        ([planned("PQ-1", HIGH)], "no OQ"),
        ([planned("IQ-1", HIGH)], "no OQ"),
        ([planned("OQ-1", HIGH, negative=False), planned("PQ-1", HIGH)], "no OQ with a negative"),
        ([planned("OQ-1", HIGH, second_eyes=False)], "imports nothing of the product"),
        ([planned("OQ-1", HIGH, scripted=False, origin=PERSON)], "nothing scripted"),
        ([planned("OQ-1", HIGH, origin=RELEASE)], "nothing scripted runs on this configuration"),
    ],
)
def test_a_high_one_that_is_tested_too_thinly_is_no_covered_one(
    catalogue: Catalogue, scripts: list[Planned], said: str
) -> None:
    passed = run(*(result(one.script) for one in scripts))

    state, why = _state(trace(catalogue, scripts, passed))

    assert (state, said in why) == (THINNER, True), why
    assert trace(catalogue, scripts, None).of(HIGH).state == THINNER  # known before anything runs


def test_a_medium_one_needs_a_script_and_a_low_one_any_test(catalogue: Catalogue) -> None:
    one = catalogue.requirements[LOW]
    medium = replace(one, risks=(replace(one.risks[0], severity="medium", detectability="low"),))
    other = replace(catalogue, requirements={LOW: medium})
    loose = planned("PQ-1", LOW, scripted=False, negative=False)
    fixed = replace(loose, scripted=True)

    assert medium.priority == "medium"
    assert trace(other, [loose], run(result("PQ-1"))).of(LOW).state == THINNER
    assert trace(other, [fixed], run(result("PQ-1"))).of(LOW).state == COVERED
    assert trace(catalogue, [loose], run(result("PQ-1"))).of(LOW).state == COVERED


@pytest.mark.parametrize(
    ("executed", "state", "said"),
    [
        (None, NOT_RUN, "nothing has run yet"),
        (run(), NOT_RUN, "not run: OQ-SIG-001"),
        (run(result("OQ-SIG-001", SKIPPED)), NOT_RUN, "skipped: OQ-SIG-001"),
        (run(result("OQ-SIG-001", FELL)), FAILED, "OQ-SIG-001: failed"),
        (run(result("OQ-SIG-001", ERROR)), FAILED, "OQ-SIG-001: error"),
        (run(result("OQ-SIG-001", ABORTED)), FAILED, "OQ-SIG-001: aborted"),
        (run(result("OQ-SIG-001", FELL), result("OQ-SIG-001", attempt=2)), FAILED, "no closed test deviation explains"),
        (run(result("OQ-SIG-001"), result("OQ-SIG-001", FELL, attempt=2)), FAILED, "OQ-SIG-001: failed"),
        (run(result("OQ-SIG-001", FELL), result("OQ-SIG-001", SKIPPED, attempt=2)), FAILED, "OQ-SIG-001: failed"),
        (run(result("OQ-SIG-001"), build_sha256="0" * 64), STALE, "another build"),
        (run(result("OQ-SIG-001"), configuration_sha256="0" * 64), STALE, "another configuration"),
        (run(result("OQ-SIG-001", FELL), build_sha256="0" * 64), STALE, "another build"),
    ],
)
def test_doubt_is_a_state_of_its_own(catalogue: Catalogue, executed: Run | None, state: str, said: str) -> None:
    found = trace(catalogue, [OQ], executed, ground=Ground(BUILD, CONFIGURATION))

    assert (found.of(HIGH).state, said in found.of(HIGH).why) == (state, True), found.of(HIGH).why
    assert found.counts()["covered"] == 0


def test_a_pass_after_a_fail_counts_once_its_deviation_is_closed_and_both_attempts_stay(catalogue: Catalogue) -> None:
    both = run(result("OQ-SIG-001", FELL), result("OQ-SIG-001", attempt=2))

    row = trace(catalogue, [OQ], both, ground=Ground(settled=("OQ-SIG-001",))).of(HIGH)

    assert (row.state, row.attempts) == (COVERED, 2)


def test_each_case_of_a_script_has_to_pass(catalogue: Catalogue) -> None:
    scripts = [planned("OQ-1", HIGH, case=case) for case in ("capa", "document")]
    half = run(result("OQ-1", case="capa"))
    whole = run(result("OQ-1", case="capa"), result("OQ-1", case="document"))

    assert _state(trace(catalogue, scripts, half)) == (NOT_RUN, "not run: OQ-1[document]")
    found = trace(catalogue, scripts, whole)
    assert _state(found) == (COVERED, "")
    assert found.tested_by("OQ-1") == [HIGH]
    assert found.tested_by("OQ-1[capa]") == [HIGH]
    assert found.tested_by("OQ") == []


def test_a_changed_script_or_a_changed_requirement_makes_its_result_stale(catalogue: Catalogue) -> None:
    passed, one = run(result("OQ-SIG-001", fingerprint="f")), catalogue.requirements[HIGH]

    assert trace(catalogue, [replace(OQ, fingerprint="f")], passed).of(HIGH).state == COVERED
    assert _state(trace(catalogue, [replace(OQ, fingerprint="g")], passed)) == (STALE, "OQ-SIG-001 was changed since it ran")
    same, other = Ground(fingerprints={HIGH: one.fingerprint}), Ground(fingerprints={HIGH: "another"})
    assert trace(catalogue, [OQ], passed, ground=same).of(HIGH).state == COVERED
    assert trace(catalogue, [OQ], passed, ground=other).of(HIGH).state == STALE


def test_evidence_of_a_release_stands_for_what_is_low_and_harmless_and_for_nothing_else(catalogue: Catalogue) -> None:
    ground = Ground(leveraged=(HIGH, LOW))
    found = trace(catalogue, [], None, ground=ground)

    assert found.of(LOW).state == LEVERAGED
    assert found.of(HIGH).state == NO_TEST
    assert "does not replace a test here" in found.of(HIGH).why
    assert trace(catalogue, [], None).of(LOW).state == NO_TEST
    one = catalogue.requirements[LOW]
    changes: tuple[dict[str, Any], ...] = ({"touches": "signature"}, {"area": "TRL"}, {"area": "RET"}, {"source": "own"})
    for change in changes:
        other = replace(catalogue, requirements={LOW: replace(one, **change)})
        assert trace(other, [], None, ground=ground).of(LOW).state == NO_TEST, change


def test_what_a_company_leaves_out_is_said_with_its_reason_and_counts_as_neither(catalogue: Catalogue) -> None:
    found = trace(replace(catalogue, excluded={HIGH: "We sign on paper only."}), [], None)

    assert _state(found) == (EXCLUDED, "We sign on paper only.")
    assert found.counts() == {"total": 2, "covered": 0, "excluded": 1, "uncovered": 1}
    assert (found.answer("R-1").state, found.answer("R-1").why) == (EXCLUDED, f"{HIGH}: We sign on paper only.")


ORPHANS = [
    (planned("OQ-2"), "it names no requirement"),
    (planned("OQ-2", "URS-SIG-099"), "it names URS-SIG-099, which is no requirement"),
    (OQ, "two scripts have this name"),
]


@pytest.mark.parametrize(("script", "said"), ORPHANS)
def test_a_script_that_nothing_asks_for_is_an_orphan(catalogue: Catalogue, script: Planned, said: str) -> None:
    orphans = trace(catalogue, [OQ, script], None).orphans

    assert [(one.key, one.why) for one in orphans] == [(script.key, said)]


def test_a_result_that_nobody_planned_is_an_orphan_and_covers_nothing(catalogue: Catalogue) -> None:
    found = trace(catalogue, [], run(result("OQ-SIG-001")))

    assert [(one.key, one.why) for one in found.orphans] == [("OQ-SIG-001", "it was executed and is not planned")]
    assert found.of(HIGH).state == NO_TEST


@pytest.mark.parametrize(
    ("obligation", "records", "state", "said"),
    [
        ({}, None, COVERED, ""),
        ({"kind": "shared", "who": "both"}, None, OPEN, "the product's part is covered; customer's duty, not met yet"),
        ({"kind": "shared"}, {"R-1": False}, OPEN, "not met yet"),
        ({"kind": "shared"}, {"R-1": True}, COVERED, ""),
        ({"kind": "procedural"}, {"R-1": True}, PROCEDURAL, ""),
        ({"kind": "procedural", "who": "customer"}, {"R-2": True}, OPEN, "customer's duty, not met yet"),
        ({"kind": "procedural", "who": "platform"}, None, OPEN, "the project's part, to be reviewed by the company"),
        ({"open": "Nothing here does it."}, {"R-1": True}, OPEN, "Nothing here does it."),
    ],
)
def test_an_obligation_is_met_by_what_its_kind_asks_for(
    catalogue: Catalogue, obligation: dict[str, Any], records: dict[str, bool] | None, state: str, said: str
) -> None:
    changed = replace(catalogue.obligations["R-1"], **obligation)
    other = replace(catalogue, obligations=catalogue.obligations | {"R-1": changed})

    answer = trace(other, [OQ], run(result("OQ-SIG-001")), records=records).answer("R-1")

    assert (answer.state, answer.requirements) == (state, (HIGH,))
    assert said in answer.why


def test_an_obligation_is_no_better_than_the_worst_of_what_serves_it(catalogue: Catalogue) -> None:
    second = replace(catalogue.requirements[HIGH], id="URS-SIG-003")
    other = replace(catalogue, requirements=catalogue.requirements | {second.id: second})
    scripts = [OQ, planned("OQ-3", second.id)]

    fell = trace(other, scripts, run(result("OQ-SIG-001"), result("OQ-3", FELL)))
    assert (fell.answer("R-1").state, fell.answer("R-1").why) == (FAILED, "failed: URS-SIG-003")
    assert trace(other, [OQ], run(result("OQ-SIG-001"))).answer("R-1").state == NO_TEST
    left_out = replace(other, excluded={second.id: "Not used by us at all."})
    assert trace(left_out, [OQ], run(result("OQ-SIG-001"))).answer("R-1").state == COVERED


def test_a_technical_obligation_that_nothing_serves_is_a_gap(tmp_path: Path) -> None:
    alone = (
        OBLIGATIONS
        + "  - {id: R-3, clause: '3', title: T, text: X., kind: technical, who: platform, risk: low, shown_by: Y.}\n"
    )
    answer = trace(read(tmp_path, obligations=alone), [], None, records=lambda _: True).answer("R-3")

    assert (answer.state, answer.why) == (NO_TEST, "no requirement names it")


def test_a_trial_says_so_and_the_matrix_goes_as_json(catalogue: Catalogue) -> None:
    found = trace(catalogue, [OQ], run(result("OQ-SIG-001"), official=False))
    data = found.as_data()

    assert (data["official"], data["run"], data["counts"]["total"]) == (False, "RUN-1", 2)
    assert [one["id"] for one in data["obligations"]] == ["R-1", "R-2"]
    assert data["requirements"][0]["fingerprint"] == catalogue.requirements[HIGH].fingerprint
    with pytest.raises(KeyError):
        found.of("URS-SIG-099")


def test_a_script_as_the_runner_plans_it_is_what_the_matrix_asks_for() -> None:
    script = Script("OQ-1", "capa", "T", "", "OQ", "", (HIGH,), negative=True, fingerprint="f", steps=())

    assert of(script) == planned("OQ-1", HIGH, case="capa", fingerprint="f")
