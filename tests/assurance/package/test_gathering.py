"""What the catalogue, the plan and the specification say arrives in the package unchanged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from indelible.assurance.catalogue import coverage, loading
from indelible.assurance.catalogue.planned import Planned as Collected
from indelible.assurance.package import asking, gathering, refusals, scripts, traced, writing
from indelible.assurance.package.facts import GAPS, Facts
from indelible.assurance.qualification.results import PERSON
from indelible.assurance.specification.meanings import Key
from tests.assurance.package import made

pytestmark = pytest.mark.engine_free


@pytest.fixture(scope="module")
def shipped() -> Facts:
    """Give facts with the shipped catalogue, of which a few requirements are tested."""
    catalogue = loading.load()
    plan = tuple(made.script(number, list(catalogue.requirements)[:10], 1) for number in range(20))
    run = made.run(None, plan, 1)
    collected = [
        Collected(one.key, one.script, "", one.requirements, one.level, negative=True, fingerprint=one.fingerprint)
        for one in plan
    ]
    found = coverage.trace(catalogue, [*collected, replace(collected[0], key="OQ-XXX-001", requirements=())], run)
    return replace(made.small(), obligations=catalogue.obligations, requirements=catalogue.requirements, matrix=gathering.matrix(found), runs=(run,),
                   plan=plan, drafts=catalogue.drafts, principles=gathering.principles(catalogue, found, {}, {}))  # fmt: skip


def test_every_requirement_and_every_obligation_of_the_catalogue_stands_in_the_matrix(shipped: Facts) -> None:
    assert traced.absent(shipped) == []
    assert traced.untraced(shipped) == []
    assert len(shipped.matrix.duties) == len(shipped.obligations) == 250
    assert {one.state for one in shipped.matrix.rows} & {*GAPS}
    assert shipped.matrix.orphans == ("OQ-XXX-001",)


def test_what_the_catalogue_leaves_uncovered_speaks_against_approval(shipped: Facts) -> None:
    rules = {(one.rule, one.about) for one in refusals.unapprovable(shipped)}

    for row in shipped.matrix.rows:
        rule = "without_test" if row.state == "no test" else "uncovered"
        assert ((rule, row.requirement) in rules) is (row.state in GAPS)
    assert ("orphan", "OQ-XXX-001") in rules


def test_the_draft_is_a_look_ahead_and_no_obligation(shipped: Facts, tmp_path: Path) -> None:
    told = str(traced.document(shipped).chapters)

    assert "Look-ahead: EU Annex 11 (draft" in told
    assert "nothing here counts as covered" in told
    assert not [one for one in shipped.obligations.values() if "draft" in one.source]
    assert writing.write_one(shipped, traced.document(shipped), tmp_path).pages > 10


def test_each_principle_has_its_control_and_says_what_was_not_given(shipped: Facts) -> None:
    assert len(shipped.principles) >= 9
    assert all(one.control for one in shipped.principles)
    assert "not given" in str(traced.document(shipped).chapters)


def test_a_reason_below_high_stands_in_the_risk_assessment(shipped: Facts) -> None:
    lowered = [one for one in shipped.requirements.values() if one.below_high]
    told = str(asking.assessment(shipped).chapters)

    assert lowered
    for one in lowered:
        assert one.id in told


def test_a_plan_keeps_steps_expectations_and_fingerprint() -> None:
    step = {"action": "Sign", "given": "password only", "expected": "refused", "by": "q.author"}
    told = {"script": "OQ-SIG-004", "case": "document", "title": "Both", "aim": "To see", "level": "OQ", "module": "kernel", "requirements": ["URS-SIG-001"],
            "negative": True, "fingerprint": made.sha("x"), "steps": [step]}  # fmt: skip

    [one] = gathering.planned([told], made.requirements(14), PERSON)

    assert (one.key, one.fingerprint, one.steps) == (
        "OQ-SIG-004[document]",
        made.sha("x"),
        (("Sign", "password only", "refused"),),
    )
    assert (one.accounts, one.origin, one.risk) == ("q.author", PERSON, made.requirements(14)["URS-SIG-001"].priority)


def test_a_check_of_the_installation_has_no_steps_before_and_its_protocol_says_why() -> None:
    [one] = gathering.checks(
        [
            SimpleNamespace(
                id="IQ-SYS-001", title="Files", aim="To see", requirements=("URS-SYS-001",), fingerprint=made.BUILD
            )
        ]
    )

    assert (one.level, one.steps, one.fingerprint) == ("IQ", (), made.BUILD)
    assert "worked out on the installation itself" in str(
        scripts.protocol(replace(made.small(), plan=(one,)), "IQ").chapters
    )


@pytest.mark.parametrize(("verdict", "tested"), [("passed", "15"), ("failed", ""), ("skipped", "")])
def test_a_setting_was_tested_where_a_script_of_it_passed(verdict: str, tested: str) -> None:
    given = made.small()
    plan = (replace(given.plan[0], key="OQ-CFG-001[policies.idle_minutes]"),)
    one = replace(given.runs[0].results[0], script="OQ-CFG-001", case="policies.idle_minutes", verdict=verdict)
    key = Key("policies.idle_minutes", 15, "Minutes.", 15, "5 to 30", gxp=True, given=True)

    [row] = gathering.settings([key], made.requirements(3), plan, replace(given.runs[0], results=(one,)))

    assert (row.specified, row.running, row.tested) == ("15", "15", tested)
    assert row.requirements == tuple(sorted(made.requirements(3)))


def test_a_setting_without_script_was_not_tested() -> None:
    given = made.small()
    key = Key("policies.idle_minutes", 15, "Minutes.", 15, "5 to 30", gxp=True, given=True)

    [row] = gathering.settings([key], {}, given.plan, given.run, approved={"policies.idle_minutes": "10"})

    assert (row.specified, row.running, row.tested) == ("10", "15", "")


def test_a_deviation_of_the_records_settles_the_failure_that_it_is_about() -> None:
    given = made.small()
    key = given.plan[0].key
    failed = replace(made.altered(given, key, verdict="failed").runs[0], id="RUN-00000")
    values = {"title": "It did not refuse", "step": "1", "expected": "refused", "actual": "done", "class": "major", "kind": "script", "cause": "A typo",
              "effect_on_tests": "none", "correction": "Corrected", "passed_by": [{"number": "RUN-00001"}], "accepted_because": "",
              "restriction": None}  # fmt: skip
    settled = gathering.deviation("TDV-0001", "closed", values, run="RUN-00000", script=key)
    both = replace(given, runs=(failed, *given.runs))

    assert (settled.step, settled.severity, settled.kind, settled.impact, settled.retest) == (
        1,
        "major",
        "script",
        "none",
        "RUN-00001",
    )
    assert [one.rule for one in refusals.unapprovable(both)] == ["pass_after_fail"]
    assert refusals.unapprovable(replace(both, deviations=(settled,))) == []


def test_an_accepted_deviation_prints_its_restriction() -> None:
    values = {"accepted_because": "Not used here", "restriction": "No imports", "restricted_until": "2027-01-31"}
    accepted = gathering.deviation("TDV-0002", "accepted", values, run="RUN-00000", script="OQ-API-001")

    assert accepted.justification == "Not used here; restriction: No imports; until 2027-01-31"
