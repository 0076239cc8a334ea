"""What speaks against approval is found, one rule after the other, and nothing speaks against what was done in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from indelible.assurance.package import limits, scripts, summary, timeline, traced, writing
from indelible.assurance.package.facts import Facts, Moment, Row, Scoped, Signature, TestDeviation
from indelible.assurance.package.refusals import Reason, unapprovable
from indelible.assurance.qualification.results import Compared
from tests.assurance.package import made

pytestmark = pytest.mark.engine_free


@pytest.fixture(scope="module")
def sound() -> Facts:
    return made.small()


def rules(given: Facts) -> set[str]:
    return {one.rule for one in unapprovable(given)}


def run(given: Facts, **values: object) -> Facts:
    """Give the facts with their run changed."""
    return replace(given, runs=(replace(given.runs[0], **values),))  # type: ignore[arg-type]


def row(given: Facts, **values: object) -> Facts:
    """Give the facts with the first row of the matrix changed."""
    rows = given.matrix.rows
    return replace(given, matrix=replace(given.matrix, rows=(replace(rows[0], **values), *rows[1:])))  # type: ignore[arg-type]


def setting(given: Facts, **values: object) -> Facts:
    return replace(given, settings=(replace(given.settings[0], **values), *given.settings[1:]))  # type: ignore[arg-type]


def retested(given: Facts, **deviation: object) -> Facts:
    """Give the facts with an official run before in which the first script failed, and a deviation of it where one is given."""
    key = given.plan[0].key
    failed = replace(made.altered(given, key, verdict="failed").runs[0], id="RUN-00000")
    found = ()
    if deviation:
        found = (TestDeviation("TDV-0001", "RUN-00000", key, 1, "It did not refuse.", "refused", "done", **deviation),)  # type: ignore[arg-type,assignment]
    return replace(given, runs=(failed, *given.runs), deviations=found)


def signed(given: Facts, *pairs: tuple[str, str]) -> Facts:
    return replace(
        given,
        signatures=tuple(
            Signature("VSR", meaning, user, user, "", f"{made.DAY}09:00:00Z", "UTC") for user, meaning in pairs
        ),
    )


def moved(given: Facts, gate: str, position: int) -> Facts:
    return replace(
        given, timeline=tuple(replace(one, position=position) if one.gate == gate else one for one in given.timeline)
    )


def certified(given: Facts, reasons: Sequence[Reason]) -> str:
    made_of = summary.certificate(given, reasons)
    return f"{made_of.first} {made_of.chapters}"


def test_nothing_speaks_against_what_was_done_in_order(sound: Facts) -> None:
    assert unapprovable(sound) == []


def test_a_failure_with_a_closed_deviation_and_a_pass_does_not_speak_against_it(sound: Facts) -> None:
    assert unapprovable(retested(sound, state="closed")) == []


def test_a_failed_trial_is_listed_and_needs_no_deviation(sound: Facts) -> None:
    key = sound.plan[0].key
    failed = replace(made.altered(sound, key, verdict="failed").runs[0], id="RUN-00000", official=False)

    assert unapprovable(replace(sound, runs=(failed, *sound.runs))) == []


def seen_by_a_person(given: Facts, **values: object) -> Facts:
    """Give the facts where the first script could not be seen by a program, and a person looked in a run beside it."""
    key = given.plan[0].key
    given = made.altered(given, key, verdict="skipped", note="a person looks")
    looked = next(one for one in made.small().runs[0].results if one.key == key)
    later = replace(
        given.runs[0],
        id="RUN-00003",
        planned=(key,),
        started=f"{made.DAY}15:00:00Z",
        results=(replace(looked, origin="person"),),
        compared=(),
    )
    return replace(given, runs=(*given.runs, replace(later, **values)), beside=("RUN-00003",))  # type: ignore[arg-type]


def test_what_no_program_could_see_counts_where_a_person_looked(sound: Facts) -> None:
    assert unapprovable(seen_by_a_person(sound)) == []
    assert rules(replace(seen_by_a_person(sound), beside=())) == {"skipped"}


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"official": False}, "trial"),
        ({"ended": ""}, "aborted"),
        ({"build_sha256": made.sha("other")}, "other_build"),
        ({"baseline": 2}, "other_configuration"),
    ],
)
def test_a_run_by_people_has_to_count_itself(sound: Facts, values: dict[str, object], rule: str) -> None:
    assert rules(seen_by_a_person(sound, **values)) == {rule}


def test_what_a_seeded_fault_breaks_is_no_failure_of_the_product(sound: Facts) -> None:
    key = sound.plan[0].key
    failed = replace(
        made.altered(sound, key, verdict="failed").runs[0], id="RUN-00002", fault="signing-accepts-any-password"
    )

    assert unapprovable(replace(sound, runs=(*sound.runs, failed))) == []


DAMAGES: dict[str, tuple[str, Callable[[Facts], Facts]]] = {
    "no run": ("no_run", lambda f: replace(f, judged="")),
    "a trial": ("trial", lambda f: run(f, official=False, why_not_official=("no approved plan",))),
    "a run with a seeded fault": ("seeded_fault", lambda f: run(f, fault="a guard dropped")),
    "a killed run": ("aborted", lambda f: run(f, ended="")),
    "a requirement whose test failed": ("uncovered", lambda f: row(f, state="failed")),
    "a requirement that was not run": ("uncovered", lambda f: row(f, state="not run")),
    "a requirement tested thinner than its risk": ("uncovered", lambda f: row(f, state="thinner than its risk")),
    "a requirement with stale evidence": ("uncovered", lambda f: row(f, state="stale")),
    "a duty of the company that is not met": ("uncovered", lambda f: row(f, state="open")),
    "a requirement without test": ("without_test", lambda f: row(f, scripts=(), verdicts=())),
    "a requirement that no row traces": ("untraced", lambda f: replace(f, matrix=replace(f.matrix, rows=f.matrix.rows[1:]))),
    "an obligation without state": ("absent_obligation", lambda f: replace(f, matrix=replace(f.matrix, duties=f.matrix.duties[1:]))),
    "a skipped test": ("skipped", lambda f: made.altered(f, f.plan[0].key, verdict="skipped", note="no Chromium")),
    "a test that gave nothing": ("missing", lambda f: run(f, results=f.runs[0].results[1:])),
    "a planned test that the run never meant to run": (
        "missing", lambda f: run(f, results=f.runs[0].results[1:], planned=f.runs[0].planned[1:])),
    "a script without requirement": ("orphan", lambda f: replace(f, plan=(replace(f.plan[0], requirements=()), *f.plan[1:]))),
    "a script of an unknown requirement": ("orphan", lambda f: replace(f, plan=(replace(f.plan[0], requirements=("URS-XXX-001",)), *f.plan[1:]))),
    "an orphan that the matrix names": ("orphan", lambda f: replace(f, matrix=replace(f.matrix, orphans=("OQ-XXX-001",)))),
    "evidence of another build": ("other_build", lambda f: run(f, build_sha256=made.sha("last month"))),
    "evidence of another configuration": ("other_configuration", lambda f: run(f, configuration_sha256=made.sha("other"))),
    "evidence of another baseline": ("other_configuration", lambda f: run(f, baseline=2)),
    "a script that differs by a byte from its protocol": ("other_script", lambda f: made.altered(f, f.plan[0].key, fingerprint=made.sha("other"))),
    "a script that stands in no protocol": ("unplanned", lambda f: replace(f, plan=f.plan[1:])),
    "a failed test": ("failed", lambda f: made.altered(f, f.plan[0].key, verdict="failed")),
    "a test that ended in an error": ("failed", lambda f: made.altered(f, f.plan[0].key, verdict="error")),
    "a pass after a fail": ("pass_after_fail", retested),
    "a pass after a fail with an open deviation": ("pass_after_fail", lambda f: retested(f, state="open")),
    "a deviation that is not closed": ("open_deviation", lambda f: retested(f, state="analysed", severity="critical")),
    "a copy that differs without explanation": ("copy_differs", lambda f: run(f, compared=(Compared("triggers", "91", "90"),))),
    "a setting that runs otherwise than approved": ("setting", lambda f: setting(f, running="30")),
    "a setting that was tested with another value": ("setting", lambda f: setting(f, tested="30")),
    "a plan approved after the requirements": ("out_of_order", lambda f: moved(f, "plan approved", 1015)),
    "a run before its protocols were approved": ("out_of_order", lambda f: moved(f, "protocols approved", 1046)),
    "a gate that was jumped": (
        "out_of_order", lambda f: replace(f, timeline=tuple(one for one in f.timeline if one.gate != "risk assessment approved"))),
    "a release without its report": (
        "out_of_order", lambda f: replace(f, timeline=(*(one for one in f.timeline if one.gate != "report approved"), Moment(2000, "", "Release",
            "qua", gate="released")))),
    "an order that nobody wrote down": ("out_of_order", lambda f: replace(f, timeline=())),
    "an author who approved": ("own_approval", lambda f: signed(f, ("val", "authored"), ("val", "quality approved"))),
    "an executor who verified": ("own_approval", lambda f: signed(f, ("val", "performed"), ("val", "verified"))),
    "an excluded type that is in use": ("excluded_in_use", lambda f: replace(f, scope=(Scoped("Lot", "lots", False, True, "later"),))),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_it_is_refused(sound: Facts, damage: str) -> None:
    rule, make = DAMAGES[damage]

    assert rule in rules(make(sound)), rules(make(sound))


@pytest.mark.parametrize("damage", DAMAGES)
def test_each_reason_is_a_sentence(sound: Facts, damage: str) -> None:
    for one in unapprovable(DAMAGES[damage][1](sound)):
        assert one.text[0].isupper() or one.text.startswith('"')
        assert one.text.endswith(".")


def test_an_empty_chapter_of_limits_speaks_against_it(sound: Facts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "of", lambda _: {})

    assert "no_limits" in rules(sound)


def test_an_act_in_its_order_is_not_called_early(sound: Facts) -> None:
    assert timeline.early(sound) == []
    assert next(gate for _, gate in timeline.early(moved(sound, "protocols approved", 1046))) == "protocols approved"


def test_reasons_stand_in_the_index_and_on_the_certificate(tmp_path: Path) -> None:
    given = made.facts(tmp_path, count=3, scripts=6, steps=1)
    damaged = row(given, state="stale", why="run of 2026-10-01")

    package = writing.write(damaged, tmp_path)

    assert package.index["approvable"] is False
    assert [one["rule"] for one in package.index["reasons"]] == ["uncovered"]
    said = certified(damaged, package.reasons)
    assert "stale (run of 2026-10-01)" in said
    assert "Not released" in said
    assert "Not fit for release" in str(summary.report(damaged, package.reasons).chapters)


def test_a_certificate_is_released_by_signature_alone(sound: Facts) -> None:
    released = signed(sound, ("qua", "released"))

    assert "Not released" in certified(sound, [])
    assert "Released by signature" in certified(released, [])
    assert "Not released" in certified(released, unapprovable(row(released, state="stale")))


def test_a_report_shows_a_test_that_was_never_run_with_its_reason(sound: Facts) -> None:
    first = next(one for one in sound.planned("OQ"))
    skipped = made.altered(sound, first.key, verdict="skipped", note="no Chromium on this host")
    gone = run(sound, results=tuple(one for one in sound.runs[0].results if one.key != first.key))

    assert "no Chromium on this host" in str(scripts.report(skipped, "OQ").chapters)
    assert "it was planned and gave no result" in str(scripts.report(gone, "OQ").chapters)


def test_a_matrix_row_says_which_rows_are_gaps(sound: Facts) -> None:
    assert traced.gaps(sound) == []
    gap = Row("URS-SIG-001", (), 1, "high", "", (), (), "no test")
    assert traced.gaps(replace(sound, matrix=replace(sound.matrix, rows=(gap,)))) == [gap]
