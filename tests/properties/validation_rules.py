"""The named rules of validation once more, in other words: who and what they keep out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from indelible.assurance.qualification.reading import people
from indelible.kernel.models import Record

ORDER = ("low", "medium", "high")
CLASS = {"hh": 1, "hm": 1, "hl": 2, "mh": 1, "mm": 2, "ml": 3, "lh": 2, "lm": 3, "ll": 3}  # severity, probability
PRIORITY = {
    "1h": "medium",
    "1m": "high",
    "1l": "high",
    "2h": "low",
    "2m": "medium",
    "2l": "high",
    "3h": "low",
    "3m": "low",
    "3l": "medium",
}
ASKED = {"high": "scripted with negative cases", "medium": "scripted", "low": "unscripted or release evidence"}
LESS = [*reversed(ASKED.values())]


def _misgraded(thing: Any, *_: Any) -> bool:
    """The worst of the risks gives another priority, or one of them cannot be graded."""
    found = ["low"]
    for row in thing.values.get("risks") or []:
        if not all(row.get(name) for name in ("failure", "severity", "probability", "detectability")):
            return True
        grade = CLASS[row["severity"][0] + row["probability"][0]]
        found.append(PRIORITY[f"{grade}{row['detectability'][0]}"])
    return bool(thing.values.get("priority") != max(found, key=ORDER.index))


def _is_less(thing: Any) -> bool:
    said = thing.values
    protected = said.get("touches") in ("record_change", "signature", "access")
    return (protected and said["priority"] != "high") or LESS.index(said["depth"]) < LESS.index(ASKED[said["priority"]])


def _unexplained(thing: Any, *_: Any) -> bool:
    return not _is_less(thing) or not thing.values.get("thinner_because")


def _unauthorised(thing: Any, *_: Any) -> bool:
    marks = Record.objects.get(pk=thing.id).marks
    return _is_less(thing) and marks.get("less_authorised") != [thing.values["priority"], thing.values["depth"]]


def _unheld(thing: Any, *_: Any) -> bool:
    return not (thing.values.get("document") or thing.values.get("protocol"))  # those here are drafts of the right kind


def _unrestricted(thing: Any, _: Any, world: Any) -> bool:
    until, now = thing.values.get("restricted_until"), date.fromisoformat(world.now()[:10])
    late = not until or not now < date.fromisoformat(until) <= now + timedelta(days=90)
    return late or (thing.values.get("class") == "major" and not thing.values.get("restriction"))


def _ran(thing: Any, who: Any, *_: Any) -> bool:
    return who.id is not None and who.id in (*people(thing.values.get("executor")), *people(thing.values.get("started_by")))


def _never(*_: Any) -> bool:
    return False


def _always(*_: Any) -> bool:
    return True


RULES: dict[str, Any] = {
    "priority_follows_from_its_risks": _misgraded,
    "less_is_explained": _unexplained,
    "less_than_high_is_authorised": _unauthorised,
    "its_document_is_in_work": _unheld,
    "steps_say_what_is_expected": lambda thing, *_: any(not (row.get("action") and row.get("expected")) for row in thing.values.get("steps") or []),
    "its_requirements_are_known": lambda thing, *_: not thing.values.get("requirements"),
    "overall_risk_is_the_highest": lambda thing, *_: thing.values["risk"] != max(
        (thing.values[f"risk_{name}"] for name in ("patient", "product", "data")), key=ORDER.index),
    "components_have_their_category": _never,  # all of them have it
    "accepted_with_restriction_and_end": _unrestricted,
    "test_did_not_fail": lambda thing, *_: thing.author is None,
    "run_reviewer_is_not_executor": _ran,
    **dict.fromkeys(  # no document here is one of a validation, no script changed, nobody wrote what they carry out
        ("earlier_validation_documents_are_approved", "rows_are_as_listed", "results_were_reviewed", "summary_is_complete",
         "change_is_named_once_run", "executor_did_not_write_the_script", "executor_is_trained", "reviewer_did_not_write_the_script",
         "verifier_is_not_executor", "earlier_failures_are_closed", "failures_have_their_deviations", "copy_is_as_production"), _never),
    **dict.fromkeys(  # no document is approved, so nothing that rests on one is
        ("its_document_is_approved", "it_is_as_its_document_lists_it", "protocol_approved",
         "fingerprint_is_the_approved_one", "earlier_level_passed", "build_and_baseline_match", "attempt_is_the_next",
         "every_step_is_recorded", "its_report_is_approved", "later_run_passed", "validation_plan_approved",
         "summary_report_approved", "critical_test_deviations_ended", "supplier_approved", "procedures_effective", "users_trained",
         "restore_tested", "first_reviews_scheduled"), _always),
}  # fmt: skip
