"""Who may audit whom, when a finding can be written, answered and closed, and what an audit must hold before it ends."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel import records, work
from indelible.kernel.case import Case
from indelible.kernel.models import AccessGrant, Record
from indelible.kernel.rules import rule
from indelible.practice import answering, asleep, belonging, filling

NOTICE = 10  # business days between the announcement and the first day
LONGEST = 90  # days for a correction
ANNOUNCED = ("internal", "supplier", "mock")
SERIOUS = ("critical", "major")
OF_THE_AUDIT = ("audited", "kind", "department", "supplier", "lead_auditor")
AS_FOUND = ("text", "class", "requirement", "evidence", "audit", *OF_THE_AUDIT)
WRITTEN_IN, ISSUED = ("in_progress", "reporting"), ("answering", "closed")


@rule("what_is_audited_is_named")
def what_is_audited_is_named(case: Case) -> str | None:
    """An audit looks at one department or one supplier, and its days follow each other."""
    audited, kind = case.value("audited"), case.value("kind")
    if kind != "for cause" and (kind == "supplier") != (audited == "supplier"):
        return "A supplier audit looks at a supplier, an internal, mock or regulatory one at a department."
    other = "supplier" if audited == "department" else "department"
    if not case.value(audited) or case.value(other):
        return f"Name the {audited} that is audited, and no {other}."
    return "The last day lies before the first one." if case.value("until_on") < case.value("from_on") else None


@rule("auditor_is_not_of_audited_department")
def auditor_is_not_of_audited_department(case: Case) -> str | None:
    """Nobody audits the own department: neither lead nor team belongs to it, heads it or approves for it, nor who approves the report."""
    department = (case.value("department") or [{}])[0].get("number")
    named = {*case.named_people("lead_auditor"), *case.named_people("team")}
    named |= {str(case.person.id)} if case.person and case.meaning == "quality_approved" else set()
    if department is None or not (own := _of(case, department) & named):
        return None
    names = Record.objects.filter(pk__in=own).order_by("title").values_list("title", flat=True)
    return f"Of the audited department {department}: {', '.join(names)}. Nobody audits the own department."


@rule("announced_in_time")
def announced_in_time(case: Case) -> str | None:
    """An audit is announced ten business days before it; one for cause at any time, and authorities announce their own."""
    if case.value("kind") not in ANNOUNCED:
        return None
    first = work.business_day(_today(case), NOTICE, frozenset(case.configuration.policies.holidays))
    late = date.fromisoformat(case.value("from_on")) < first
    return f"It begins on {case.value('from_on')}; announced today it begins on {first} at the earliest." if late else None


@rule("checklist_answered")
def checklist_answered(case: Case) -> str | None:
    """Every question of the checklist has its answer; an authority brings its own."""
    rows = case.value("checklist") or []
    if not rows:
        return None if case.value("kind") == "regulatory" else "There is no checklist: say what was asked."
    lacking = [str(place) for place, row in enumerate(rows, 1) if not row.get("answer")]
    return f"Not answered: rows {', '.join(lacking[:20])}." if lacking else None


@rule("findings_closed_or_capa_approved", alone=True)
def findings_closed_or_capa_approved(case: Case) -> str | None:
    """Each finding is closed, or accepted with a CAPA whose plan is approved; an observation asks for no answer."""
    numbers = [child.number for child in belonging.children(case.head) if child.type == "finding" and not _settled(child)]
    return f"Neither closed nor answered by an approved CAPA: {', '.join(numbers[:20])}." if numbers else None


@rule("finding_is_of_its_audit", alone=True)
def finding_is_of_its_audit(case: Case) -> str | None:
    """A finding is written by who audits, while that goes on, and says what its audit says; an authority's also when it is answered."""
    audit = belonging.parent(case)
    if audit is None or case.record is not None:
        return None
    values = records.values(audit)
    states = (*WRITTEN_IN, ISSUED[0]) if values["kind"] == "regulatory" else WRITTEN_IN
    if audit.state not in states:
        return f"{audit.number} is {records.state_of(audit).label.lower()}: findings are written while it is carried out or reported."
    if case.person is not None and str(case.person.id) not in _auditors(audit):
        return f"You are not of the team of {audit.number}: who audits writes its findings."
    differing = [name for name in OF_THE_AUDIT if values.get(name) != case.value(name)]
    words = ", ".join(field.title.lower() for name in differing if (field := case.declaration.field(name)))
    return f"{audit.number} says otherwise: {words}. Begin the finding from the audit." if words else None


@rule("finding_stays_as_found", alone=True)
def finding_stays_as_found(case: Case) -> str | None:
    """What was found is changed by who audits, and by nobody once the report is issued."""
    audit = belonging.parent(case)
    if audit is None or case.record is None:
        return None
    before = records.values(case.record)
    if all(before.get(name) == case.value(name) for name in AS_FOUND):
        return None
    if audit.state in ISSUED:
        return f"The report of {audit.number} is issued: what was found stays. Void the finding if it is wrong."
    return (
        None
        if case.person is not None and str(case.person.id) in _auditors(audit)
        else "Only who audits changes what was found."
    )


@filling.leaves_out("finding")
def what_was_found_is_not_asked_again(record: Record | None) -> tuple[str, ...]:
    """Once the report is issued only the answer is asked for."""
    numbers = [one["number"] for one in records.values(record)["audit"] or []] if record else []
    return AS_FOUND if Record.objects.filter(number__in=numbers, state__in=ISSUED).exists() else ()


@rule("report_is_issued", alone=True)
def report_is_issued(case: Case) -> str | None:
    """A finding is answered after the report was issued."""
    audit = belonging.parent(case)
    if audit is None or audit.state in ISSUED:
        return None
    return f"The report of {audit.number} is not issued yet; the time to answer begins then."


@rule("serious_ones_have_a_capa", alone=True)
def serious_ones_have_a_capa(case: Case) -> str | None:
    """A critical or major finding is answered with a CAPA that is begun from it."""
    if case.value("class") not in SERIOUS or answering.plans(case.head):
        return None
    return "A critical or major finding needs a CAPA: begin it from here."


@rule("corrected_within_90_days")
def corrected_within_90_days(case: Case) -> str | None:
    """A correction is promised for at most 90 days."""
    latest, day = _today(case) + timedelta(days=LONGEST), case.value("correct_by")
    late = day is not None and date.fromisoformat(day) > latest
    return f"A correction takes at most {LONGEST} days: {latest} at the latest." if late else None


@rule("letter_is_filed")
def letter_is_filed(case: Case) -> str | None:
    """A promise to an authority moves only when the letter that says so is filed."""
    return None if case.value("letter") else "File the letter to the authority first."


def _settled(finding: Record) -> bool:
    if belonging.ended(finding) or records.values(finding)["class"] == "observation":
        return True
    return finding.state in ("correcting", "to_verify") and answering.planned(finding)


def _auditors(audit: Record) -> set[str]:
    values = records.values(audit)
    return {item["person"] for item in [values["lead_auditor"], *(values["team"] or [])]}


def _of(case: Case, department: str) -> set[str]:
    """Give who belongs to a department: by their own record, as its head, or by a role that is held for it."""
    now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
    held = AccessGrant.objects.filter(now, scope=department).values_list("person_id", flat=True)
    sleeping = [one.person for one in asleep.list_asleep() if one.scope == department]
    members = Record.objects.filter(type="person", department=department).values_list("pk", flat=True)
    heads = Record.objects.filter(number=department).values_list("owner_id", flat=True)
    return {str(one) for one in [*held, *sleeping, *members, *heads] if one}


def _today(case: Case) -> date:
    return case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
