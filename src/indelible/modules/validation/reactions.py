"""What follows in validation: rows are approved with their document, failed steps open deviations, refused runs are planned again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, completes, follows, follows_later
from indelible.kernel.models import Record
from indelible.modules.validation import holding
from indelible.modules.validation.rules import APPROVED_AS, LESS, is_less
from indelible.modules.validation.running import FAILED
from indelible.practice import rewriting

LONGEST = 5000  # characters of an expected or actual result


@completes("document.list_rows")
def rows_are_written_down(case: Case, decision: Decision) -> None:
    """The document lists what it holds now: what its signatures will cover."""
    rewriting.write(case, decision, {"rows": holding.table(holding.of_document(case.head, case.content))})


@follows_later("document.gather_rows")
def drafts_are_put_into_their_document(event: dict[str, Any]) -> Iterator[Reply]:
    """Every draft of its kind goes into the document, one act each; one that a rule holds back stays a draft, as a task."""
    head = records.find(event["number"])
    for row in holding.drafts_for(records.values(head)):
        fields: dict[str, Any] = {"document": [head.number]}
        if row.type == holding.SCRIPT:  # named again, so that it names them in the versions that are there now
            named = [one["number"] for one in records.values(row)["requirements"] or []]
            fields = {"protocol": [head.number], "requirements": named}
        yield Reply(f"{row.type}.edit", row.pk, {"fields": fields}, reason=f"Put into {head.number}")
        yield Reply(f"{row.type}.propose", row.pk, reason=f"Put into {head.number}")


@completes("validation_requirement.authorise_less")
def less_is_authorised(case: Case, decision: Decision) -> None:
    """What Quality authorised is kept: another priority or depth is another question."""
    allowed = [case.value("priority"), case.value("depth")]
    decision.effects.head["marks"] = {**case.head.marks, LESS: allowed}
    decision.note = {"priority": allowed[0], "depth": allowed[1]}


@completes("validation_requirement.approve")
@completes("test_script.approve")
def approved_version_is_sealed(case: Case, decision: Decision) -> None:
    """The event of an approval names the version that was approved, and the document with which it was."""
    sha256 = bytes(case.head.version_sha256).hex()
    document = holding.document_of(case)
    decision.effects.head["marks"] = {**case.head.marks, APPROVED_AS: sha256}
    decision.note = {"version_sha256": sha256, "document": document.number if document else ""}


@follows_later("document.approve")
def rows_are_approved_with_their_document(event: dict[str, Any]) -> Iterator[Reply]:
    """Requirements, scripts and machine passes are approved with the document that lists them; what does not fit stays, as a task."""
    head = records.find(event["number"])
    values = records.values(head)
    kind = holding.kind_of(values)
    if event["state"] != "approved" or kind not in holding.WITH_ROWS or kind == holding.RISKS:
        return
    move = "accept_with_report" if kind in holding.REPORTS else "approve"
    for row in _approvable(holding.of_document(head, values), holding.listed(values), kind):
        yield Reply(f"{row.type}.{move}", row.pk, reason=f"Approved with {head.number}")


def _approvable(rows: list[Record], listed: dict[str, str], kind: str) -> Iterator[Record]:
    for row in rows:
        if listed.get(row.number) != bytes(row.version_sha256).hex():
            continue  # changed since it was listed: it waits for the next revision of the document
        values = records.values(row)
        if kind in holding.REPORTS:
            good = row.state == "executed" and values["origin"] != "person" and values["verdict"] == "passed"
        else:
            good = row.state == "in_review" and not (row.type == holding.REQUIREMENT and _unauthorised(row, values))
        if good:
            yield row


def _unauthorised(row: Record, values: dict[str, Any]) -> bool:
    return is_less(values) and row.marks.get(LESS) != [values["priority"], values["depth"]]


@follows("test_run.record_step")
def failed_step_opens_a_deviation(case: Case, decision: Decision) -> Iterator[Reply]:
    """A failed step opens its test deviation in the same transaction: nobody decides whether it is told."""
    if decision.note.get("verdict") == FAILED:
        row = (case.value("steps") or [])[-1]
        yield _deviation(case, row, str(row["step"]))


@follows("test_run.bring_in")
def failed_run_opens_a_deviation(case: Case, _decision: Decision) -> Iterator[Reply]:
    """A failed run of the machine opens one for each of its failed steps, or one for the script that did not end."""
    if case.value("verdict") != FAILED:
        return
    rows = [row for row in case.value("steps") or [] if row.get("verdict") == FAILED]
    told = {"step": "0", "expected": "The script ends.", "actual": str(case.value("note") or "It did not end.")}
    for row in rows or [told]:
        yield _deviation(case, row, str(row["step"]))


def _deviation(case: Case, row: dict[str, Any], step: str) -> Reply:
    fields = {
        "title": f"{case.head.title}: step {step} failed"[:300], "run": [case.head.number], "step": step,
        "system": [holding.number_of(case.value("system"))], "expected": str(row.get("expected") or "-")[:LONGEST],
        "actual": str(row.get("actual") or "-")[:LONGEST],
    }  # fmt: skip
    return Reply(f"{holding.DEVIATION}.create", None, {"fields": fields}, reason=f"Step {step} of {case.head.number} failed")


@follows_later("test_run.refuse")
def refused_run_is_planned_again(event: dict[str, Any]) -> Iterator[Reply]:
    """A refused run of a person is planned as the next attempt; both stay."""
    run = records.find(event["number"])
    values = records.values(run)
    if values["origin"] != "person":
        return
    attempt = int(values["attempt"]) + 1
    script, executor = holding.number_of(values["script"]), values["executor"]
    kept = {name: values[name] for name in ("purpose", "origin", "environment", "build", "baseline", "compared")}
    fields = kept | {
        "title": f"{script}, attempt {attempt}", "script": [script], "attempt": str(attempt),
        "system": [holding.number_of(values["system"])], "executor": executor["person"] if executor else None,
    }  # fmt: skip
    yield Reply(f"{holding.RUN}.create", None, {"fields": fields}, reason=f"{run.number} was refused")
