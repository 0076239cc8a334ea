"""What a requirement, a script and the document that holds them must satisfy before they are approved together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Link, Record
from indelible.kernel.rules import rule
from indelible.modules.validation import coverage, holding
from indelible.practice import filling, grading

PROTECTED = ("record_change", "signature", "access")
DEPTHS = ("unscripted or release evidence", "scripted", "scripted with negative cases")
DEPTH_OF = {grading.LOW: DEPTHS[0], grading.MEDIUM: DEPTHS[1], grading.HIGH: DEPTHS[2]}
LESS = "less_authorised"  # the mark on the head of a requirement: priority and depth that Quality authorised
APPROVED_AS = "approved_as"  # the mark of a row: the hash of the version that was approved with its document
NAMED = 12  # numbers that a refusal names


@filling.leaves_out("document")
def boxes_of_validation(record: Record | None) -> list[str]:
    """Leave out of a document's form what its rows are (the system lists them), and of any but a validation document all of it."""
    if record is None:
        return ["build", "baseline", "rows"]  # asked for on the draft, once its kind is known
    values = records.values(record)
    return ["rows"] if values.get("class") == holding.CLASS else ["validation_kind", "system", "build", "baseline", "rows"]


def some(numbers: list[str]) -> str:
    """Name numbers as far as anybody reads them."""
    more = f" and {len(numbers) - NAMED} more" if len(numbers) > NAMED else ""
    return ", ".join(numbers[:NAMED]) + more


@rule("priority_follows_from_its_risks")
def priority_follows_from_its_risks(case: Case) -> str | None:
    """The priority of a requirement is that of its worst risk, by the tables."""
    found = []
    for place, row in enumerate(case.value("risks") or [], 1):
        grades = [str(row.get(name) or "") for name in ("severity", "probability", "detectability")]
        if "" in grades or not row.get("failure"):
            return f"Risk {place}: failure, severity, probability and detectability are needed."
        found.append(grading.priority(grading.risk_class(grades[0], grades[1]), grades[2]))
    asked = grading.highest(*found) if found else grading.LOW
    if case.value("priority") == asked:
        return None
    return f"Its risks give the priority {asked}, and it says {case.value('priority')}: correct one of them."


def is_less(values: Mapping[str, Any]) -> bool:
    """Say whether a protected function is below high, or tested less than its priority asks for."""
    priority, depth = str(values.get("priority")), str(values.get("depth"))
    below = values.get("touches") in PROTECTED and priority != grading.HIGH
    return below or DEPTHS.index(depth) < DEPTHS.index(DEPTH_OF[priority])


@rule("less_is_explained")
def less_is_explained(case: Case) -> str | None:
    """Quality allows less only where there is less to allow, and the requirement says why."""
    if not is_less(case.content):
        return "It is high and tested as its priority asks for: there is nothing to allow."
    return (
        None if case.value("thinner_because") else "The requirement does not say why it is lower or thinner: take it back."
    )


@rule("less_than_high_is_authorised")
def less_than_high_is_authorised(case: Case) -> str | None:
    """What changes records, signs or grants access is high, or Quality authorised that it is not."""
    allowed = case.head.marks.get(LESS)
    if not is_less(case.content) or allowed == [case.value("priority"), case.value("depth")]:
        return None
    return "It is below high or tested less than its priority asks for, and Quality has not authorised that."


@rule("its_document_is_in_work")
def its_document_is_in_work(case: Case) -> str | None:
    """A row is put into a document of the fitting kind and the same system that is still being written."""
    document = holding.document_of(case)
    if document is None:
        return "Name the document that holds it."
    values = records.values(document)
    if holding.kind_of(values) not in holding.fitting(case):
        return f"{document.number} is not of the kind that holds it: {', '.join(holding.fitting(case))}."
    if values["system"] != case.value("system"):
        return f"{document.number} is of another system."
    return (
        None if document.state == "draft" else f"{document.number} is not a draft any more: revise it, or return it first."
    )


@rule("its_document_is_approved")
def its_document_is_approved(case: Case) -> str | None:
    """A row is approved with the document that holds it, never alone."""
    document = holding.document_of(case)
    if document is not None and document.state in holding.APPROVED:
        return None
    return "The document that holds it is not approved."


@rule("it_is_as_its_document_lists_it")
def it_is_as_its_document_lists_it(case: Case) -> str | None:
    """What is approved is the very version that the signed document lists."""
    document = holding.document_of(case)
    said = holding.listed(records.values(document)).get(case.head.number) if document else None
    if said == bytes(case.head.version_sha256).hex():
        return None
    return f"{document.number if document else 'Its document'} lists {'another version of it' if said else 'it not at all'}."


@rule("steps_say_what_is_expected")
def steps_say_what_is_expected(case: Case) -> str | None:
    """Every step has an action and its expected result before anybody carries it out."""
    rows = case.value("steps") or []
    bare = [str(place) for place, row in enumerate(rows, 1) if not row.get("action") or not row.get("expected")]
    return f"Action or expected result is missing in step {some(bare)}." if bare else None


@rule("its_requirements_are_known")
def its_requirements_are_known(case: Case) -> str | None:
    """A script names the requirements that it tests, of the same system, in the version that is there now."""
    named = case.value("requirements") or []
    if not named:
        return "It names no requirement: a test of nothing is an orphan."
    found = {one.number: one for one in Record.objects.filter(number__in=[one["number"] for one in named])}
    for one in named:
        head = found.get(one["number"])
        if head is None or head.state in ("void", "excluded", "retired"):
            return f"{one['number']} is not in scope; take it out."
        if records.values(head)["system"] != case.value("system"):
            return f"{one['number']} is of another system."
        if one.get("sha256") != bytes(head.version_sha256).hex():
            return f"{one['number']} has changed since the script named it: read it, then name it again."
    return None


@rule("change_is_named_once_run")
def change_is_named_once_run(case: Case) -> str | None:
    """Once there are runs of a script, it is changed under a change record."""
    run = Link.objects.filter(target=case.head.number, relation="script").exists()
    if not run or not case.head.marks.get(APPROVED_AS) or case.value("change_record"):
        return None
    return "There are runs of it: name the change under which it is changed."


@rule("earlier_validation_documents_are_approved", alone=holding.is_validation)
def earlier_validation_documents_are_approved(case: Case) -> str | None:
    """A validation document comes after those on which it rests: plan, requirements, protocols, reports, summary."""
    kind, system = holding.kind_of(case.content), holding.number_of(case.value("system"))
    if not kind:
        return None
    lacking = [one for one in _before(kind, system) if not holding.documents(system, one)]
    return f"Not approved yet for {system}: {', '.join(lacking)}." if lacking else None


def _before(kind: str, system: str) -> list[str]:
    if kind == holding.PLAN:
        return []
    if kind == holding.REQUIREMENTS:
        return [holding.PLAN]
    if kind in holding.REPORTS:
        return [f"{holding.REPORTS[kind]} protocol"]
    if kind != holding.SUMMARY:
        return [holding.REQUIREMENTS]
    reports = [f"{level} report" for name, level in holding.PROTOCOLS.items() if holding.documents(system, name)]
    return [holding.PLAN, holding.REQUIREMENTS, *(reports or ["OQ report"])]


@rule("rows_are_as_listed", alone=holding.is_validation)
def rows_are_as_listed(case: Case) -> str | None:
    """A document that holds rows lists each in its present version: its signatures cover what is listed."""
    kind = holding.kind_of(case.content)
    if kind not in holding.WITH_ROWS:
        return None
    rows = {one.number: bytes(one.version_sha256).hex() for one in holding.of_document(case.head, case.content)}
    listed = holding.listed(case.content)
    if not rows:
        return "It holds no rows: put requirements, scripts or runs into it first."
    other = sorted(number for number in rows.keys() | listed.keys() if rows.get(number) != listed.get(number))
    return f"Listed otherwise than they are now: {some(other)}. Use List its rows in the draft." if other else None


@rule("results_were_reviewed", alone=holding.is_validation)
def results_were_reviewed(case: Case) -> str | None:
    """A report is approved when every run was reviewed and every test deviation was decided; machine passes go with it."""
    kind = holding.kind_of(case.content)
    if kind not in holding.REPORTS:
        return None
    if not coverage.fits(holding.number_of(case.value("system")), str(case.value("build")), str(case.value("baseline"))):
        return "Its runs are of another build or baseline than the one in use."
    runs = holding.of_document(case.head, case.content)
    waiting = [one.number for one in runs if one.state in ("planned", "running", "paused") or _unreviewed(one)]
    numbers = [one.number for one in runs]
    open_ones = holding.linking(holding.DEVIATION, "run", *numbers).filter(state__in=("open", "analysed")).order_by("number")
    waiting += open_ones.values_list("number", flat=True)
    return f"Not reviewed or not decided yet: {some(waiting)}." if waiting else None


def _unreviewed(run: Record) -> bool:
    values = records.values(run)
    return run.state == "executed" and (values["origin"] == "person" or values["verdict"] == "failed")


@rule("summary_is_complete", alone=holding.is_validation)
def summary_is_complete(case: Case) -> str | None:
    """A summary report rests on evidence of what runs now: every requirement covered, no serious deviation open."""
    if holding.kind_of(case.content) != holding.SUMMARY:
        return None
    system = holding.number_of(case.value("system"))
    on = coverage.Ground(str(case.value("build")), str(case.value("baseline")))
    if not coverage.fits(system, on.build, on.baseline):
        now = coverage.ground(system)
        return f"It is about build {on.build} and baseline {on.baseline}; in use are {now.build} and {now.baseline or 'its own'}."
    lacking = coverage.uncovered(system, on)
    if lacking or not coverage.of_system(system, on):
        return (
            f"Not covered: {some([f'{number} ({state})' for number, state in lacking.items()])}."
            if lacking
            else "It has no requirements."
        )
    still = [one.number for one in undecided(system)]
    return f"Test deviations that forbid it: {some(still)}." if still else None


def undecided(system: str) -> list[Record]:
    """Give the test deviations of a system that neither ended nor are minor and under correction, by number."""
    found = holding.linking(holding.DEVIATION, "system", system).filter(state__in=("open", "analysed", "correcting"))
    given = [(one, records.values(one)["class"]) for one in found.order_by("number")]
    return [one for one, grade in given if one.state != "correcting" or grade != "minor"]
