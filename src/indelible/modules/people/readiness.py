"""What a check of identity must satisfy, what suspends signing, and what of both is asked before a signature (11.100(b), 11.300(c))."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.errors import Missing
from indelible.kernel.hooks import completes
from indelible.kernel.models import Record
from indelible.kernel.rules import rule
from indelible.practice import directory, dormancy
from indelible.practice.enrolment import asks, marks_of
from indelible.practice.identity import IDENTITY, SUSPENDED, VERB, suspend

GIVEN_BY = "link_given_by"  # the mark that says who gave the newest one-time link
PERSON = "person"


@rule("identity_is_checked_by_another")
def identity_is_checked_by_another(case: Case) -> str | None:
    """Nobody verifies the own identity, nor that of somebody to whom they gave a new credential."""
    me = str(case.person.id) if case.person else ""
    if me == str(case.head.id):
        return "Nobody verifies the own identity."
    if me in case.head.marks.get(SUSPENDED, {}).get("not_by", []):
        return "You gave this person the link, or removed the second factors: somebody else verifies the identity."
    return None


@rule("identity_is_verified", alone=True)
def identity_is_verified(case: Case) -> str | None:
    """A link that sets a password is given to somebody whose identity was verified; of the first person nobody could have done so."""
    if IDENTITY in case.head.marks or not Record.objects.filter(type=PERSON).exclude(pk=case.head.id).exists():
        return None
    return "The identity was not verified yet: somebody else records the check first, on the person's page, More."


@asks
def identity_was_verified(case: Case) -> Iterator[Missing]:
    """The identity was verified by somebody else, and again after a credential was given anew."""
    marks = marks_of(case)
    if IDENTITY not in marks:
        yield Missing(f"A check of your identity by somebody else. {_who(case)}", rule="identity_is_verified")
    elif suspended := marks.get(SUSPENDED):
        since = clock.parse(suspended["since"]).astimezone(ZoneInfo(case.configuration.company.zone))
        yield Missing(
            f"A new check of your identity: signing is suspended since {since:%Y-%m-%d %H:%M}, because {suspended['why']}. "
            f"{_who(case, *suspended['not_by'])}", rule="identity_is_verified",
        )  # fmt: skip


@completes("person.renew_link")
def link_is_given_by(case: Case, decision: Decision) -> None:
    """Who gave a link is remembered: whoever did so does not verify the identity after its use."""
    by = str(case.person.id) if case.person else None
    decision.effects.head["marks"] = {**case.head.marks, GIVEN_BY: by}


@completes("person.activate")
def first_link_is_used_up(case: Case, decision: Decision) -> None:
    """Whoever is activated had the identity checked before the link: it suspends nothing."""
    decision.effects.head["marks"] = {name: mark for name, mark in case.head.marks.items() if name != GIVEN_BY}


@completes("person.link_sso")
def link_by_link_suspends(case: Case, decision: Decision) -> None:
    """Single sign-on that was linked by a one-time link suspends signing, as a password that was set by one does."""
    if case.person is None and GIVEN_BY in case.head.marks:
        suspend(case, decision, "single sign-on was linked by a one-time link", case.head.marks[GIVEN_BY])


@completes("person.set_password")
def reset_suspends(case: Case, decision: Decision) -> None:
    """A password that was set by a one-time link suspends signing; one that its owner changed with the old one does not."""
    if case.person is None:
        suspend(case, decision, "the password was set by a one-time link", case.head.marks.get(GIVEN_BY))


@completes("person.remove_factor")
def removal_suspends(case: Case, decision: Decision) -> None:
    """Second factors that somebody else removed suspend signing."""
    if case.person is None or case.person.id != case.head.id:
        suspend(case, decision, "somebody else removed the second factors", str(case.person.id) if case.person else None)


@completes("person.note_recovery")
def recovery_suspends(case: Case, decision: Decision) -> None:
    """A recovery code in place of the second factor suspends signing."""
    suspend(case, decision, "a recovery code was used")


@completes("person.warn_unused")
def warned_of_a_last_use(case: Case, decision: Decision) -> None:
    """One warning of each time of not being used: the mark says of which last use it is."""
    since = next((one.since for one in dormancy.list_unused(0) if one.person.pk == case.head.id), case.at)
    decision.effects.head["marks"] = {**case.head.marks, dormancy.WARNED: clock.iso(since)}


@completes("person.reactivate")
def coming_back_asks_anew(case: Case, decision: Decision) -> None:
    """Somebody who comes back is the same person, and is verified and enrolled anew."""
    kept = {name: mark for name, mark in case.head.marks.items() if name not in (IDENTITY, SUSPENDED, "statement")}
    decision.effects.head["marks"] = kept


def _who(case: Case, *none_of: str) -> str:
    """Name at most four people who can record the check, and where."""
    declared = case.configuration.type(PERSON).lifecycle["active"].moves[VERB]
    me = case.person
    barred = {str(me.id) if me else "", *none_of}
    found = [name for key, name in directory.holders(declared.by, case.at) if str(key) not in barred][:4]
    return f"{', '.join(found) or 'Nobody here'} can record it: page of {me.number if me else ''}, More, {declared.label}."
