"""The only place that says what speaks against approving a package, each reason with its rule and what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from indelible.assurance.package import attempts, limits, timeline, traced
from indelible.assurance.package.configured import differing
from indelible.assurance.package.deviating import CLOSED
from indelible.assurance.package.facts import EXCLUDED, LEVERAGED, NO_TEST, PROCEDURAL, Facts
from indelible.assurance.package.wording import joined
from indelible.assurance.qualification.results import PASSED, SKIPPED

AUTHORED = ("authored", "performed")
APPROVED = ("approved", "quality approved", "reviewed", "verified", "released")


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: the name of its rule, what it is about (a requirement, a script, a document), and a sentence."""

    rule: str
    about: str
    text: str


def unapprovable(facts: Facts) -> list[Reason]:
    """Give everything that speaks against approval, rule by rule; nothing where the package may be approved."""
    rules = (
        _no_official_run,
        _uncovered,
        _untested,
        _scripts,
        _other_evidence,
        _failures,
        _copy,
        _settings,
        _order,
        _own_approval,
        _scope,
        _unlimited,
    )
    return [reason for rule in rules for reason in rule(facts)]


def _no_official_run(facts: Facts) -> Iterator[Reason]:
    if facts.run is None:
        yield Reason("no_run", "", "Nothing was executed: there is no run to approve.")
    for run in facts.counting:
        if not run.official:
            why = joined(run.why_not_official, "no reason is on record")
            yield Reason("trial", run.id, f"The run is a trial and does not count: {why}.")
        if run.fault:
            told = f"The run was made with the seeded fault {run.fault}: it proves the runner and never the product."
            yield Reason("seeded_fault", run.id, told)
        if not run.ended:
            yield Reason("aborted", run.id, "The run did not end: it was stopped or killed.")


def _uncovered(facts: Facts) -> Iterator[Reason]:
    for row in (one for one in traced.gaps(facts) if one.state != NO_TEST or one.scripts):
        yield Reason(
            "uncovered",
            row.requirement,
            f"The requirement is in scope and not covered: {row.state}{f' ({row.why})' if row.why else ''}.",
        )
    for key in traced.untraced(facts):
        yield Reason("untraced", key, "The requirement stands in no row of the matrix.")
    for key in traced.absent(facts):
        yield Reason("absent_obligation", key, "The obligation stands in the matrix with no state.")


def _untested(facts: Facts) -> Iterator[Reason]:
    for row in facts.matrix.rows:
        if not row.scripts and row.state not in (EXCLUDED, PROCEDURAL, LEVERAGED):
            yield Reason("without_test", row.requirement, "No script tests the requirement.")


def _scripts(facts: Facts) -> Iterator[Reason]:
    run, done = facts.run, facts.final()
    for key, one in sorted(done.items()):
        if one.verdict == SKIPPED:
            yield Reason("skipped", key, f"The script was skipped: {one.note or 'no reason given'}.")
    wanted = {*run.planned, *(one.key for one in facts.plan)} if run else set()
    for key in sorted(wanted - done.keys()):
        yield Reason("missing", key, "The script was planned and gave no result.")
    known = facts.requirements.keys()
    orphans = {one.key for one in facts.every_plan() if not one.requirements or not {*one.requirements} <= known}
    for key in sorted({*facts.matrix.orphans, *orphans}):
        yield Reason("orphan", key, "The script names no requirement, or one that is not in the catalogue.")


def _other_evidence(facts: Facts) -> Iterator[Reason]:
    about = facts.about
    for run in facts.counting:
        if run.build_sha256 != about.build_sha256:
            told = f"The run is of another build: {run.build}, {run.build_sha256[:16]}; this package is of {about.build}, {about.build_sha256[:16]}."
            yield Reason("other_build", run.id, told)
        theirs, ours = (run.baseline, run.configuration_sha256), (about.baseline, about.configuration_sha256)
        if theirs != ours:
            told = f"The run is of baseline {theirs[0]}, {theirs[1][:16]}; this package is of baseline {ours[0]}, {ours[1][:16]}."
            yield Reason("other_configuration", run.id, told)
    planned = {one.key: one.fingerprint for one in facts.plan}
    for key, one in sorted(facts.final().items()):
        if key not in planned:
            yield Reason("unplanned", key, "The script stands in no protocol.")
        elif one.fingerprint != planned[key]:
            yield Reason(
                "other_script", key, "The script that was run is not the one of the protocol: its fingerprint differs."
            )


def _failures(facts: Facts) -> Iterator[Reason]:
    """No testing into compliance: what failed once in an official run needs a deviation that is closed, whatever passed later."""
    closed = {(one.run, one.script) for one in facts.deviations if one.state in CLOSED}
    for key, found in attempts.by_key(facts).items():
        counted = [(run, one) for run, one in found if run.official and not run.fault]
        for at, (run, one) in enumerate(counted):
            if one.verdict in (PASSED, SKIPPED) or {(run.id, key), (run.id, one.script)} & closed:
                continue
            later = any(after.verdict == PASSED for _, after in counted[at + 1 :])
            rule = "pass_after_fail" if later else "failed"
            yield Reason(
                rule,
                key,
                f"It {one.verdict} in {run.id}{', passed later,' if later else ''} and no closed test deviation of that run explains it.",
            )
    for deviation in facts.deviations:
        if deviation.state not in CLOSED:
            told = f"The test deviation is {deviation.state}, class {deviation.severity or 'not given'}."
            yield Reason("open_deviation", deviation.number, told)


def _copy(facts: Facts) -> Iterator[Reason]:
    for one in facts.run.compared if facts.run else ():
        if not one.sound:
            yield Reason(
                "copy_differs",
                one.item,
                f"The copy differs from the live installation without explanation: {one.copy} instead of {one.production}.",
            )


def _settings(facts: Facts) -> Iterator[Reason]:
    for one in facts.settings:
        if one.gxp and (differing(one) or (one.tested and one.tested != one.running)):
            yield Reason(
                "setting", one.key, f"Specified {one.specified}, running {one.running}, tested {one.tested or 'not'}."
            )


def _order(facts: Facts) -> Iterator[Reason]:
    for moment, gate in timeline.early(facts):
        yield Reason(
            "out_of_order",
            moment.record or moment.what,
            f'"{moment.what}" (place {moment.position}) came before the gate "{gate}".',
        )
    if facts.official and not facts.timeline:
        yield Reason("out_of_order", "", "No act of this validation is on record; its order cannot be shown.")


def _own_approval(facts: Facts) -> Iterator[Reason]:
    for code in sorted({one.document for one in facts.signatures}):
        given = [one for one in facts.signatures if one.document == code]
        both = {one.user_id for one in given if one.meaning in AUTHORED} & {
            one.user_id for one in given if one.meaning in APPROVED
        }
        for user_id in sorted(both):
            yield Reason(
                "own_approval", code, f"The author or executor of the document, {user_id}, approved or reviewed it too."
            )


def _scope(facts: Facts) -> Iterator[Reason]:
    for one in facts.scope:
        if not one.inside and one.gxp and not one.off:
            yield Reason(
                "excluded_in_use", one.name, "The type is excluded from the validation, yet it is GxP and switched on."
            )


def _unlimited(facts: Facts) -> Iterator[Reason]:
    if not limits.of(facts):
        yield Reason("no_limits", "", 'The chapter "What this package does not show" would be empty.')
