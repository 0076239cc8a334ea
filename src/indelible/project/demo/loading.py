"""Loads the demo company through the door, under a clock that the genesis event declares as simulated.

The same day gives the same ids, times and hashes. Signatures carry the method `simulated`, which the door accepts
only because the genesis says SIMULATED; production refuses to start such a home.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from indelible.infra import clock, ids
from indelible.infra.home import Home
from indelible.kernel import sequencer
from indelible.kernel.config import Configuration
from indelible.kernel.models import Record
from indelible.practice import simulation
from indelible.project import installing
from indelible.project.demo import events, hiring, living, phones, plan, timeline, unusual, working
from indelible.project.demo.cast import Cast
from indelible.project.demo.hiring import PASSWORD

SEED = 20261123
HISTORY = timedelta(days=timeline.HISTORY)

Say = Callable[[str], None]


def load(home: Home, *, as_of: date | None = None, say: Say = print) -> dict[str, Any]:
    """Load the demo company into a new home whose database is empty; gives people with passwords, and counts."""
    company, documents, quality = timeline.company(), timeline.read(), events.read()
    installing.write_defaults(home)
    (home.configuration / "company.yaml").write_text(
        "# Whose installation this is, and the zone in which its days begin and end.\n"
        f"name: {company['company']['name']}\nzone: {company['company']['time_zone']}\n", "utf-8",
    )  # fmt: skip
    installing.migrate()
    zone = ZoneInfo(company["company"]["time_zone"])
    start = datetime.combine(as_of or clock.now().astimezone(zone).date(), time(), zone).astimezone(UTC)
    configuration = installing.read_configuration(home.configuration)
    calendar = plan.Calendar(start.astimezone(zone).date(), zone, frozenset(configuration.policies.holidays))
    with _simulated(start - HISTORY) as story:
        say("Company, departments, people and roles")
        _found(story, configuration, company, calendar.day(hiring.DAYS_LEFT).isoformat())
        say("Documents, quality records and their signatures")
        life, work = living.Life(story, documents, calendar), working.Work(story)
        told: list[plan.Step | events.Act | unusual.Odd] = [
            *plan.steps(documents, calendar), *quality.acts(calendar), *unusual.steps(calendar),
        ]  # fmt: skip
        for step in sorted(told, key=lambda one: one.at):
            if isinstance(step, unusual.Odd):
                story.wait(step.at)
                step.do(story)
            elif isinstance(step, plan.Step):
                life.go(step)
            else:
                work.go(step)
        hiring.one_waits(story, company)
        installing.approve_state("The state in which the demonstration began")
        sequencer.drain()
        _go_on(story, start, as_of)
    simulation.install()
    return summary()


def is_loaded() -> bool:
    """Say whether the home's database holds the demonstration already."""
    return "record" in connection.introspection.table_names() and Record.objects.filter(type="installation").exists()


def summary() -> dict[str, Any]:
    """Give who can log in, with roles, the demo password and whether a code is asked for as well, and how many records of each type there are."""
    people = []
    for entry in timeline.company()["people"]:
        roles = [role if isinstance(role, str) else role["role"] for role in entry["roles"]]
        people.append({"user_id": entry["user_id"], "name": entry["name"], "roles": roles, "password": PASSWORD,
                       "code": phones.has(entry)})  # fmt: skip
    kinds = Record.objects.values_list("type", flat=True)
    return {"people": people, "counts": {kind: Record.objects.filter(type=kind).count() for kind in sorted(set(kinds))}}


def _found(story: Cast, configuration: Configuration, company: dict[str, Any], cv_until: str) -> None:
    installing.found(configuration, name=company["company"]["name"], simulated=True)
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
    hiring.everybody(story, company, cv_until)
    for department in company["departments"]:
        record = Record.objects.get(number=story.departments[department["id"]])
        story.act(None, "department.edit", record.id, fields={"head": department["head"]}, reason="Head of department named")
    for product in company["products"]:
        fields = {"name": product["name"], "description": product["description"], "site": [site.number]}
        story.act(None, "product.create", fields=fields)


def _go_on(story: Cast, start: datetime, as_of: date | None) -> None:
    """Hand over from the story's clock to the home's: real time, or nine o'clock of the day that was named."""
    story.wait(start)
    if as_of is not None:
        simulation.advance(start + timedelta(hours=9) - clock.real())


@contextmanager
def _simulated(begin: datetime) -> Iterator[Cast]:
    story = Cast(begin)
    clock.simulate(lambda _real: story.now)
    ids.seed(SEED)
    try:
        yield story
    finally:
        ids.seed(None)
        clock.simulate(None)
