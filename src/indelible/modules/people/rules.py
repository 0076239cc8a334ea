"""What a person, a grant and an item of a personnel file must satisfy before they count."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from indelible.kernel import authority, gates, records
from indelible.kernel.case import Case
from indelible.kernel.config import Configuration
from indelible.kernel.models import AccessGrant, Account, Record
from indelible.kernel.reasons import is_filler
from indelible.kernel.rules import rule
from indelible.modules.people import delegating, personnel
from indelible.practice import asleep, filling

USER_ID = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")
ALIKE = str.maketrans("0158", "olsb", "._-")  # beside the ASCII that the pattern leaves
ADMINISTRATOR = "sysadmin"
EMERGENCY, IN_EMERGENCY = "emergency", (ADMINISTRATOR, "system_owner")
BEGINNERS = ("trainer", "qa_ops", "qa_approver", "dept_approver")  # who may begin an item for somebody else


@rule("user_id_is_plain")
def user_id_is_plain(case: Case) -> str | None:
    """A user id is lower-case letters, digits, point, dash and underscore, so that no two look alike (11.300(a))."""
    value = str(case.value("user_id") or "")
    return (
        None
        if USER_ID.fullmatch(value)
        else f"User id {value!r} must be lower-case letters, digits, point, dash or underscore."
    )


@rule("user_id_is_one_persons", alone=True)
def user_id_is_one_persons(case: Case) -> str | None:
    """A user id is plain, says no function, looks like nobody else's, and stays with its person for ever (11.100(a), 11.300(a))."""
    value = str(case.value("user_id") or "")
    if case.record is not None:
        before = str(records.values(case.record).get("user_id") or "")
        return None if value == before else f"The user id stays {before}: signatures and trail know the person by it."
    if not USER_ID.fullmatch(value):
        return f"User id {value[:64]!r} must be 2 to 64 lower-case letters, digits, points, dashes or underscores, and begin with one of the first two."
    if any(_says_a_function(value, reserved) for reserved in case.configuration.policies.reserved_ids):
        return f"{value} names a function or a place, not a person: an account is one person's."
    alike = _alike(value)
    if not alike or value in alike:
        return None  # one that is taken is refused where the field is
    return f"{value} looks like {alike[0]}, which is somebody else's: choose one that nobody takes for it."


def _says_a_function(value: str, reserved: str) -> bool:
    rest = value.removeprefix(reserved.removesuffix("*"))
    if rest == value and value != reserved:
        return False
    return not rest or (reserved.endswith("*") and not rest.strip("0123456789._-"))


def _alike(value: str) -> list[str]:
    wanted = _looks(value)
    return [
        known for known in Account.objects.order_by("user_id").values_list("user_id", flat=True) if _looks(known) == wanted
    ]


def _looks(user_id: str) -> str:
    """Give what people see of a user id: letters and digits that are taken for one another are one, what parts them is none."""
    return user_id.translate(ALIKE).replace("rn", "m").replace("vv", "w")


@rule("person_is_active", alone=True)
def person_is_active(case: Case) -> str | None:
    """Only an active person receives a role."""
    people = case.named_people("person")
    active = people and Record.objects.filter(pk=UUID(people[0]), standing="in_force").exists()
    return None if active else "The person is not active in this system."


@rule("established_while_founding")
def established_while_founding(case: Case) -> str | None:
    """An administrator establishes roles only while the installation is being founded, and never the own ones."""
    if case.person is None:
        return None
    if case.validated != gates.FOUNDING:
        return "The installation is founded: a role is granted with the signatures that it needs."
    return "Nobody establishes an own role." if str(case.person.id) in case.named_people("person") else None


@rule("grant_approver_is_not_requester_nor_subject")
def grant_approver_is_not_requester_nor_subject(case: Case) -> str | None:
    """Nobody grants a role to themselves or approves the grant that they asked for."""
    if case.person is None:
        return None
    named = {str(case.head.author_id), *case.named_people("person")}
    return (
        "You asked for this grant or would receive it; somebody else approves it." if str(case.person.id) in named else None
    )


@rule("roles_do_not_conflict", alone=True)
def roles_do_not_conflict(case: Case) -> str | None:
    """Nobody holds two roles that exclude each other; the exception is a signed one, not a silent one."""
    people = case.named_people("person")
    now = Q(until_at=None) | Q(until_at__gt=case.at)
    held = AccessGrant.objects.filter(now, person_id__in=[UUID(p) for p in people]).values_list("role", flat=True)
    sleeping = {one.role for one in asleep.list_asleep(UUID(person) for person in people)}
    clash = conflicts(case.configuration, {*held, *sleeping, case.value("role")})
    return f"The roles {clash[0][0]} and {clash[0][1]} are never held together by one person." if clash else None


@rule("scope_fits_role")
def scope_fits_role(case: Case) -> str | None:
    """A role that is held for a department names one, and only such a role does."""
    role = case.configuration.roles.get(str(case.value("role")))
    if role is None:
        return f"The role {case.value('role')!r} does not exist in this configuration."
    if role.scoped and not case.value("department"):
        return f"{role.label} is held for one department: name it."
    return (
        f"{role.label} is held for the whole company: leave the department empty."
        if not role.scoped and case.value("department")
        else None
    )


@rule("outside_stays_outside")
def outside_stays_outside(case: Case) -> str | None:
    """Whoever is of another company stays so in this system, and nobody becomes so: they get an entry of their own."""
    if case.record is None or records.values(case.record).get("outside") == case.value("outside"):
        return None
    return "Whether somebody is of another company is said once: disable this entry and make another one."


@rule("tokens_are_for_own_people")
def tokens_are_for_own_people(case: Case) -> str | None:
    """No program acts for somebody of another company."""
    return "No token is issued to somebody of another company." if case.value("outside") else None


@rule("outside_access_is_narrow", alone=True)
def outside_access_is_narrow(case: Case) -> str | None:
    """Somebody of another company gets access to one request, with its sponsor, until its day, with a confirmed identity; nobody else does."""
    person = Record.objects.get(pk=UUID(case.named_people("person")[0]))
    theirs = bool(records.values(person).get("outside"))
    if case.value("role") != authority.OUTSIDE:
        if theirs:
            return f"{person.title} is of another company: nothing but access to one request is granted."
        return "Only access from outside is granted for one record: leave it empty." if case.value("record") else None
    if not theirs:
        return f"{person.title} is of this company: outside access is for people of another one, as their entry says."
    if not case.value("record") or not case.value("until"):
        return "Name the one request that is to be seen, and until when."
    return _misfit(case, Record.objects.get(number=case.value("record")[0]["number"]))


def _misfit(case: Case, request: Record) -> str | None:
    if records.state_of(request).look in ("done", "void"):
        return f"{request.number} has ended."
    if case.named_people("sponsor") != [str(request.owner_id)]:
        return f"The sponsor of {request.number} answers for the access: name them."
    if case.value("until") != records.values(request).get("until"):
        return f"{request.number} is open until {records.values(request).get('until')}: access ends on that day."
    said = str(case.value("identity") or "")
    if len(said.strip()) < case.configuration.policies.reason_length or is_filler(said):
        return "Say who confirmed the identity, how and when."
    return None


@rule("emergency_is_narrow")
def emergency_is_narrow(case: Case) -> str | None:
    """In an emergency nothing is given but administration or ownership of the system, for hours, with a word on who could not be reached."""
    if case.value("urgency") != EMERGENCY:
        return None
    if case.value("role") not in IN_EMERGENCY:
        return "In an emergency only the system is administered or owned: whoever signs for Quality or a function is granted in the usual way."
    if case.value("until"):
        return "The hours say when it ends: leave the day empty."
    said = str(case.value("tried") or "")
    if len(said.strip()) < case.configuration.policies.reason_length or is_filler(said):
        return "Say whom you tried to reach, how and when."
    return None if case.value("hours") else "Say for how many hours."


@rule("last_administrator_is_kept", alone=True)
def last_administrator_is_kept(case: Case) -> str | None:
    """The last administrator's grant does not end: nobody could let the next one in."""
    if case.value("role") != ADMINISTRATOR:
        return None
    now = Q(until_at=None) | Q(until_at__gt=case.at)
    others = AccessGrant.objects.filter(now, role=ADMINISTRATOR).exclude(record_id=case.head.id)
    return None if others.exists() else "This is the last administrator; grant the role to somebody else first."


def conflicts(configuration: Configuration, roles: Iterable[str]) -> list[tuple[str, str]]:
    """Give the pairs among these roles that one person may not hold at the same time."""
    mine = set(roles)
    pairs = ((name, other) for name in mine for other in configuration.roles[name].never_with if other in mine)
    return sorted({(min(pair), max(pair)) for pair in pairs})


@rule("file_is_complete", alone=True)
def file_is_complete(case: Case) -> str | None:
    """A role wakes when the personnel file holds all that it asks for."""
    person = UUID(case.named_people("person")[0])
    lacks = personnel.lacking(person, str(case.value("role")))
    return _sentence(lack.text for lack in personnel.told(person, lacks, case.configuration.company.zone))


@rule("file_is_ones_own_or_administered")
def file_is_ones_own_or_administered(case: Case) -> str | None:
    """Everybody brings items to the own file; to that of another who administers training, Quality, or a head of function."""
    named = case.named_people("person")
    if case.record is not None:
        before = records.values(case.record)
        stays = before["person"] == case.value("person") and before["kind"] == case.value("kind")
        return None if stays else "Whose file it is and the kind of the item stay: withdraw this one and begin another."
    if case.person is None or str(case.person.id) in named or any(held.role in BEGINNERS for held in case.held):
        return None
    return "It is not your file: the person, somebody who administers training, Quality or a head of function begins it."


@rule("item_holds_something")
def item_holds_something(case: Case) -> str | None:
    """What is signed is there to be read: a text or a file."""
    return None if case.value("text") or case.value("files") else "It has neither a text nor a file."


@rule("item_is_still_valid")
def item_is_still_valid(case: Case) -> str | None:
    """Nothing comes into force whose last day is over."""
    today = case.at.astimezone(ZoneInfo(case.configuration.company.zone)).date()
    return "Its last day is over." if personnel.over(case.value("valid_until"), today) else None


@rule("manager_leads_the_person", alone=True)
def manager_leads_the_person(case: Case) -> str | None:
    """A job description is signed by management or the head of the person's department; nobody is the own manager.

    For somebody of management, where nobody is above, another head of function signs.
    """
    if not case.value("manager"):
        return None  # it is asked for as a field
    person, manager = (UUID(case.named_people(name)[0]) for name in ("person", "manager"))
    if person == manager:
        return "Nobody is the own manager: name who answers for the work."
    held = delegating.own_grants(case.at)
    theirs, department = held.filter(person_id=manager), case.other(person).department
    if theirs.filter(role=personnel.MANAGEMENT).exists():
        return None
    heads = theirs.filter(role=personnel.LEADING)
    anywhere = department is None or held.filter(person_id=person, role=personnel.MANAGEMENT).exists()
    if (heads if anywhere else heads.filter(Q(scope=department) | Q(scope=None))).exists():
        return None
    return f"The manager is neither management nor head of {department or 'a function'}, or that role sleeps."


@rule("original_is_seen_by_another")
def original_is_seen_by_another(case: Case) -> str | None:
    """Who says that an original was seen is not the person whose it is."""
    own = case.person is not None and str(case.person.id) in case.named_people("person")
    return "It is your own file: somebody else looks at the original." if own else None


@rule("a_newer_one_is_in_force", alone=True)
def a_newer_one_is_in_force(case: Case) -> str | None:
    """An item is superseded by one of the same person and kind that came into force after it."""
    person = UUID(case.named_people("person")[0])
    newer = (
        one for one in personnel.items(person)
        if one.state == personnel.IN_FORCE and one.pk != case.head.pk and personnel.kind_of(one) == case.value("kind")
        and personnel.since(one) > personnel.since(case.head)
    )  # fmt: skip
    word = personnel.label(str(case.value("kind")))
    return None if any(newer) else f"No newer {word} of this person is in force: begin it, and have it signed."


@filling.leaves_out("personnel_item")
def whose_file_is_not_asked_again(record: Record | None) -> list[str]:
    """Whose file it is and the kind are asked once; a manager only where somebody signs as one."""
    if record is None:
        return []
    values: dict[str, Any] = records.values(record)
    return ["person", "kind", *([] if values["kind"] == "job_description" else ["manager"])]


def _sentence(texts: Iterable[str]) -> str | None:
    return " ".join(texts) or None
