"""Loads the demo company through the door, under a clock that the genesis event declares as simulated.

The same day gives the same ids, times and hashes. Signatures carry the method `simulated`, which the door accepts
only because the genesis says SIMULATED; production refuses to start such a home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from indelible.infra import clock, ids
from indelible.infra.home import Home
from indelible.kernel import acts, sequencer, signatures, timers
from indelible.kernel.context import NOBODY, SYSTEM, Context
from indelible.kernel.models import Record
from indelible.practice import accounts, queries, simulation
from indelible.project import installing
from indelible.project.demo import plan
from indelible.project.demo.plan import Step

SEED = 20261123
PASSWORD = "demo only: seven cold bags"  # noqa: S105 - printed on the console of a home that holds nothing real
HISTORY = timedelta(days=860)

Say = Callable[[str], None]


@dataclass
class Story:
    """The clock of the load and the people as contexts."""

    now: datetime
    people: dict[str, Context] = field(default_factory=dict)
    departments: dict[str, str] = field(default_factory=dict)

    def tick(self, at: datetime | None = None) -> None:
        """Go on to a moment, or a little further; never back."""
        self.now = max(self.now + timedelta(seconds=41), at or self.now)

    def act(self, who: str | None, act: str, subject: UUID | None = None, **given: Any) -> acts.Outcome:
        """Act as a person of the company, or as the system."""
        self.tick()
        return acts.run(self.people[who] if who else SYSTEM, act, subject, **given)

    def sign(self, who: str, act: str, number: str, reason: str = "") -> acts.Outcome:
        """Look at the record, prove a simulated presence for exactly that statement, sign."""
        self.tick()
        view, person = queries.viewer(self.people[who]), self.people[who].person_id or NOBODY
        record = queries.get_record(view, number)
        shown = queries.to_sign(view, record, act.partition(".")[2])
        presence = signatures.simulate(person, self.people[who].session, shown.sha256)
        return acts.run(self.people[who], act, record.id, seen=record.position, presence=presence, reason=reason)


def load(home: Home, *, as_of: date | None = None, say: Say = print) -> dict[str, Any]:
    """Load the demo company into a new home whose database is empty; gives people with passwords, and counts."""
    company = plan.company()
    installing.write_defaults(home)
    (home.configuration / "company.yaml").write_text(
        "# Whose installation this is, and the zone in which its days begin and end.\n"
        f"name: {company['company']['name']}\nzone: {company['company']['time_zone']}\n", "utf-8",
    )  # fmt: skip
    installing.migrate()
    zone = ZoneInfo(company["company"]["time_zone"])
    start = datetime.combine(as_of or clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)
    with _simulated(start - HISTORY) as story:
        say("Company, departments, people and roles")
        _found(story, home, company)
        say("Documents and their signatures")
        _documents(story, start)
        sequencer.drain()
        _go_on(story, start, as_of)
    simulation.install()
    return summary()


def is_loaded() -> bool:
    """Say whether the home's database holds the demonstration already."""
    return "record" in connection.introspection.table_names() and Record.objects.filter(type="installation").exists()


def summary() -> dict[str, Any]:
    """Give who can log in, with roles and the demo password, and how many records of each type there are."""
    people = []
    for entry in plan.company()["people"]:
        roles = [role if isinstance(role, str) else role["role"] for role in entry["roles"]]
        people.append({"user_id": entry["user_id"], "name": entry["name"], "roles": roles, "password": PASSWORD})
    kinds = Record.objects.values_list("type", flat=True)
    return {"people": people, "counts": {kind: Record.objects.filter(type=kind).count() for kind in sorted(set(kinds))}}


def _found(story: Story, home: Home, company: dict[str, Any]) -> None:
    installing.found(installing.read_configuration(home.configuration), name=company["company"]["name"], simulated=True)
    story.act(None, "installation.simulate_release", Record.objects.get(type="installation").id,
              reason="Simulated release of the demo company")  # fmt: skip
    given = company["company"]
    story.act(None, "company.create", fields={
        "name": given["name"], "address": "\n".join(given["address"]), "zone": given["time_zone"],
        "letterhead": given["letterhead"]})  # fmt: skip
    site = story.act(None, "site.create", fields={"name": company["site"]["name"], "zone": company["site"]["time_zone"]})
    for department in company["departments"]:
        made = story.act(None, "department.create", fields={"name": department["name"]})
        story.departments[department["id"]] = made.number
    for person in company["people"]:
        _hire(story, person)
    for department in company["departments"]:
        record = Record.objects.get(number=story.departments[department["id"]])
        story.act(None, "department.edit", record.id, fields={"head": department["head"]}, reason="Head of department named")
    for product in company["products"]:
        fields = {"name": product["name"], "description": product["description"], "site": [site.number]}
        story.act(None, "product.create", fields=fields)


def _hire(story: Story, person: dict[str, Any]) -> None:
    story.tick()
    department = story.departments[person["department"]]
    fields = {
        "printed_name": person["name"], "native_name": person.get("native_name"), "job_title": person["title"],
        "department": department, "email": person["email"], "user_id": person["user_id"],
    }  # fmt: skip
    outcome, link = accounts.invite(SYSTEM, fields)
    accounts.enrol(link, PASSWORD)
    story.people[person["user_id"]] = Context(outcome.record, "session", session=f"demo-{person['user_id']}")
    for held in person["roles"]:
        role, scope = (held, None) if isinstance(held, str) else (held["role"], held["department"])
        if role != "reader":
            given = {"person": person["user_id"], "role": role, "why": f"Part of the work as {person['title']}"}
            given |= {"department": story.departments[scope]} if scope else {}
            grant = story.act(None, "grant.create", fields=given)
            story.act(None, "grant.establish", grant.record, reason="Established when the system was set up")


def _documents(story: Story, start: datetime) -> None:
    made: dict[tuple[str, str], str] = {}
    for step in plan.documents(start):
        story.tick(step.at)
        if step.what == "create":
            made[_key(step)] = _create(story, step, made)
        else:
            _go(story, step, made[_key(step)])


def _create(story: Story, step: Step, made: dict[tuple[str, str], str]) -> str:
    document, revision = step.document, step.revision
    fields = {"text": plan.text_of(revision), "effective_on": _effective_on(step), "training": document.get("training")}
    if revision["revision"] != "01":
        before = Record.objects.get(number=made[(document["number"], "01")])
        fields |= {"reason_for_revision": revision["reason"], "summary_of_changes": revision["summary_of_changes"],
                   "revision_class": revision["revision_class"]}  # fmt: skip
        return story.act(step.who, "document.revise", before.id, fields=fields).number
    fields |= {
        "title": document["title"], "class": document["class"], "owner": document["owner"],
        "department": story.departments[document["department"]], "audience": document["audience"],
        "reviewers": document["reviewers"],
    }  # fmt: skip
    return story.act(step.who, "document.create", fields=fields, number=document["number"]).number


def _go(story: Story, step: Step, number: str) -> None:
    if step.what == "submit":
        story.sign(step.who, "document.submit", number)
    elif step.what == "agree":
        everybody = step.document["reviewers"]
        for reviewer in [step.who] if step.who in everybody else everybody:
            story.sign(reviewer, "document.agree", number)
    elif step.what.startswith("approve"):
        story.sign(step.who, "document.approve", number)
    elif step.what == "withdraw":
        story.sign(step.who, "document.withdraw", number, reason=" ".join(step.revision["withdrawal_reason"].split()))
    else:
        timers.run_due()


def _effective_on(step: Step) -> str:
    # What is still in the air names the day on which its author would like it to take effect.
    planned = step.revision.get("effective_offset_days")
    moment = step.at + timedelta(days=60 if planned is None else plan.BEFORE_EFFECT["create"])
    return (moment + timedelta(hours=6)).date().isoformat()


def _go_on(story: Story, start: datetime, as_of: date | None) -> None:
    """Hand over from the story's clock to the home's: real time, or nine o'clock of the day that was named."""
    story.tick(start)
    if as_of is not None:
        simulation.advance(start + timedelta(hours=9) - clock.real())


def _key(step: Step) -> tuple[str, str]:
    return step.document["number"], step.revision["revision"]


@contextmanager
def _simulated(begin: datetime) -> Iterator[Story]:
    story = Story(begin)
    clock.simulate(lambda _real: story.now)
    ids.seed(SEED)
    try:
        yield story
    finally:
        ids.seed(None)
        clock.simulate(None)
