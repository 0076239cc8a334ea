"""The only place that records one step of a run: what it gave, as a value, with the evidence, the person and the server's time.

The expected result is taken from the approved script, never from who records; a step that was recorded is not recorded again.
"""

from __future__ import annotations

from typing import Any

from indelible.infra import clock
from indelible.kernel import decisions, records, rules
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.hooks import decides
from indelible.kernel.models import Record
from indelible.kernel.types import FieldDeclaration
from indelible.modules.validation import holding
from indelible.modules.validation.running import FAILED, PASSED, script_of
from indelible.practice import rewriting
from indelible.practice.asked import Asked, asks_for

VERB = "record_step"
TAKES = {"step", "actual", "passed", "evidence"}
LIKE_EXPECTED = ("as expected", "ok", "passed", "pass", "yes", "done", "same", "see above")


@decides(VERB)
def record_step(case: Case, inputs: dict[str, Any]) -> Decision:
    """Record the next step: `step` (its number), `actual` (text), `passed` (true, false), `evidence` (hash of a file that was brought).

    Raises Invalid for what does not fit, Refused where it is not this step's turn.
    """
    found = decisions.consider(case)
    rules.reason_given(case, required=False)
    row = _row(case, inputs)
    values: dict[str, Any] = {"steps": [*(case.value("steps") or []), row]}
    if evidence := inputs.get("evidence"):
        values["evidence"] = [*(item["sha256"] for item in case.value("evidence") or []), evidence]
    failed = any(one["verdict"] == FAILED for one in values["steps"])
    last = len(values["steps"]) == len(_planned(case))
    values["verdict"] = FAILED if failed else PASSED if last else None
    decision = Decision(found.move.past, case.head.state, found.grant)
    rewriting.write(case, decision, values)
    decision.note = {"step": row["step"], "verdict": row["verdict"]}
    return decision


def next_step(head_values: dict[str, Any], script_values: dict[str, Any]) -> dict[str, Any] | None:
    """Give the step that is recorded next, with its number, None when all are."""
    done, planned = head_values.get("steps") or [], script_values.get("steps") or []
    return {"step": len(done) + 1, **planned[len(done)]} if len(done) < len(planned) else None


@asks_for(VERB)
def what_a_step_asks(record: Record) -> Asked:
    """Give the next step with what is expected of it, and ask for what it gave."""
    values = records.values(record)
    script = records.find(holding.number_of(values["script"]))
    row = next_step(values, records.values(script))
    if row is None:
        return Asked("Every step is recorded; finish the run.", ())
    told = f"Step {row['step']}: {row['action']}. " + (f"Input: {row['given']}. " if row.get("given") else "")
    proof = row.get("evidence") or "none is asked for"
    fields = (
        FieldDeclaration(id=1, name="actual", kind="text", label="Actual result", required="at_creation", max_length=5000, help="As a value: what was seen."),
        FieldDeclaration(id=2, name="passed", kind="yes_no", label="As expected", required="at_creation"),
        FieldDeclaration(id=3, name="evidence", kind="files", label="Evidence", help=f"One file. Asked for: {proof}."),
    )  # fmt: skip
    return Asked(f"{told}Expected: {row['expected']}.", fields, {"step": str(row["step"])})


def _row(case: Case, inputs: dict[str, Any]) -> dict[str, Any]:
    if unknown := set(inputs) - TAKES:
        raise Invalid(
            rule="input", text=f"A step takes {', '.join(sorted(TAKES))}; given as well: {', '.join(sorted(unknown))}."
        )
    planned = next_step(case.content, {"steps": _planned(case)})
    if planned is None:
        raise Refused(
            rule="every_step_is_recorded", text=f"{case.head.number}: every step is recorded.", do="Finish the run."
        )
    actual, passed = str(inputs.get("actual") or "").strip(), inputs.get("passed")
    problems = _problems(case, planned, inputs, actual, passed)
    if problems:
        raise Invalid(
            rule="input", text=problems[0].text, missing=tuple(problems), do="Correct what is named; nothing was recorded."
        )
    return {
        "step": str(planned["step"]), "action": planned["action"], "expected": planned["expected"], "actual": actual,
        "verdict": PASSED if passed else FAILED, "evidence": inputs.get("evidence"),
        "by": case.person.name if case.person else None, "at": clock.iso(case.at),
    }  # fmt: skip


def _problems(case: Case, planned: dict[str, Any], inputs: dict[str, Any], actual: str, passed: Any) -> list[Missing]:
    found = []
    if str(inputs.get("step")) != str(planned["step"]):
        found.append(Missing(f"Step {planned['step']} is next: {planned['action']}", field="step"))
    if not actual or actual.casefold().rstrip(".!") in LIKE_EXPECTED:
        found.append(Missing("The actual result as a value: what was seen, not that it was as expected.", field="actual"))
    if not isinstance(passed, bool):
        found.append(Missing("Whether it passed: true or false.", field="passed"))
    if planned.get("evidence") and not inputs.get("evidence"):
        found.append(Missing(f"The evidence that the script asks for: {planned['evidence']}.", field="evidence"))
    known = {row.get("evidence") for row in case.value("steps") or []}
    if inputs.get("evidence") and inputs["evidence"] in known:
        found.append(Missing("Evidence of its own: this file shows another step already.", field="evidence"))
    return found


def _planned(case: Case) -> list[dict[str, Any]]:
    script = script_of(case)
    return list(records.values(script)["steps"] or []) if script else []
