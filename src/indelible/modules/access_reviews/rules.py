"""What an access review must satisfy: nobody decides the own access, nothing is left open, and what is revoked can be taken away."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import AccessGrant, Account, Record
from indelible.kernel.rules import rule
from indelible.modules.access_reviews import lines, roster
from indelible.modules.access_reviews.acts import DECIDE, KEEP_REST, OWN
from indelible.modules.access_reviews.lines import CHANGE, ENTERED, LINES, REVOKE, Line
from indelible.practice import accounts
from indelible.practice.models import Token

WRITTEN = (LINES, "gone", "previous")  # by the system alone
STAYS = ("system", "as_of")
GRANT, ENDED = "grant", ("ended", "refused")


@rule("access_lines_are_the_systems")
def access_lines_are_the_systems(case: Case) -> str | None:
    """The lines of this installation are written by the system, decisions by the act of whoever decides; system and day stay."""
    if case.ctx.person_id is None:
        return None
    before: dict[str, Any] = records.values(case.record) if case.record is not None else {}
    deciding = case.verb in (DECIDE, KEEP_REST)
    changed = [name for name in WRITTEN if not deciding and (before.get(name) or None) != (case.value(name) or None)]
    if changed:
        words = ", ".join(field.title.lower() for name in changed if (field := case.declaration.field(name)))
        return f"Written by the system and not to be changed: {words}. A line is decided by “Decide lines”."
    if case.record is not None and any(before.get(name) != case.value(name) for name in STAYS):
        return "The system and the day of a review stay: void this one and begin another."
    known = [row for row in before.get(ENTERED) or [] if any(row.get(name) for name in lines.DECIDED)]
    typed = [row for row in case.value(ENTERED) or [] if any(row.get(name) for name in lines.DECIDED)]
    if not deciding and any(_same(row) not in [_same(one) for one in known] for row in typed):
        return "A decision is not typed, and what was decided is not rewritten: enter the account, then decide it by “Decide lines”."
    return None


@rule("roster_can_be_read")
def roster_can_be_read(case: Case) -> str | None:
    """A roster is a CSV file whose every line can be read, or nobody would know whom it leaves out."""
    before = records.values(case.record).get("roster") if case.record is not None else None
    if before == case.value("roster"):
        return None
    try:
        roster.of(case.content)
    except roster.Unreadable as problem:
        return str(problem)
    return None


@rule("no_line_undecided")
def no_line_undecided(case: Case) -> str | None:
    """Every line has a decision, flagged, changed and revoked ones with a reason; a review without a line reviewed nothing."""
    if not lines.of(case.content):
        return (
            "There is no line yet: the system writes those of this installation in a moment; enter other accounts by hand."
        )
    if left := lines.undecided(case.content):
        return f"Not decided: {lines.words(left)}."
    bare = [
        line
        for line in lines.of(case.content)
        if (line.flagged or line.decision != lines.KEEP) and not line.row.get("reason")
    ]
    return f"Decided without a reason: {lines.words(bare)}." if bare else None


@rule("unflagged_lines_are_left")
def unflagged_lines_are_left(case: Case) -> str | None:
    """Lines are kept together where one without a flag and without a decision is left that is not one's own."""
    if lines.kept_together(case.content, case.person):
        return None
    return "No line without a flag awaits you: decide what is flagged line by line, and leave your own lines to the other reviewer."


@rule(OWN)
def nobody_reviews_own_access_or_acts(case: Case) -> str | None:
    """Nobody decides on the own access: the lines of each reviewer are decided by the other."""
    own = [line for line in lines.of(case.content) if line.decision and _decided_by_holder(line)]
    return f"Decided by whose access it is: {lines.words(own)}. The other reviewer decides them." if own else None


@rule("second_reviewer_is_another")
def second_reviewer_is_another(case: Case) -> str | None:
    """Who closes an access review is not who submitted it."""
    first = {given["person"] for given in case.done_signatures()}
    mine = case.person is not None and str(case.person.id) in first
    return "You signed this review as the first reviewer; a second person closes it." if mine else None


@rule("revokes_can_be_carried_out", alone=True)
def revokes_can_be_carried_out(case: Case) -> str | None:
    """What is revoked or changed can be taken away: an administrator is left, changes have their request, and what the product cannot end is ended."""
    ending = lines.ending(case.content)
    found = [*_without_administrator(ending, case.at), *_unasked(ending), *_usable(ending, case.at), *_elsewhere(ending)]
    return " ".join(found) or None


def administrator_is_left(grants: set[UUID], people: set[UUID], at: datetime) -> bool:
    """Say whether somebody administers this installation after these grants and these people have ended."""
    now = Q(until_at=None) | Q(until_at__gt=at)
    held = AccessGrant.objects.filter(now, role=accounts.ADMINISTRATOR)
    rest = held.exclude(record_id__in=grants).exclude(person_id__in=people)
    return rest.filter(person_id__in=Record.objects.filter(type=accounts.PERSON, standing="in_force").values("pk")).exists()


def people_of(found: list[Line]) -> set[UUID]:
    """Give the people whose accounts end with these lines: leavers, and who holds nothing but the account."""
    users = [str(line.row["user_id"]) for line in found if line.decision == REVOKE and (line.leaves or line.alone)]
    return set(Account.objects.filter(user_id__in=users).values_list("person_id", flat=True))


def _without_administrator(ending: list[Line], at: datetime) -> Iterator[str]:
    numbers = [str(line.row["held_by"]) for line in ending if line.table == LINES]
    grants = set(Record.objects.filter(type=GRANT, number__in=numbers).values_list("pk", flat=True))
    people = people_of(ending)
    if (grants or people) and not administrator_is_left(grants, people, at):
        yield "Nobody would administer this installation any more: grant the role to somebody else first."


def _unasked(ending: list[Line]) -> Iterator[str]:
    for line in ending:
        if line.table != LINES or line.decision != CHANGE:
            continue
        number = str(line.row.get("request") or "")
        asked = Record.objects.filter(type=GRANT, number=number).exclude(state__in=ENDED).first()
        account = Account.objects.filter(user_id=str(line.row["user_id"])).first()
        theirs = asked and account and (records.values(asked)["person"] or {}).get("person") == str(account.person_id)
        if not theirs or number == line.row.get("held_by"):
            yield f"Line {line.label} is changed: name the request of that person for what comes instead, by its number."


def _usable(ending: list[Line], at: datetime) -> Iterator[str]:
    for line in ending:
        if line.token and Token.objects.filter(pk=UUID(str(line.row["held_by"])), revoked_at=None, until__gt=at).exists():
            yield f"Line {line.label} still works: its owner revokes it on the page Me, or an administrator does."


def _elsewhere(ending: list[Line]) -> Iterator[str]:
    left = [line for line in ending if line.table == ENTERED and not line.row.get("done_on")]
    if left:
        yield f"Not kept by this product: {lines.words(left)}. Do it there, and enter the day."


def _decided_by_holder(line: Line) -> bool:
    by = str(line.row.get("decided_by") or "").casefold()
    name, _, user = by.rpartition(" (")
    if line.table == LINES:
        return user.rstrip(")") == str(line.row.get("user_id") or "").casefold()
    return str(line.row.get("holder") or "").casefold() in (name, user.rstrip(")"))


def _same(row: dict[str, Any]) -> list[tuple[str, Any]]:
    """Give a row without the day on which it was carried out, which is entered after the decision."""
    return sorted((name, value) for name, value in row.items() if name != "done_on" and value is not None)
