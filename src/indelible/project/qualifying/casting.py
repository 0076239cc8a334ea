"""The only place that hires the cast of a copy: one person for each role, by the functions that hire everybody else.

Invited with a check of identity, enrolled by a one-time link with a real password, the statement on signatures accepted, the
personnel file signed by person and manager, then the role. Nobody is given what a company's own people would have to earn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from indelible.infra import clock
from indelible.kernel import acts, config, reactions, signatures
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.models import Record
from indelible.practice import accounts, enrolment, identity, queries

DEPARTMENTS = ("Quality Control", "Operations")
REGISTERS = {"company": {}, "site": {}, "product": {"description": "Invented for the qualification"}}
ADMINISTRATOR, OUTSIDER = "sysadmin", "guest_contributor"  # the first who can let others in; who needs a request to answer
FILE_LASTS = timedelta(days=400)


@dataclass(slots=True)
class Cast:
    """Everybody of the copy, as contexts."""

    password: str
    people: dict[str, Context] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    registers: dict[str, str] = field(default_factory=dict)

    def act(self, user: str | None, act: str, number: str | None = None, **given: Any) -> acts.Outcome:
        """Act as a person, or as the system."""
        record = Record.objects.get(number=number) if number else None
        if record is not None:
            given.setdefault("seen", record.position)
        return acts.run(self.people[user] if user else SYSTEM, act, record.id if record else None, **given)

    def sign(self, user: str, act: str, number: str, reason: str = "") -> None:
        """Look at a record, prove a simulated presence for exactly what is shown, sign."""
        ctx = self.people[user]
        view = queries.viewer(ctx)
        record = queries.get_record(view, number)
        shown = queries.to_sign(view, record, act.partition(".")[2])
        presence = signatures.simulate(ctx.person_id or NOBODY, ctx.session, shown.sha256)
        acts.run(ctx, act, record.id, seen=record.position, presence=presence, reason=reason)


def everybody(people: list[dict[str, str]], password: str) -> dict[str, Any]:
    """Make registers and people (`planning.cast`); gives them with their numbers, as scripts are told of them."""
    cast = Cast(password)
    _registers(cast)
    first = next((one for one in people if one["role"] == ADMINISTRATOR), people[0])
    others = [one for one in people if one is not first]
    _enrol(cast, first, None)  # of the first one nobody could see yet who it is
    _establish(cast, first, people)
    for person in others:
        _enrol(cast, person, first["user_id"])
    for person in sorted(others, key=_file_length):  # whose role asks for no file signs those of others
        _establish(cast, person, people)
    _finish(cast, people, first["user_id"])
    while reactions.run_pending():
        pass
    known = {str(pk): number for pk, number in Record.objects.filter(type="person").values_list("pk", "number")}
    told = [
        one | {"number": known[str(cast.people[one["user_id"]].person_id)], "department": _scope(cast, one["role"])}
        for one in people
    ]
    return {"people": told, "departments": cast.departments, **{name: cast.registers.get(name, "") for name in REGISTERS}}


def _registers(cast: Cast) -> None:
    known = config.current()
    for name in DEPARTMENTS if "department" in known.types else ():
        cast.departments[name] = cast.act(None, "department.create", fields={"name": name}).number
    for kind, fields in REGISTERS.items():
        if kind in known.types:
            name = known.company.name if kind == "company" else f"{kind.capitalize()} of the qualification"
            cast.registers[kind] = cast.act(None, f"{kind}.create", fields={"name": name, **fields}).number


def _enrol(cast: Cast, person: dict[str, str], first: str | None) -> None:
    user = person["user_id"]
    fields = {"printed_name": person["name"], "job_title": config.current().roles[person["role"]].label, "user_id": user,
              "email": f"{user}@copy.example"}  # fmt: skip
    fields |= {"department": cast.departments[DEPARTMENTS[0]]} if cast.departments else {}
    by = cast.people[first] if first else None
    outcome, link = accounts.invite(by or SYSTEM, fields, identity=_seen() if by else None)
    accounts.enrol(link, cast.password)
    ctx = cast.people[user] = Context(outcome.record, "session", session=f"made-{user}")
    view = queries.viewer(ctx)
    words = config.current().policies.signing_statement
    if view.person is not None and words:
        shown = signatures.statement_hash(enrolment.to_accept(view.person, words))
        enrolment.accept_present(ctx, outcome.record, signatures.simulate(outcome.record, ctx.session, shown))


def _establish(cast: Cast, person: dict[str, str], people: list[dict[str, str]]) -> None:
    """Bring what the role asks of a personnel file, and give the role. Everybody's role needs no grant; a request gives the outsider's."""
    role, user = person["role"], person["user_id"]
    if config.current().roles[role].everybody or role == OUTSIDER:
        return
    for kind in _asked(role):
        _file(cast, user, kind, people)
    fields: dict[str, Any] = {"person": user, "role": role, "why": "Takes part in the qualification"}
    fields |= {"department": _scope(cast, role)} if _scope(cast, role) else {}
    fields |= {"until": (clock.now() + FILE_LASTS).date().isoformat()} if role.startswith("guest") else {}
    made = cast.act(None, "grant.create", fields=fields)
    cast.act(None, "grant.establish", made.number)


def _file(cast: Cast, user: str, kind: str, people: list[dict[str, str]]) -> None:
    fields = {
        "person": user,
        "kind": kind,
        "title": f"{kind} of {user}",
        "text": "Takes part in the qualification of the system.",
    }
    if kind == "job_description":
        manager = next(one["user_id"] for one in people if not _asked(one["role"]) and _approves(one["role"]))
        number = cast.act(user, "personnel_item.create", fields=fields | {"manager": manager}).number
        for signer in (user, manager):
            cast.sign(signer, "personnel_item.agree", number)
        return
    number = cast.act(user, "personnel_item.create", fields=fields).number
    if kind == "cv":
        cast.sign(user, "personnel_item.declare", number)
        return
    others = {one["user_id"] for one in people if one["role"] in ("trainer", "qa_ops", "qa_approver")} - {user}
    cast.sign(min(others), "personnel_item.see_original", number)


def _finish(cast: Cast, people: list[dict[str, str]], first: str) -> None:
    """See the first administrator's identity, name the head of the department, and say that a copy owes FDA no letter."""
    by_role = {one["role"]: one["user_id"] for one in reversed(people)}
    if "doc_control" in by_role:
        identity.verify(cast.people[by_role["doc_control"]], cast.people[first].person_id or NOBODY, _seen())
    if cast.departments and "dept_approver" in by_role:
        number, head = cast.departments[DEPARTMENTS[0]], by_role["dept_approver"]
        cast.act(None, "department.edit", number, fields={"head": head}, reason="Head of department named")
    reactions.run_pending()
    letter = Record.objects.filter(type="certification_letter", state="draft").first()
    for role in ("qa_approver", "executive") if letter else ():
        if letter is not None and role in by_role:
            cast.sign(
                by_role[role], "certification_letter.do_without", letter.number, "A disposable copy holds no record for FDA"
            )


def _file_length(person: dict[str, str]) -> int:
    return len(_asked(person["role"]))


def _asked(role: str) -> tuple[str, ...]:
    return tuple(config.current().roles[role].file)


def _approves(role: str) -> bool:
    return "approved" in config.current().roles[role].signs


def _scope(cast: Cast, role: str) -> str:
    return cast.departments[DEPARTMENTS[0]] if config.current().roles[role].scoped and cast.departments else ""


def _seen() -> dict[str, str]:
    return {"document": "passport", "way": "in_person", "seen_on": (clock.now() - timedelta(days=2)).date().isoformat()}
