"""Real homes for tests: a template is built once through the door, each test gets its own copy of the database.

No rollback, no flush, no factory: what a test finds was made by acts, and commits are real (D22).
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection, connections
from django.test import RequestFactory

from indelible.assurance.rebuild import rebuild
from indelible.assurance.verify import verify
from indelible.infra import canonical, clock
from indelible.infra.home import Home
from indelible.kernel import acts, config, reactions, sequencer, signatures
from indelible.kernel.acts import Outcome
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.models import Baseline, Record
from indelible.modules.people import personnel
from indelible.practice import accounts, enrolment, identity, queries
from indelible.project import installing
from tests import machine

TOY = Path(__file__).parent / "toy" / "sample.yaml"
PASSWORD = "correct horse battery staple"
FIRST = "adm"  # whom the founding of a home lets in; the others are let in by them
SEEN = {"document": "passport", "way": "in_person", "seen_on": "2020-01-02"}

STAFF: dict[str, tuple[str, list[Any]]] = {
    "ann": ("Ann Author", ["author"]),
    "bea": ("Bea Author", ["author"]),
    "rob": ("Rob Reviewer", ["qa_ops"]),
    "hed": ("Hed Head", [("dept_approver", "Quality Control")]),
    "tek": ("Tek Head", [("dept_approver", "Operations")]),
    "qua": ("Qua Quality", ["qa_approver"]),
    "quy": ("Quy Quality", ["qa_approver"]),
    "doc": ("Doc Control", ["doc_control"]),
    "sys": ("Sys Owner", ["system_owner"]),
    "exe": ("Exe Cutive", ["executive"]),
    "adm": ("Adm Inistrator", ["sysadmin"]),
    "rea": ("Rea Der", []),
    "gue": ("Gue Inspector", ["guest_inspector"]),
}


@dataclass
class TestHome:
    """One home under test: its folder, its people as contexts, and short ways through the door."""

    __test__ = False
    path: Path
    people: dict[str, Context] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)
    simulated: bool = True

    def person(self, user: str) -> uuid.UUID:
        """Give a person's id."""
        found = self.people[user].person_id
        assert found is not None
        return found

    def view(self, user: str) -> queries.Viewer:
        """Look as a person."""
        return queries.viewer(self.people[user])

    def act(self, user: str, act: str, number: str | None = None, **inputs: Any) -> Outcome:
        """Act as a person, having looked at the record as it is now."""
        record = Record.objects.get(number=number) if number else None
        inputs.setdefault("seen", record.position if record else None)
        return acts.run(self.people[user], act, record.id if record else None, **inputs)

    def sign(self, user: str, act: str, number: str, reason: str = "") -> Outcome:
        """Look, prove presence for exactly what was shown, and sign."""
        verb, view = act.partition(".")[2], self.view(user)
        record = queries.get_record(view, number)
        shown = queries.to_sign(view, record, verb)
        presence = self.presence(user, act, number, shown.sha256)
        return acts.run(view.ctx, act, record.id, seen=record.position, presence=presence, reason=reason)

    def accept(self, user: str) -> None:
        """Accept the statement on signatures with all components, as whoever signs does first."""
        view = self.view(user)
        assert view.person is not None
        shown = signatures.statement_hash(enrolment.to_accept(view.person, view.configuration.policies.signing_statement))
        presence = self.presence(user, enrolment.ACT, view.person.number, shown)
        enrolment.accept_present(view.ctx, view.person.id, presence)

    def complete(self, user: str, role: str) -> None:
        """Bring what a role asks for and the person's file lacks."""
        if lacks := personnel.lacking(self.person(user), role):
            self.file(user, *lacks)

    def file(self, user: str, *kinds: str, manager: str = "exe", **fields: Any) -> list[str]:
        """Bring signed items to a person's file: job description and CV unless others are named; gives their numbers."""
        made = []
        for kind in kinds or ("job_description", "cv"):
            given: dict[str, Any] = {"person": user, "kind": kind, "title": f"{kind} of {user}", "text": "What the work is."}
            given |= {"manager": manager} if kind == "job_description" else {}
            number = self.act(user, "personnel_item.create", fields=given | fields).number
            for who in (user, manager) if kind == "job_description" else (user,):
                self.sign(who, f"personnel_item.{'agree' if kind == 'job_description' else 'declare'}", number)
            made.append(number)
        return made

    def presence(self, user: str, act: str, number: str, statement: str) -> uuid.UUID:
        """Prove presence: simulated where the genesis says so, with user id and password where it does not."""
        ctx = self.people[user]
        if self.simulated:
            return signatures.simulate(self.person(user), ctx.session, statement)
        return signatures.present(RequestFactory().post("/"), ctx, act=act, number=number, user_id=user,
                                  password=PASSWORD, statement=statement)  # fmt: skip

    def draft(self, user: str = "ann", **fields: Any) -> str:
        """Create a complete draft document and give its number."""
        given = {
            "title": "Handling of samples", "class": "procedure", "owner": user, "audience": "Everybody in the laboratory",
            "department": self.departments["Quality Control"], "reviewers": ["rob"], "effective_on": "2020-01-01", "training": "none",
            "text": "## 1 Purpose\n\nSamples are handled so that nothing is lost.",
        }  # fmt: skip
        return self.act(user, "document.create", fields=given | fields).number

    def revise(self, user: str, number: str, **fields: Any) -> str:
        """Begin the next revision with what every revision must say, and give its number."""
        given = {
            "reason_for_revision": "Samples arrive on other days", "summary_of_changes": "Section 1 names the days",
            "revision_class": "full", "effective_on": "2020-01-02",
        }  # fmt: skip
        return self.act(user, "document.revise", number, fields=given | fields).number

    def until(self, number: str, state: str) -> str:
        """Take a draft by Ann as far as the named state."""
        steps: dict[str, Callable[[], object]] = {
            "in_review": lambda: self.sign("ann", "document.submit", number),
            "in_approval": lambda: self.sign("rob", "document.agree", number),
            "approved": lambda: [self.sign(who, "document.approve", number) for who in ("hed", "qua")],
            "effective": lambda: self.act("doc", "document.take_effect", number),
        }
        for reached, step in steps.items():
            step()
            if reached == state:
                break
        return number


def build(place: Path, *, simulated: bool = True, types: Iterable[Path] = (TOY,), policies: str = "") -> TestHome:
    """Build a template home through the door: genesis, departments, people, roles; a simulated one is released."""
    home = Home(place)
    installing.write_defaults(home)
    for declared in types:
        shutil.copy(declared, home.configuration / "types")
    for line in policies.splitlines():  # instead of the shipped ones of the same name
        file, name = home.configuration / "policies.yaml", line.partition(":")[0]
        file.write_text(re.sub(rf"(?m)^{name}:.*$", line, file.read_text("utf-8")), "utf-8")
    installing.migrate()
    installing.found(installing.read_configuration(home.configuration), name="Test company", simulated=simulated)
    installation = Record.objects.get(type="installation")
    if simulated:
        acts.run(SYSTEM, "installation.simulate_release", installation.id)
    made = TestHome(place, simulated=simulated)
    for name in ("Quality Control", "Operations"):
        made.departments[name] = acts.run(SYSTEM, "department.create", fields={"name": name}).number
    made.people[FIRST] = enrol(made, FIRST, STAFF[FIRST][0])  # whose identity nobody could verify yet
    give(made, FIRST, STAFF[FIRST][1])
    others = [one for one in STAFF.items() if one[0] != FIRST]
    for user, (name, _) in others:
        made.people[user] = enrol(made, user, name)
    # Whose role asks for nothing comes first: management signs the job descriptions of all others.
    for user, (_, roles) in sorted(others, key=lambda one: _asks(one[1][1])):
        give(made, user, roles)
    identity.verify(made.people["doc"], made.people[FIRST].person_id or NOBODY, SEEN)
    found_company(made)
    sequencer.drain()
    return made


def found_company(home: TestHome, name: str = "Test company") -> None:
    """Enter a company; in a released home it is signed that it needs no letter to FDA. A founded one files its letter itself."""
    acts.run(SYSTEM, "company.create", fields={"name": name})
    reactions.run_pending()
    letter = Record.objects.filter(type="certification_letter").latest("number").number
    for user in ("qua", "exe") if home.simulated else ():
        home.sign(user, "certification_letter.do_without", letter, reason="Nothing here is a record for FDA")


def hire(home: TestHome, user: str, name: str, roles: list[Any]) -> Context:
    """Invite a person, let them enrol, bring their file, and establish their roles."""
    home.people[user] = enrol(home, user, name)
    give(home, user, roles)
    return home.people[user]


def enrol(home: TestHome, user: str, name: str) -> Context:
    """Invite a person and let them enrol."""
    fields = {
        "printed_name": name,
        "job_title": "Scientist",
        "user_id": user,
        "email": f"{user}@quality.example",
        "department": home.departments["Quality Control"],
    }
    home.people[user] = invited(home, fields)
    home.accept(user)
    return home.people[user]


def invited(home: TestHome, fields: dict[str, Any]) -> Context:
    """Invite a person whose identity was seen, and let them set a password."""
    outcome, link = accounts.invite(home.people.get(FIRST, SYSTEM), fields, identity=SEEN if FIRST in home.people else None)
    accounts.enrol(link, PASSWORD)
    return Context(outcome.record, "session", session=f"session-{fields['user_id']}")


def _asks(roles: list[Any]) -> bool:
    """Say whether a role asks for something in the personnel file of its holder."""
    names = {held[0] if isinstance(held, tuple) else held for held in roles}
    return any(config.current().roles[name].file for name in names)


def give(home: TestHome, user: str, roles: list[Any]) -> None:
    """Establish roles; in a released home with the personnel file that they ask for."""
    for held in roles:
        role, scope = held if isinstance(held, tuple) else (held, None)
        if home.simulated:
            home.complete(user, role)
        given = {"person": user, "role": role, "why": "Needed for the work"}
        given |= {"department": home.departments[scope]} if scope else {}
        given |= {"until": "2099-12-31"} if role.startswith("guest") else {}
        grant = acts.run(SYSTEM, "grant.create", fields=given)
        acts.run(SYSTEM, "grant.establish", grant.record)


def under(**policies: Any) -> None:
    """Let other policies be in force from now on, as the next baseline."""
    now = config.current()
    then = now.model_copy(update={"policies": now.policies.model_copy(update=policies)})
    text = canonical.encode(then.model_dump(mode="json"))
    number = Baseline.objects.count() + 1
    Baseline.objects.create(number=number, content=text, sha256=canonical.sha256(text), at=clock.now())


def expect_whole() -> None:
    """Verify everything that a test has left behind, and rebuild the projections; what differs fails the test."""
    report, result = verify(), rebuild()
    told = [finding.message for finding in (*report.findings, *result.differences)]
    assert not told, "the test left a ledger that does not verify:\n" + "\n".join(dict.fromkeys(told))


class Sqlite:
    """Templates and copies as files."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fresh(self, name: str) -> None:
        point_at(str(self.place / f"{name}.sqlite3"))

    @contextmanager
    def copy(self, template: str, place: Path) -> Iterator[None]:
        target = place / "indelible.sqlite3"
        shutil.copyfile(self.place / f"{template}.sqlite3", target)
        point_at(str(target))
        yield
        connections.close_all()

    def settle(self) -> None:
        """Fold the write-ahead log into the file, so that a copy of the file is the whole database."""
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connections.close_all()


class Postgres:
    """Templates and copies as databases of one server."""

    def __init__(self, place: Path) -> None:
        self.prefix = f"indelible_test_{os.getpid()}_{uuid.uuid4().hex[:6]}"
        self.made: list[str] = []

    def fresh(self, name: str) -> None:
        self._admin(f'CREATE DATABASE "{self.prefix}_{name}"')
        self.made.append(f"{self.prefix}_{name}")
        point_at(f"{self.prefix}_{name}")

    @contextmanager
    def copy(self, template: str, place: Path) -> Iterator[None]:
        name = f"{self.prefix}_{uuid.uuid4().hex[:8]}"
        self._admin(f'CREATE DATABASE "{name}" TEMPLATE "{self.prefix}_{template}"')
        point_at(name)
        try:
            yield
        finally:
            connections.close_all()
            self._admin(f'DROP DATABASE "{name}" WITH (FORCE)')

    def settle(self) -> None:
        """Leave the template, so that it can be copied; a server that knows its tables plans as it does in use."""
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        connections.close_all()

    def drop(self) -> None:
        """Drop the templates and their runtime roles."""
        for name in self.made:
            self._admin(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            self._admin(f'DROP ROLE IF EXISTS "{name}_app"')

    @staticmethod
    def _admin(statement: str) -> None:
        with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
            admin.execute(statement)


def url_of(name: str) -> str:
    """Give the address of a database of the test server (or the word for an embedded one)."""
    return (
        "sqlite"
        if machine.engine() == "sqlite"
        else urlunsplit(urlsplit(machine.postgres_address())._replace(path=f"/{name}"))
    )


def point_at(name: str) -> None:
    """Let Django's connection use another database from now on."""
    connections.close_all()
    connections["default"].settings_dict["NAME"] = name
    settings.DATABASES["default"]["NAME"] = name
