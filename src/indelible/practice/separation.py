"""The separations of people that look beyond the record itself: at its children, at the roles that somebody holds."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q

from indelible.kernel.case import Case
from indelible.kernel.models import AccessGrant, Party
from indelible.kernel.rules import OWN_WORK, rule
from indelible.practice import asleep, belonging

QUALITY = ("qa_ops", "qa_approver")
CLOSING = ("", "quality_approved")
DOERS = ("performed", "authored")


@rule("closer_is_not_reporter_owner_or_assignee")
def closer_is_not_reporter_owner_or_assignee(case: Case) -> str | None:
    """Who closes is neither reporter nor owner nor named in the record's own work."""
    if case.meaning not in CLOSING or case.person is None:
        return None
    before = case.head.marks.get("before", [])  # who handed a duty on was named all the same
    named = {str(case.head.author_id), str(case.head.owner_id), *case.named_people("reporter"), *_assignees(case), *before}
    return "You report, own or work on this record; somebody else closes it." if str(case.person.id) in named else None


@rule("verifier_is_not_doer")
def verifier_is_not_doer(case: Case) -> str | None:
    """Who verifies neither signed the work as performed or authored nor was its assignee."""
    if case.meaning in DOERS or case.person is None:
        return None
    doers = {s["person"] for s in case.done_signatures() if s["meaning"] in DOERS} | _assignees(case)
    return "You did this work; somebody else verifies it." if str(case.person.id) in doers else None


@rule("quality_cases_are_signed_outside")
def quality_cases_are_signed_outside(case: Case) -> str | None:
    """Where Quality is owner or cause, management signs for the function and somebody of Quality not named in it closes."""
    owned = _holds(case, case.head.owner_id, QUALITY) or _sleeps(case.head.owner_id, QUALITY)
    if owned and case.value("quality_concerned") is False:
        return "Its owner belongs to Quality, and the record says that Quality is not concerned: correct that first."
    if case.person is None or not (owned or case.value("quality_concerned")):
        return None
    if case.meaning == "approved" and not _holds(case, case.person.id, ("executive",)):
        return "Quality is owner or cause here; management signs for the function."
    named = Party.objects.filter(record_id=case.head.id, person_id=case.person.id).exists()
    if case.meaning == "quality_approved" and named:
        return "Quality is owner or cause and you are named here; another person of Quality signs."
    return None


@rule("head_of_function_does_not_approve_own_work")
def head_of_function_does_not_approve_own_work(case: Case) -> str | None:
    """Where the head of a function is author or owner, another head or management signs for the function."""
    if case.meaning in OWN_WORK or case.person is None:
        return None
    mine = {str(case.head.author_id), str(case.head.owner_id), *case.head.marks.get("before", [])}
    return "You are author or owner; management signs for your function." if str(case.person.id) in mine else None


@rule("configuration_approver_is_not_requester_nor_applier")
def configuration_approver_is_not_requester_nor_applier(case: Case) -> str | None:
    """Who approves a change of this system neither asked for it nor applies it."""
    if case.person is None or not str(case.value("kind")).endswith("of this system"):
        return None
    named = {str(case.head.author_id), str(case.head.owner_id), *case.named_people("applied_by")}
    return "You asked for this change or apply it; somebody else approves it." if str(case.person.id) in named else None


def _assignees(case: Case) -> set[str]:
    """Give who does the record's own work: named in it, or in what belongs to it."""
    children = [child.pk for child in belonging.children(case.head)]
    named = Party.objects.filter(record_id__in=children, capacity="assignee").values_list("person_id", flat=True)
    return {*case.named_people("assignee"), *map(str, named)}


def _holds(case: Case, person: UUID | None, roles: tuple[str, ...]) -> bool:
    now = Q(from_at__lte=case.at) & (Q(until_at=None) | Q(until_at__gt=case.at))
    return person is not None and AccessGrant.objects.filter(now, person_id=person, role__in=roles).exists()


def _sleeps(person: UUID | None, roles: tuple[str, ...]) -> bool:
    # A role that sleeps gives no right, and its holder is no outsider for that.
    return person is not None and any(one.role in roles for one in asleep.list_asleep([person]))
