"""What the board of readiness asks of accounts: identities, statements, leavers, accounts nobody uses, files, rights with their grants."""

from __future__ import annotations

from indelible.infra import canonical
from indelible.kernel import records
from indelible.kernel.models import Account, Record
from indelible.practice import asleep, dormancy, enrolment, probing, rights
from indelible.practice.identity import IDENTITY, SUSPENDED
from indelible.practice.probing import Finding, lacking, probe, shown
from indelible.practice.queries import Viewer

PERSON = "person"
PAGE = "/panels/access"


@probe("identities_verified", "Whether somebody else verified the identity of each person with an account.")
def identities_verified(_view: Viewer, _about: str) -> Finding:
    """Say whether each active person is one verified human being (11.100(b), 11.300(a))."""
    found = _active()
    without = [one for one in found if IDENTITY not in one.marks]
    suspended = [one for one in found if SUSPENDED in one.marks]
    if without or suspended or not found:
        return lacking(f"Accounts: {len(found)}; identity never verified: {len(without)}; to be verified again: {len(suspended)}.", page=PAGE)  # fmt: skip
    return shown(f"Somebody else verified the identity of everybody with an account: {len(found)} people.", page=PAGE)


@probe("statements_accepted", "Whether everybody accepted the statement on signatures in the words in force.")
def statements_accepted(view: Viewer, _about: str) -> Finding:
    """Say whether each active person of the company accepted the statement (11.10(j))."""
    words = view.configuration.policies.signing_statement
    if not words:
        return lacking("The configuration holds no statement on electronic signatures.", page="/configuration")
    asked = enrolment.sha256(words)
    own = [one for one in _active() if not records.values(one).get("outside")]
    without = [one for one in own if (one.marks.get(enrolment.STATEMENT) or {}).get("sha256") != asked]
    if without or not own:
        return lacking(
            f"The statement in its present words is not accepted by {len(without)} of {len(own)} people.", page=PAGE
        )
    return shown(f"Everybody accepted the statement in its present words: {len(own)} people.", page=PAGE)


@probe("leavers_disabled", "Whether nobody is active whose day of leaving has passed.")
def leavers_disabled(view: Viewer, _about: str) -> Finding:
    """Say whether somebody who left can still sign in (11.10(d), 11.300(b))."""
    today = probing.today(view).isoformat()
    left = [one for one in _active() if (day := str(records.values(one).get("left_on") or "")) and day < today]
    if left:
        return lacking(f"Active although the day of leaving has passed: {len(left)}.", number=left[0].number, page=PAGE)
    return shown("Nobody is active whose day of leaving has passed.", page=PAGE)


@probe("accounts_used", "Whether every account was used within the days after which it is disabled.")
def accounts_used(view: Viewer, _about: str) -> Finding:
    """Say whether dormant accounts are active (11.300(b))."""
    _, end = view.configuration.policies.dormant_days
    idle = dormancy.list_unused(end)
    if idle:
        return lacking(f"Active and not used for {end} days: {len(idle)}.", number=idle[0].person.number, page=PAGE)
    return shown(f"Every active account was used within {end} days.", page=PAGE)


@probe("files_complete", "Whether no role sleeps because the personnel file of its holder lacks something.")
def files_complete(_view: Viewer, _about: str) -> Finding:
    """Say whether every held role has the file that it asks for (11.10(i), Annex 11-2)."""
    sleeping, page = len(asleep.list_asleep()), "/panels/personnel-gaps"
    if sleeping:
        return lacking(f"Roles that sleep, because a file lacks something: {sleeping}.", page=page)
    return shown("Every role that is held has its personnel file.", page=page)


@probe("access_by_grant", "Whether every right that counts was given by the events of its grant.")
def access_by_grant(_view: Viewer, _about: str) -> Finding:
    """Say whether somebody holds a right that no event gave (11.10(d), Annex 11-12.3)."""
    try:
        wrong = rights.unfounded()
    except canonical.NotCanonical:
        return lacking("The events of a grant are damaged: look at `indelible verify`.", page=PAGE)
    if wrong:
        return lacking(
            f"Rights that are not what the events of their grants say: {len(wrong)}.", number=wrong[0].number, page=PAGE
        )
    return shown("Every right that counts was given by the events of its grant.", page=PAGE)


@probe("accounts_personal", "Whether every account that can sign in belongs to one person who is active or invited.")
def accounts_personal(_view: Viewer, _about: str) -> Finding:
    """Say whether there is an account that belongs to nobody who is active (11.100(a), 11.300(a))."""
    people = Record.objects.filter(type=PERSON, standing__in=("in_force", "in_work")).values("pk")
    odd = Account.objects.filter(is_active=True).exclude(person_id__in=people).count()
    if odd:
        return lacking(f"Accounts that can sign in and belong to nobody who is active or invited: {odd}.", page=PAGE)
    return shown("Every account that can sign in belongs to one person who is active or invited.", page=PAGE)


def _active() -> list[Record]:
    return list(Record.objects.filter(type=PERSON, standing="in_force").order_by("number"))
