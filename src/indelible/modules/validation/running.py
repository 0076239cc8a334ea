"""What a run must satisfy before it is begun, finished and accepted, and a test deviation before it is decided and closed."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.context import NOBODY
from indelible.kernel.errors import NotFound
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Link, Party, Record
from indelible.kernel.rules import rule
from indelible.modules.validation import coverage, holding
from indelible.modules.validation.rules import some

LONGEST_RESTRICTION = 90  # days
PASSED, FAILED = "passed", "failed"
BEFORE = {"OQ": "IQ", "PQ": "OQ"}
TRAINED = ("done", "waived", "cancelled", "expired")


def script_of(case: Case) -> Record | None:
    """Give the script that a run carries out, None where it is gone."""
    try:
        return case.other(holding.number_of(case.value("script")))
    except NotFound:
        return None


@rule("protocol_approved")
def protocol_approved(case: Case) -> str | None:
    """An official run carries out the very version of a script that was approved with its protocol."""
    script = script_of(case)
    if script is None or script.state != "approved":
        return "Its script is not approved with a protocol. A run of it is a trial, and never counts."
    protocol = holding.number_of(records.values(script)["protocol"])
    standing = Record.objects.filter(number__in=holding.names(protocol), state__in=holding.APPROVED).exists()
    standing = standing or Record.objects.filter(series=protocol, state__in=holding.APPROVED).exists()
    if not standing:
        return f"{protocol} is not approved, or no longer in force."
    (linked,) = case.value("script")
    current = bytes(script.version_sha256).hex()
    return None if linked.get("sha256") == current else "Its script was changed since the run was planned: plan another one."


@rule("fingerprint_is_the_approved_one")
def fingerprint_is_the_approved_one(case: Case) -> str | None:
    """A machine ran what was approved: the fingerprint of its script is the one that the protocol holds."""
    script = script_of(case)
    approved = records.values(script)["fingerprint"] if script else None
    if approved and case.value("fingerprint") == approved:
        return None
    return "What the machine ran has another fingerprint than the approved script: one byte is another test."


@rule("earlier_level_passed", alone=True)
def earlier_level_passed(case: Case) -> str | None:
    """IQ before OQ before PQ, on one build and baseline."""
    script = script_of(case)
    before = BEFORE.get(script.number[:2]) if script else None
    if before is None:
        return None
    system = holding.number_of(case.value("system"))
    asked = holding.linking(holding.SCRIPT, "system", system).filter(state="approved", number__startswith=f"{before}-")
    wanted = set(asked.values_list("number", flat=True))
    if not wanted:
        return f"No {before} script of {system} is approved: what it would show comes first."
    late = sorted(wanted - _passed(case, system))
    return f"Not passed yet on this build and baseline: {some(late)}." if late else None


def _passed(case: Case, system: str) -> set[str]:
    """Give the scripts of which an official run on the same ground passed."""
    same = {name: Stored(_id(case, name)) for name in ("purpose", "verdict", "build", "baseline")}
    wanted = {"purpose": "official", "verdict": PASSED, "build": case.value("build"), "baseline": case.value("baseline")}
    found = holding.linking(holding.RUN, "system", system).filter(state__in=("executed", "accepted"))
    found = found.annotate(**{f"said_{name}": stored for name, stored in same.items()})
    found = found.filter(**{f"said_{name}": value for name, value in wanted.items()})
    return set(Link.objects.filter(record_id__in=found.values("pk"), relation="script").values_list("target", flat=True))


def _id(case: Case, name: str) -> int:
    field = case.declaration.field(name)
    return field.id if field else 0


@rule("build_and_baseline_match")
def build_and_baseline_match(case: Case) -> str | None:
    """A run counts for the build and the baseline that are in use, and for no other."""
    system = holding.number_of(case.value("system"))
    if coverage.fits(system, str(case.value("build")), str(case.value("baseline"))):
        return None
    now = coverage.ground(system)
    return (
        f"The run is of build {case.value('build')} and baseline {case.value('baseline')}; "
        f"in use are {now.build or 'none'} and {now.baseline or 'its own'}."
    )


@rule("copy_is_as_production")
def copy_is_as_production(case: Case) -> str | None:
    """What ran on a copy counts where the copy was compared with production and each difference is explained."""
    return "The copy was not compared with production." if case.value("compared") == "not compared" else None


@rule("attempt_is_the_next", alone=True)
def attempt_is_the_next(case: Case) -> str | None:
    """Every attempt is a run of its own, and they are counted."""
    script = holding.number_of(case.value("script"))
    others = holding.linking(holding.RUN, "script", script).exclude(pk=case.head.pk).exclude(state="planned")
    system = holding.number_of(case.value("system"))
    done = sum(holding.number_of(records.values(one)["system"]) == system for one in others)
    said = int(case.value("attempt"))
    return (
        None
        if said == done + 1
        else f"{done} attempts of {script} were begun, so this is attempt {done + 1} and not {said}."
    )


@rule("executor_did_not_write_the_script")
def executor_did_not_write_the_script(case: Case) -> str | None:
    """Who carries a script out did not write it."""
    return "You wrote this script; somebody else carries it out." if _me(case) in _writers(case) else None


@rule("executor_is_trained")
def executor_is_trained(case: Case) -> str | None:
    """Who carries a script out was trained on the procedures of the system."""
    system = Record.objects.filter(number=holding.number_of(case.value("system"))).first()
    procedures = [one["number"] for one in (records.values(system)["procedure"] or [])] if system else []
    mine = Party.objects.filter(person_id=_me(case) or NOBODY, capacity="trainee").values("record_id")
    names = [name for number in procedures for name in holding.names(number)]
    late = holding.linking("training", "document", *names).filter(pk__in=mine).exclude(state__in=TRAINED)
    numbers = list(late.order_by("number").values_list("number", flat=True))
    return f"Your training on this system is open: {some(numbers)}." if numbers else None


@rule("every_step_is_recorded")
def every_step_is_recorded(case: Case) -> str | None:
    """A run ends when every step of its script has an actual result, or a failed one."""
    rows = case.value("steps") or []
    script = script_of(case)
    planned = len((records.values(script)["steps"] or []) if script else [])
    if any(row.get("verdict") == FAILED for row in rows) or case.value("verdict") == "skipped":
        return None
    if case.value("origin") == "person":
        done = {str(row["step"]) for row in rows if row.get("verdict")}
        late = [str(place) for place in range(1, planned + 1) if str(place) not in done]
        return f"Not recorded yet: step {some(late)}." if late else None
    return None if rows and all(row.get("actual") and row.get("verdict") for row in rows) else "A step has no result."


@rule("run_reviewer_is_not_executor")
def run_reviewer_is_not_executor(case: Case) -> str | None:
    """Nobody reviews a run that they carried out or started."""
    named = {*case.named_people("executor"), *case.named_people("started_by")}
    return "You carried this run out or started it; somebody else reviews it." if _me(case) in named else None


@rule("reviewer_did_not_write_the_script")
def reviewer_did_not_write_the_script(case: Case) -> str | None:
    """Who reviews a run did not write its script."""
    return "You wrote the script of this run; somebody else reviews it." if _me(case) in _writers(case) else None


@rule("failures_have_their_deviations", alone=True)
def failures_have_their_deviations(case: Case) -> str | None:
    """Every failed step has its test deviation, and none of a run that is accepted is undecided."""
    failed = [str(row["step"]) for row in case.value("steps") or [] if row.get("verdict") == FAILED]
    if not failed and case.value("verdict") != FAILED:
        return None
    found = list(holding.linking(holding.DEVIATION, "run", case.head.number))
    told = {str(records.values(one)["step"]) for one in found if one.state != "void"}
    late = [step for step in failed if step not in told]
    if late:
        return f"No test deviation tells of step {some(late)}."
    waiting = [one.number for one in found if one.state in ("open", "analysed")]
    return f"Not decided yet: {some(waiting)}." if waiting else None


@rule("earlier_failures_are_closed", alone=True)
def earlier_failures_are_closed(case: Case) -> str | None:
    """A pass after a fail counts when the test deviation of the fail is under a decided correction, accepted or closed."""
    others = holding.linking(holding.RUN, "script", holding.number_of(case.value("script"))).exclude(pk=case.head.pk)
    others = others.filter(number__lt=case.head.number)
    system = case.value("system")
    failed = [one.number for one in others if (said := records.values(one))["system"] == system and _counts_as_failed(said)]
    if not failed or case.value("verdict") != PASSED:
        return None
    found = list(holding.linking(holding.DEVIATION, "run", *failed))
    told = {holding.number_of(records.values(one)["run"]) for one in found}
    late = [number for number in failed if number not in told]
    late += [one.number for one in found if one.state in ("open", "analysed")]
    return (
        f"An earlier run of this script failed, and its deviation is missing or undecided: {some(late)}." if late else None
    )


def _counts_as_failed(values: dict[str, object]) -> bool:
    return values["verdict"] == FAILED and values["purpose"] == "official"


@rule("its_report_is_approved")
def its_report_is_approved(case: Case) -> str | None:
    """A machine's pass is accepted with the report that lists it, once that is approved."""
    level = holding.number_of(case.value("script"))[:2]
    for report in holding.documents(holding.number_of(case.value("system")), f"{level} report"):
        if holding.listed(records.values(report)).get(case.head.number) == bytes(case.head.version_sha256).hex():
            return None
    return f"No approved {level} report lists it as it is."


@rule("accepted_with_restriction_and_end")
def accepted_with_restriction_and_end(case: Case) -> str | None:
    """A major test deviation is accepted only with a restriction of use, and none for longer than 90 days."""
    if case.value("class") == "major" and not case.value("restriction"):
        return "A major one is accepted only with a restriction of use."
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    latest = today + timedelta(days=LONGEST_RESTRICTION)
    until = case.value("restricted_until")
    if until and today < date.fromisoformat(until) <= latest:
        return None
    return f"It is accepted until a day after today and until {latest} at the latest."


@rule("later_run_passed", alone=True)
def later_run_passed(case: Case) -> str | None:
    """A test deviation is closed by a later official run of the same script, reviewed and passed."""
    (failed, passed) = (
        Record.objects.filter(number=holding.number_of(case.value(name))).first() for name in ("run", "passed_by")
    )
    if failed is None or passed is None:
        return "Name the run that passed."
    before, after = records.values(failed), records.values(passed)
    same = holding.number_of(before["script"]) == holding.number_of(after["script"])
    if not same or passed.number <= failed.number:
        return f"{passed.number} is not a later run of the same script."
    good = passed.state == "accepted" and after["verdict"] == PASSED and after["purpose"] == "official"
    return None if good else f"{passed.number} is not an official run that passed and was reviewed."


@rule("verifier_is_not_executor")
def verifier_is_not_executor(case: Case) -> str | None:
    """Who verifies the correction carried out neither the run that failed nor the one that passed."""
    for name in ("run", "passed_by"):
        run = Record.objects.filter(number=holding.number_of(case.value(name))).first()
        if run and (who := records.values(run)["executor"]) and who["person"] == _me(case):
            return f"You carried out {run.number}; somebody else verifies it."
    return None


@rule("test_did_not_fail")
def test_did_not_fail(case: Case) -> str | None:
    """A test deviation that a failed step opened is decided, never voided."""
    if case.head.author_id is None:
        return "A failed step opened it: it is analysed and decided, and stays."
    return None


def _me(case: Case) -> str:
    return str(case.person.id) if case.person else ""


def _writers(case: Case) -> set[str]:
    script = script_of(case)
    if script is None:
        return set()
    return {str(script.author_id), *script.marks.get("editors", [])} - {"None"}
