"""The only place that hires the demo company's people: accounts, personnel files signed by person and manager, then roles.

Management comes first, because its role asks for no file, and signs the files of the heads of function, who sign all others.
"""

from __future__ import annotations

from typing import Any

from indelible.kernel import config, reactions, signatures
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.models import Record
from indelible.practice import absences, accounts, enrolment, identity, papers, queries, uploads
from indelible.project.demo import phones
from indelible.project.demo.cast import Cast

PASSWORD = "demo only: seven cold bags"  # noqa: S105 - printed on the console of a home that holds nothing real
READER, LEADING, MANAGEMENT, ADMINISTRATOR = "reader", "dept_approver", "executive", "sysadmin"
CHECKS, SENDS, FILES = (
    "therrera",
    "rfeldman",
    "therrera",
)  # sees the administrator's passport; sends the letter; certifies its scan
ADDRESSEE = "As FDA named it on that day (invented)"
WAITS, WAITS_AS = "vabara", "trainer"  # whose role sleeps on the day of loading, because the manager has not signed
RUNS_OUT, DAYS_LEFT = "ecarter", 20  # whose CV is to be renewed

Person = dict[str, Any]


def everybody(story: Cast, company: dict[str, Any], cv_until: str) -> None:
    """Hire everybody; `cv_until` is the last day of the one CV that runs out."""
    people: list[Person] = [*company["people"], *company["left"]]
    administrator = next(one for one in people if ADMINISTRATOR in one["roles"])
    _enrol(story, administrator, None)  # of the first one nobody could see yet who it is
    _roles(story, administrator, asking=False)
    others = [one for one in people if one is not administrator]
    for person in others:
        _enrol(story, person, administrator["user_id"])
    for person in others:
        _roles(story, person, asking=False)
    for person in sorted(people, key=_rank):
        if any(_asks(role) for role, _ in _held(person)):
            file(story, company, person, cv_until=cv_until if person["user_id"] == RUNS_OUT else "")
        _roles(story, person, asking=True)
    for person in filter(phones.has, people):
        story.tick()
        phones.add(story.people[person["user_id"]], person["user_id"])
    while reactions.run_pending():
        story.tick()
    identity.verify(story.people[CHECKS], story.people[administrator["user_id"]].person_id or NOBODY, _seen())
    _letter(story, company)


def one_waits(story: Cast, company: dict[str, Any]) -> None:
    """Ask for a role whose holder has signed the job description, and the manager has not: it sleeps."""
    person = next(one for one in company["people"] if one["user_id"] == WAITS)
    file(story, company, person, agreed=False)
    manager = _manager(company, person)
    fields = {"person": WAITS, "role": WAITS_AS, "why": "Shows others the new controlled-rate freezer"}
    grant = story.act(manager, "grant.create", fields=fields).number
    story.sign(_management(company), "grant.approve", grant)
    while reactions.run_pending():
        story.tick()


def file(story: Cast, company: dict[str, Any], person: Person, *, cv_until: str = "", agreed: bool = True) -> None:
    """Bring a person's job description and CV, and have them signed."""
    who, manager = person["user_id"], _manager(company, person)
    given = {"person": who, "kind": "job_description", "title": person["title"], "manager": manager,
             "text": _job(company, person, manager)}  # fmt: skip
    number = story.act(who, "personnel_item.create", fields=given).number
    for signer in (who, manager) if agreed else (who,):
        story.sign(signer, "personnel_item.agree", number)
    given = {"person": who, "kind": "cv", "title": f"CV of {person['name']}", "text": _career(company, person)}
    given |= {"valid_until": cv_until} if cv_until else {}
    number = story.act(who, "personnel_item.create", fields=given).number
    story.sign(who, "personnel_item.declare", number)


def _letter(story: Cast, company: dict[str, Any]) -> None:
    """Send the letter under 11.100(c), and have it filed by somebody else than who brought its scan."""
    letter = Record.objects.get(type="certification_letter")
    today = absences.today().isoformat()
    story.act(SENDS, "certification_letter.edit", letter.pk, reason="Signed and on its way", fields={
        "signatory": _management(company), "signed_on": today, "addressee": ADDRESSEE, "way": "electronically", "looked_up_on": today,
        "sent_on": today, "place_of_original": "Regulatory Affairs, safe, folder 1",
    })  # fmt: skip
    paper = papers.of(letter.type)
    files = {"scan": ("Letter, signed.pdf", paper.make(Record.objects.get(pk=letter.pk)) if paper else b""),
             "proof": ("Receipt.txt", b"Invented receipt of an invented letter, taken in by the gateway of nobody.\n")}  # fmt: skip
    kept = {
        name: [uploads.receive(story.people[SENDS], called, [content]).sha256] for name, (called, content) in files.items()
    }
    story.act(SENDS, "certification_letter.edit", letter.pk, fields=kept, reason="Scan and receipt")
    story.sign(FILES, "certification_letter.file", letter.number)


def _seen() -> dict[str, str]:
    return {"document": "passport", "way": "in_person", "seen_on": absences.today().isoformat()}


def _enrol(story: Cast, person: Person, by: str | None) -> None:
    story.tick()
    fields = {
        "printed_name": person["name"], "native_name": person.get("native_name"), "job_title": person["title"],
        "department": story.departments[person["department"]], "email": person["email"], "user_id": person["user_id"],
    }  # fmt: skip
    outcome, link = accounts.invite(story.people[by] if by else SYSTEM, fields, identity=_seen() if by else None)
    accounts.enrol(link, PASSWORD)
    ctx = story.people[person["user_id"]] = Context(outcome.record, "session", session=f"demo-{person['user_id']}")
    story.tick()
    view = queries.viewer(ctx)
    if view.person is not None:
        shown = enrolment.to_accept(view.person, view.configuration.policies.signing_statement)
        proof = signatures.simulate(outcome.record, ctx.session, signatures.statement_hash(shown))
        enrolment.accept_present(ctx, outcome.record, proof)


def _roles(story: Cast, person: Person, *, asking: bool) -> None:
    """Establish the roles of a person that ask for a personnel file, or those that do not."""
    for role, scope in _held(person):
        if _asks(role) == asking:
            given = {"person": person["user_id"], "role": role, "why": f"Part of the work as {person['title']}"}
            given |= {"department": story.departments[scope]} if scope else {}
            grant = story.act(None, "grant.create", fields=given)
            story.act(None, "grant.establish", grant.record, reason="Established when the system was set up")


def _held(person: Person) -> list[tuple[str, str]]:
    found = [(held, "") if isinstance(held, str) else (held["role"], held["department"]) for held in person["roles"]]
    return [(role, scope) for role, scope in found if role != READER]


def _asks(role: str) -> bool:
    return bool(config.current().roles[role].file)


def _rank(person: Person) -> int:
    """Give heads of function the first place, management the last: a head of function signs for it."""
    roles = {role for role, _ in _held(person)}
    return 2 if MANAGEMENT in roles else 0 if LEADING in roles else 1


def _management(company: dict[str, Any]) -> str:
    return next(str(one["user_id"]) for one in company["people"] if MANAGEMENT in one["roles"])


def _manager(company: dict[str, Any], person: Person) -> str:
    """Give who signs a person's job description: the head of the department, for a head management, for management Quality."""
    management = _management(company)
    heads = {one["id"]: str(one["head"]) for one in company["departments"]}
    if person["user_id"] == management:
        return heads["quality"]
    head = heads[person["department"]]
    return management if head == person["user_id"] else head


def _job(company: dict[str, Any], person: Person, manager: str) -> str:
    """Write the job description: position, reporting line, and the work in each role."""
    above = next(one for one in company["people"] if one["user_id"] == manager)
    department = next(one["name"] for one in company["departments"] if one["id"] == person["department"])
    roles = config.current().roles
    work = [f"- {roles[role].label}. {roles[role].help}".rstrip() for role, _ in _held(person)]
    return (
        f"## 1 Position\n\n{person['title']}, {department}. Reports to {above['name']}, {above['title']}.\n\n"
        "## 2 Work in the quality system\n\n" + "\n".join([*work, "- Works by the procedures of the department."])
    )


def _career(company: dict[str, Any], person: Person) -> str:
    return (
        f"## 1 Present position\n\n{person['title']}, {company['company']['name']}\n\n"
        "## 2 Education and earlier positions\n\nAs in the original, which Administration and Training keeps. "
        "This person is invented, as is everybody in this company."
    )
