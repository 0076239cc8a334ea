"""What makes a run official: plan and protocols that people approved, and scripts that are byte for byte those that they hold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from indelible.assurance.qualification import installation, planning, results
from indelible.assurance.qualification.planning import Script
from indelible.infra import build
from indelible.kernel import config, records
from indelible.kernel.errors import Refused
from indelible.kernel.models import Record
from indelible.project.qualifying import officially, packing, qualify
from tests.homes import TestHome
from tests.modules import validating as ways
from tests.modules.events import head
from tests.modules.trained import settle

AT = "2026-01-02T03:04:05+00:00"
STEP = {"action": "Sign", "given": "a password", "expected": "signed", "by": "q.author"}
SCRIPT = Script(
    "OQ-SIG-001",
    "",
    "It signs",
    "Shows that it signs",
    "OQ",
    "kernel/test_signing.py",
    ("URS-SIG-001",),
    False,
    "b" * 64,
    (STEP,),
)
CHECK = "IQ-LED-003"


def planned(*scripts: Script) -> list[dict[str, Any]]:
    return officially.plain(scripts or (SCRIPT,), [CHECK])


def prepared(plant: TestHome) -> None:
    """Have the drafts made, and this system assessed with its plan approved."""
    ways.ours(plant)
    officially.prepare(planned())
    ways.assessed(plant, "SYS-001")
    ways.approve(plant, ways.document(plant, "SYS-001", "plan"), listing=False)
    plant.act("val", "gxp_system.begin_validation", "SYS-001")


def gathered(plant: TestHome, kind: str) -> str:
    """Write a document, take in all drafts, have it approved."""
    made = ways.document(plant, "SYS-001", kind)
    plant.act("val", "document.gather_rows", made)
    settle()
    return made


def protocols_are_approved(plant: TestHome) -> None:
    """Take this system to approved protocols of IQ and OQ with the shipped requirements."""
    prepared(plant)
    ways.approve(plant, gathered(plant, "requirements"))
    for kind in ("IQ protocol", "OQ protocol"):
        ways.approve(plant, gathered(plant, kind))


@pytest.fixture(name="approved_template", scope="session")
def an_approved_template(engine: ways.Engine, tmp_path_factory: pytest.TempPathFactory) -> TestHome:
    """Build, once for this worker, a home whose protocols are approved."""
    return ways.built(engine, "approved", tmp_path_factory.mktemp("approved"), protocols_are_approved)


@pytest.fixture(name="approved")
def an_approved_home(
    engine: ways.Engine, approved_template: TestHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestHome]:
    """Give a home whose protocols are approved."""
    yield from ways.copied(engine, "approved", approved_template, tmp_path, monkeypatch)


def a_run(plan: list[dict[str, Any]], verdict: str = "passed") -> results.Run:
    steps = (
        results.StepResult(1, "Sign", "a password", "signed", "signed" if verdict == "passed" else "refused", verdict, AT),
    )
    found = tuple(
        results.ScriptResult(one["script"], "", one["title"], one["aim"], one["script"][:2], tuple(one["requirements"]),
                             one["fingerprint"], results.SITE, 1, verdict, AT, AT, 1.0, steps) for one in plan
    )  # fmt: skip
    trial = officially.why_trial(plan)
    return results.Run("RUN-1", not trial, trial, AT, AT, build.identity().name, "c" * 64, int(ways.baseline()), config.current().sha256,
                       "sqlite", "Copy", "val", {}, tuple(one.key for one in found), (results.Compared("build", "1", "1"),), found)  # fmt: skip


def test_without_plan_and_protocols_a_run_is_a_trial_and_says_what_is_missing(plant: TestHome) -> None:
    assert officially.why_trial(planned()) == (
        "no approved plan of SYS-001", "no approved IQ protocol of SYS-001", "no approved OQ protocol of SYS-001",
        "not approved with a protocol: IQ-LED-003, OQ-SIG-001",
    )  # fmt: skip


def test_every_shipped_requirement_and_planned_script_becomes_a_draft_once(plant: TestHome) -> None:
    first, again = officially.prepare(planned()), officially.prepare(planned())

    assert len(first["requirements"]["made"]) > 200
    assert first["scripts"]["made"] == ["IQ-LED-003", "OQ-SIG-001"]
    assert (again["requirements"]["made"], again["scripts"]["made"]) == ([], [])
    assert head("URS-SIG-001").state == head("OQ-SIG-001").state == "draft"


def test_another_text_than_the_shipped_one_is_named_and_left_alone(plant: TestHome) -> None:
    officially.prepare(planned())
    other = replace(SCRIPT, fingerprint="e" * 64)

    assert officially.prepare(planned(other))["scripts"]["differ"] == ["OQ-SIG-001"]
    assert records.values(head("OQ-SIG-001"))["cases"][0]["fingerprint"] == "b" * 64


def test_drafts_are_not_enough(plant: TestHome) -> None:
    prepared(plant)

    assert officially.why_trial(planned())[0] == "no approved IQ protocol of SYS-001"


def test_with_approved_protocols_a_run_counts_and_is_kept(approved: TestHome) -> None:
    run = a_run(planned())

    assert run.official, run.why_not_official
    assert officially.keep(run) == {"kept": ["RUN-00001", "RUN-00002"], "not_kept": ""}
    assert {records.values(head(number))["purpose"] for number in ("RUN-00001", "RUN-00002")} == {"official"}
    assert officially.keep(run)["kept"] == [], "once"


@pytest.mark.parametrize(
    ("scripts", "told"),
    [
        ((replace(SCRIPT, fingerprint="c" * 64),), "not as approved, though it may be by one byte: OQ-SIG-001."),
        ((replace(SCRIPT, case="deviation"),), "not as approved, though it may be by one byte: OQ-SIG-001."),
        ((SCRIPT, replace(SCRIPT, script="OQ-SIG-002")), "not approved with a protocol: OQ-SIG-002."),
    ],
)
def test_what_is_not_byte_for_byte_what_the_protocol_holds_does_not_run(
    approved: TestHome, scripts: tuple[Script, ...], told: str
) -> None:
    with pytest.raises(Refused) as refused:
        officially.why_trial(planned(*scripts))

    assert (refused.value.rule, [one.text for one in refused.value.missing]) == ("protocol_is_what_runs", [told])


def test_a_script_taken_back_for_a_change_does_not_run(approved: TestHome) -> None:
    approved.act("val", "test_script.change", "OQ-SIG-001", reason="Another wording")

    with pytest.raises(Refused, match="not those of the approved protocols"):
        officially.why_trial(planned())


def test_a_trial_or_a_run_with_a_seeded_fault_never_counts(approved: TestHome, tmp_path: Path) -> None:
    def why(**given: Any) -> tuple[str, ...]:
        return qualify.Qualification(settings.HOME, tmp_path, print, ["IQ-LED-003"], **given)._why_not_official()

    assert why() == ()
    assert why(trial=True) == (qualify.ASKED,)
    assert why(fault="signing accepts any password") == (qualify.SEEDED,)


def test_a_failed_official_run_opens_its_test_deviation(approved: TestHome) -> None:
    officially.keep(a_run(planned(), "failed"))

    assert Record.objects.filter(type="test_deviation", state="open").count() >= 1


def test_a_run_of_scripts_that_were_never_prepared_says_so(plant: TestHome) -> None:
    told = officially.keep(a_run(planned()))

    assert told["kept"] == []
    assert "indelible qualify --prepare" in told["not_kept"]


def test_the_package_says_who_signed_what_and_in_which_order(approved: TestHome, tmp_path: Path) -> None:
    (tmp_path / "out" / "runs").mkdir(parents=True)
    run = a_run(planned())
    results.write(run, tmp_path / "out" / "runs")
    facts = packing.gathered(run, [SCRIPT], ["IQ-LED-003"], tmp_path / "out")

    gates = [one.gate for one in facts.timeline if one.gate]
    assert gates == ["plan approved", "requirements approved"], (
        "the protocol of PQ is not approved, so that gate is not passed"
    )
    places = [one.position for one in facts.timeline]
    assert (places, len(set(places))) == (sorted(places), len(places))
    signed = {(one.document, one.meaning, one.name) for one in facts.signatures}
    assert {
        ("VP", "authored", "Val Idation"),
        ("VP", "approved", "Sys Owner"),
        ("VP", "quality approved", "Qua Quality"),
    } <= signed
    assert {code: one.status for code, one in facts.issues.items()} == dict.fromkeys(("VP", "URS", "IQP", "OQP"), "approved")
    assert (facts.official, facts.judged, facts.previous) == (True, "RUN-1", None)


def test_every_shipped_script_can_become_a_record(plant: TestHome) -> None:
    """Its series is one of the choices, its requirements are in the catalogue, its texts fit."""
    made = planning.plan(plant.path / "configuration")
    told = officially.prepare(officially.plain(made.scripts, installation.planned([])))

    assert len(told["scripts"]["made"]) == len({one.script for one in made.scripts} | {*installation.planned([])})
