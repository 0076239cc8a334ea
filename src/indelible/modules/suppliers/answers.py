"""What evidence and questionnaires must hold before they speak for a supplier."""

from __future__ import annotations

from datetime import date, timedelta

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.modules.suppliers import programme
from indelible.modules.suppliers.rules import months_from, months_of, says_nothing, supplier_of, today_of
from indelible.practice import belonging, choosing, scoring

ANSWER = {"critical": 14, "major": 28, "minor": 30}  # days: ten and twenty business days, thirty of the calendar
FOLLOWING = {"change": ("change",), "deviation": ("deviation",), "both": ("change", "deviation")}
OVER = ("rejected", "disqualified", "void")


@rule("its_supplier_is_open", alone=True)
def its_supplier_is_open(case: Case) -> str | None:
    """Nothing is begun for a supplier that was rejected, disqualified or entered by mistake."""
    supplier = _supplier(case)
    if case.record is not None or supplier is None or supplier.state not in OVER:
        return None
    return f"{supplier.number} is in the state “{choosing.label(supplier)}”: nothing more is collected for it."


@rule("evidence_meets_its_rule")
def evidence_meets_its_rule(case: Case) -> str | None:
    """Evidence shows what the rule for its kind asks; that somebody says so is not enough."""
    missing = programme.lacking(case.content, today_of(case))
    if case.value("nature") == programme.ABSENT and not missing and says_nothing(case, "absence_reason"):
        missing = ["a reason that says something"]
    return f"It does not show what a {case.value('item')} must: {'; '.join(missing)}." if missing else None


@rule("evidence_reviewer_is_another")
def evidence_reviewer_is_another(case: Case) -> str | None:
    """Who accepts evidence neither brought it nor keeps it."""
    brought = {str(case.head.author_id), str(case.head.owner_id)}
    mine = case.person is not None and str(case.person.id) in brought
    return "You brought this evidence or keep it; somebody else accepts it." if mine else None


@rule("a_newer_one_is_accepted", alone=True)
def a_newer_one_is_accepted(case: Case) -> str | None:
    """Evidence is followed by evidence of the same kind for the same supplier that ends later and was accepted."""
    supplier = _supplier(case)
    others = belonging.list_following(supplier, case.type) if supplier else []
    for one in others:
        values = records.values(one)
        same = supplier_of(one) == (supplier.number if supplier else "") and values.get("item") == case.value("item")
        if same and one.state == "accepted" and str(values.get("valid_until")) > str(case.value("valid_until")):
            return None
    return f"No newer {case.value('item')} of this supplier is accepted yet: bring it as evidence first."


@rule("template_is_in_force", alone=True)
def template_is_in_force(case: Case) -> str | None:
    """The questions that are sent are a revision in force."""
    named = case.value("template") or []
    found = Record.objects.filter(number=named[0]["number"]).first() if named else None
    if found is not None and found.standing == choosing.IN_FORCE:
        return None
    return "The template is not in force: name its effective revision by its whole number."


@rule("answers_are_theirs")
def answers_are_theirs(case: Case) -> str | None:
    """Answers are complete, and whoever enters them for the supplier adds the supplier's original."""
    rows = case.value("answers") or []
    if any(not row.get("question") or not row.get("answer") for row in rows):
        return "Every question has its answer."
    themselves = case.person is not None and str(case.person.id) in case.named_people("respondent")
    if themselves or case.value("original"):
        return None
    return "You enter it for the supplier: add the original that they sent."


@rule("score_follows_from_answers")
def score_follows_from_answers(case: Case) -> str | None:
    """The score is the one that the answers give, with the formula and what went into it."""
    found = scoring.of_answers(case.value("answers") or [])
    if found is None:
        return "Nothing that counts was answered, so there is no score: ask again."
    if (case.value("score"), case.value("score_basis")) == (found.percent, found.basis):
        return None
    return f"The score is computed anew from the answers, which give {found.percent} %: look again in a moment."


@rule("valid_as_long_as_its_tier", alone=True)
def valid_as_long_as_its_tier(case: Case) -> str | None:
    """A questionnaire is valid at most until its supplier is due to be qualified anew."""
    until, supplier = case.value("valid_until"), _supplier(case)
    if not until:
        return None
    tier = records.values(supplier).get("tier") if supplier else None
    latest = months_from(today_of(case), months_of(tier))
    if today_of(case) < date.fromisoformat(until) <= latest:
        return None
    return f"For the tier {tier or 'minor'} it is valid until {latest} at the latest, and longer than today."


@rule("answer_is_asked_in_time")
def answer_is_asked_in_time(case: Case) -> str | None:
    """A supplier has a day by which to answer: the sooner, the more serious it is."""
    latest = today_of(case) + timedelta(days=ANSWER.get(str(case.value("class")), max(ANSWER.values())))
    asked = case.value("answer_by")
    if not asked or today_of(case) < date.fromisoformat(asked) <= latest:
        return None
    return f"What is {case.value('class') or 'asked'} is answered after today and by {latest} at the latest."


@rule("notice_is_followed", alone=True)
def notice_is_followed(case: Case) -> str | None:
    """What follows from a notice was begun from it, and where nothing follows the reason says why."""
    wanted = FOLLOWING.get(str(case.value("follows")), ())
    lacking = [kind for kind in wanted if not belonging.list_following(case.head, kind)]
    if lacking:
        return f"Begun from {case.head.number} is no {' and no '.join(lacking)} yet: raise it from here."
    if says_nothing(case, "follows_because"):
        return "Say why that follows, or why nothing does."
    return None


def _supplier(case: Case) -> Record | None:
    named = case.value("supplier") or []
    return Record.objects.filter(number=named[0]["number"]).first() if named else None
