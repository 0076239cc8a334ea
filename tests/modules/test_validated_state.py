"""The validated state of this installation from its records, and the records that are made of what is shipped and of machine runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from indelible.assurance.catalogue import loading
from indelible.assurance.qualification import results
from indelible.infra import build
from indelible.kernel import records
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.modules.validation import coverage, state, taking
from indelible.practice import inventory
from indelible.project.qualifying import officially
from tests import homes
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import head
from tests.modules.trained import settle
from tests.modules.validating import Engine

RISK = {"failure": "It is lost", "cause": "A fault", "effect": "A gap", "severity": "high", "probability": "medium",
        "detectability": "low", "because": "Nobody sees it", "control": "A guard", "procedure": ""}  # fmt: skip
AT = "2026-01-02T03:04:05+00:00"


def shipped(number: str = "URS-SIG-001", **more: Any) -> dict[str, Any]:
    """Give a requirement as the catalogue has it."""
    return {"id": number, "area": number[4:7], "text": "It shall sign", "why": "Approval", "clauses": ("P11-50",), "impact": ("data",),
            "must": True, "category": "function", "touches": "signature", "risks": [RISK], "csa_high": True, "csa_because": "It signs",
            "settings": (), "types": (), "fingerprint": "a" * 64} | more  # fmt: skip


def result(script: str, verdict: str = "passed", case: str = "", fingerprint: str = "b" * 64) -> results.ScriptResult:
    steps = (
        results.StepResult(1, "Sign", "a password", "signed", "signed" if verdict == "passed" else "refused", verdict, AT),
    )
    return results.ScriptResult(script, case, f"Title of {script}", "Aim", script[:2], ("URS-SIG-001",), fingerprint, results.SITE, 1,
                                verdict, AT, AT, 1.0, steps)  # fmt: skip


def a_run(*found: results.ScriptResult, official: bool = True, identifier: str = "RUN-1", **more: Any) -> dict[str, Any]:
    given = results.Run(identifier, official, (), AT, AT, build.identity().name, "c" * 64, int(ways.baseline()), "d" * 64, "sqlite",
                        "Copy", "val", {}, tuple(one.key for one in found),
                        (results.Compared("build", "1", "1"),), found)  # fmt: skip
    return asdict(replace(given, **more))


def planned(script: str) -> dict[str, Any]:
    return asdict(result(script))


def qualified(home: TestHome) -> str:
    """Take this system to an approved summary report with one requirement and a script of IQ and OQ each; gives the report."""
    of = ways.assessed(home, ways.ours(home))
    ctx = home.people["val"]
    ways.approve(home, ways.document(home, of, "plan"), listing=False)
    home.act("val", "gxp_system.begin_validation", of)
    assert taking.requirements(ctx, [shipped()]).made == ["URS-SIG-001"]
    ways.held(home, of, "URS-SIG-001")
    assert taking.scripts(ctx, [planned("IQ-SIG-001"), planned("OQ-SIG-001")]).made == ["IQ-SIG-001", "OQ-SIG-001"]
    for one in ("IQ-SIG-001", "OQ-SIG-001"):
        ways.protocol(home, of, one)
    taking.run(SYSTEM, a_run(result("OQ-SIG-001"), result("IQ-SIG-001")))
    return reported(home, of)


def reported(home: TestHome, of: str) -> str:
    on = {"build": build.identity().name, "baseline": ways.baseline()}
    for kind in ("IQ report", "OQ report"):
        ways.approve(home, ways.document(home, of, kind, **on))
    return ways.approve(home, ways.document(home, of, "summary report", **on), listing=False)


@pytest.fixture(name="fit_template", scope="session")
def a_fit_template(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build, once for this worker, a home that is validated."""
    return ways.built(engine, "fit", tmp_path_factory.mktemp("fit"), qualified)


@pytest.fixture(name="fit")
def a_fit_home(
    engine: Engine, fit_template: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[TestHome]:
    """Give a home that is validated."""
    for made in ways.copied(engine, "fit", fit_template, tmp_path, monkeypatch):
        yield made
        if request.node.get_closest_marker("damaged") is None:
            settle()
            homes.expect_whole()


def now(home: TestHome) -> state.Standing:
    view = home.view("val")
    return state.standing(view.home_state, view.mark, view.configuration)


def test_from_nothing_to_validated_with_its_baseline(plant: TestHome) -> None:
    assert now(plant).state == state.NOT
    number = qualified(plant)

    assert now(plant) == state.Standing(
        state.VALIDATED, (f"{number} is approved for this build and baseline.",), int(ways.baseline())
    )
    assert state.stale() == {}
    runs = Record.objects.filter(type="test_run")
    assert {one.state for one in runs} == {"accepted"}  # a machine's passes went with the reports that list them


@pytest.mark.damaged(reason="a baseline comes into force without the change that would apply it")
def test_another_baseline_makes_it_pending_and_after_ten_business_days_not_validated(
    fit: TestHome, later: Callable[[timedelta], None]
) -> None:
    before = int(ways.baseline())
    homes.under(idle_minutes=14)

    assert (now(fit).state, now(fit).baseline) == (state.PENDING, before)
    assert state.stale() == {"URS-SIG-001": "stale"}
    assert "summary_report_approved" in _refused_release(fit)
    later(timedelta(days=15))
    assert now(fit).state == state.NOT


def _refused_release(home: TestHome) -> set[str | None]:
    with pytest.raises(Refused) as told:
        home.sign("sys", "gxp_system.release", inventory.THIS)
    return {one.rule for one in told.value.missing}


def test_a_critical_deviation_and_a_suspension_take_it_away(fit: TestHome) -> None:
    run = Record.objects.filter(type="test_run").order_by("number")[0].number
    fields = {
        "title": "It signs twice",
        "run": [run],
        "step": "1",
        "system": [inventory.THIS],
        "expected": "One",
        "actual": "Two",
    }
    number = fit.act("ann", "test_deviation.create", fields=fields).number
    assert (now(fit).state, now(fit).validated) == (state.NOT, False)
    ways.analysed(fit, number, **{"class": "minor"})
    assert now(fit).validated
    view = fit.view("val")
    assert state.standing("suspended", "", view.configuration).state == state.SUSPENDED
    assert state.standing("released", ", drifted", view.configuration).state == state.DRIFTED
    assert state.standing("founding", "", view.configuration).state == state.QUALIFYING


def test_a_plan_begins_the_qualification(plant: TestHome) -> None:
    of = ways.assessed(plant, ways.ours(plant))
    ways.approve(plant, ways.document(plant, of, "plan"), listing=False)
    assert now(plant).state == state.QUALIFYING


def test_what_is_shipped_is_taken_once_and_never_written_over(plant: TestHome) -> None:
    ways.ours(plant)
    ctx = plant.people["val"]
    assert taking.requirements(ctx, [shipped(), shipped("URS-OWN-001")]).made == ["URS-SIG-001", "URS-OWN-001"]
    again = taking.requirements(ctx, [shipped(fingerprint="e" * 64), shipped("URS-OWN-001")])
    assert (again.made, again.same, again.differ) == ([], ["URS-OWN-001"], ["URS-SIG-001"])
    assert head("URS-SIG-001").state == "draft"
    assert ways.requirement(plant, inventory.THIS) == "URS-OWN-002"  # own numbers go on after the shipped ones


def test_a_script_with_another_byte_is_not_brought_in_as_official(fit: TestHome) -> None:
    with pytest.raises(Refused) as told:
        taking.run(SYSTEM, a_run(result("IQ-SIG-001", fingerprint="f" * 64), identifier="RUN-2"))
    assert "fingerprint_is_the_approved_one" in {one.rule for one in told.value.missing}


def test_a_run_on_something_else_is_not_official(fit: TestHome) -> None:
    elsewhere: tuple[tuple[dict[str, Any], str], ...] = (
        ({"build": "0+0"}, "build_and_baseline_match"), ({"baseline": 9}, "build_and_baseline_match"),
        ({"compared": (results.Compared("locale", "C", "de"),)}, "copy_is_as_production"), ({"compared": ()}, "copy_is_as_production"),
    )  # fmt: skip
    for place, (more, rule) in enumerate(elsewhere, 2):
        with pytest.raises(Refused) as told:
            taking.run(SYSTEM, a_run(result("IQ-SIG-001"), identifier=f"RUN-{place}", **more))
        assert rule in {one.rule for one in told.value.missing}, more
    assert {one.state for one in Record.objects.filter(type="test_run", number__gt="RUN-00002")} == {"planned"}


def test_a_trial_is_kept_and_counts_for_nothing(plant: TestHome) -> None:
    of = ways.ours(plant)
    taking.requirements(plant.people["val"], [shipped()])
    taking.scripts(plant.people["val"], [planned("OQ-SIG-001")])
    ran = a_run(result("OQ-SIG-001"), official=False)
    (number,) = taking.run(SYSTEM, ran).made
    assert (head(number).state, taking.run(SYSTEM, ran).made) == ("trial", [])
    assert coverage.of_system(of, coverage.ground(of)) == {"URS-SIG-001": "undecided"}


def test_a_failed_machine_run_opens_its_deviation_and_is_not_covered(fit: TestHome) -> None:
    (number,) = taking.run(SYSTEM, a_run(result("OQ-SIG-001", "failed"), identifier="RUN-2")).made
    settle()
    (deviation,) = Record.objects.filter(type="test_deviation")
    assert records.values(deviation)["run"][0]["number"] == number
    assert state.stale() == {"URS-SIG-001": "failed"}
    assert now(fit).state == state.NOT


def test_the_whole_catalogue_is_taken_as_drafts(plant: TestHome) -> None:
    ways.ours(plant)
    shipped_ones = loading.load().requirements
    taken = officially.prepare([])["requirements"]
    assert sorted(taken["made"]) == sorted(shipped_ones)
    said = {one.number: records.values(one)["priority"] for one in Record.objects.filter(type="validation_requirement")}
    assert said == {name: one.priority for name, one in shipped_ones.items()}
