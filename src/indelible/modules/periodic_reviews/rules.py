"""What a periodic review must say before it is signed, and who signs it."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.periodic_reviews import collecting
from indelible.practice import filling

WRITTEN = ("from_on", "until_on", "build", "baseline", "validated", "missing")  # by the system alone
FRESH = 14  # days for which collected figures are what people conclude on
FIT_STATES = ("suspended", "retired")
ANSWERS = ("action", "capa", "change", "deviation", "incident", "document", "supplier", "training", "risk")


@filling.leaves_out("periodic_review")
def what_the_system_writes_is_not_asked(record: Record | None) -> list[str]:
    """Leave out of the form what the system writes, and of a new one what is concluded later."""
    later = ["topics", "missing_because", "conclusion", "conclusion_because", "conditions"]
    return [*WRITTEN, "due_on"] if record else [*WRITTEN, *later]


@rule("collected_lines_stay")
def collected_lines_stay(case: Case) -> str | None:
    """Topics and figures are what the system found; people write conclusions beside them."""
    if case.person is None:
        return None
    before = records.values(case.record) if case.record else {}
    names = (*WRITTEN, "due_on") if case.record else WRITTEN  # its date is given once, and moved by Quality
    changed = [name for name in names if (before.get(name) or None) != (case.value(name) or None)]
    if changed or _lines(before.get("topics")) != _lines(case.value("topics")):
        return "Topics, figures and dates are written by the system: use Collect again, and write conclusion and comment."
    return None


@rule("every_topic_concluded", alone=True)
def every_topic_concluded(case: Case) -> str | None:
    """Each topic has a conclusion; a comment where figures are lacking or something is needed; and what is needed was begun."""
    rows = case.value("topics") or []
    if not rows:
        return "Nothing was collected yet: wait a moment, or use Collect again."
    for row in rows:
        if problem := _of_topic(row):
            return f"Topic {row['topic']}: {problem}"
    return None


def _of_topic(row: dict[str, Any]) -> str | None:
    conclusion, comment = row.get("conclusion"), str(row.get("comment") or "").strip()
    if not conclusion:
        return "give a conclusion."
    needs = row.get("found") == collecting.UNKNOWN or conclusion != "fine"
    if needs and (len(comment) < 10 or is_filler(comment)):
        return "say under Comment what you looked at, or why."
    if conclusion != "action needed":
        return None
    number = str(row.get("follow_up") or "").strip()
    found = Record.objects.filter(number=number).first() if number else None
    if found is None or found.type not in ANSWERS:
        return "an action is needed: begin it, and write its number under Follow-up."
    return f"{number} is void." if records.state_of(found).look == "void" else None


@rule("collected_lately")
def collected_lately(case: Case) -> str | None:
    """People sign figures that are of now."""
    on, today = case.value("until_on"), case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    if on and (today - date.fromisoformat(on)).days <= FRESH:
        return None
    return f"Its figures are of {on or 'no day'}, more than {FRESH} days old: use Collect again."


@rule("missing_is_answered")
def missing_is_answered(case: Case) -> str | None:
    """What should have happened and did not is answered in words that say something."""
    text = str(case.value("missing_because") or "").strip()
    if not case.value("missing") or (len(text) >= case.configuration.policies.reason_length and not is_filler(text)):
        return None
    return "Something is missing: say what is done about it."


@rule("three_people_review")
def three_people_review(case: Case) -> str | None:
    """Who wrote the review approves it for no function: three people sign in all."""
    signed = {one["person"] for one in case.done_signatures()} | {one["person"] for one in case.open_signatures()}
    mine = case.person is not None and str(case.person.id) in signed
    return "You have signed this review; a periodic review is signed by three people." if mine else None


@rule("unfit_is_suspended", alone=True)
def unfit_is_suspended(case: Case) -> str | None:
    """A system that is found not fit is suspended, or retired, before its review is closed."""
    if case.value("conclusion") != "not fit":
        return None
    system = records.find(case.value("system")[0]["number"])
    return None if system.state in FIT_STATES else f"{system.number} is not fit and in use: suspend it, then close this."


def _lines(rows: list[dict[str, Any]] | None) -> list[tuple[str, str]]:
    return [(str(row.get("topic") or ""), str(row.get("found") or "")) for row in rows or []]
