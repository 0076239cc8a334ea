"""How long people wait for a page in a company that has been at it for years: its documents, its people, their training.

Everything is made through the door, as a company would have made it: each document written, reviewed and approved by two,
each training assigned and signed by its trainee. `python -m tests.bench.company` builds it in the home that
INDELIBLE_HOME names, verifies it, serves it, and prints one JSON line for each row of the table.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now

from indelible.assurance.verify import verify  # noqa: E402
from indelible.infra import clock  # noqa: E402
from indelible.kernel import acts, sequencer  # noqa: E402
from indelible.kernel.context import SYSTEM  # noqa: E402
from indelible.kernel.models import Account, Record, Signature  # noqa: E402
from indelible.practice import looks  # noqa: E402
from tests import homes  # noqa: E402
from tests.bench import pages, shelves, synthetic  # noqa: E402
from tests.bench.scale import Scale  # noqa: E402

PEOPLE, DEPARTMENTS = 150, 6
OPEN_IN, LATE_IN = 20, 100  # one training in so many is open still, or open and overdue
FILLED = "company.txt"  # in the home, says with how much it is filled
TOLD = 20  # how often it is said how far it has come


def main() -> None:
    scale = Scale(**json.loads(os.environ["INDELIBLE_BENCH"]))
    fill(scale)
    report = verify()
    if not report.ok:
        sys.exit(f"the company does not verify: {report.findings[:3]}")
    for person, asked in addresses().items():
        for row in pages.measured(asked, scale.visits, person):
            print(json.dumps(asdict(row)), flush=True)


def fill(scale: Scale) -> None:
    """Build the company, unless the home holds it already, from a run that kept it; ends where it holds another one."""
    size, mark = f"{scale.documents} documents and {scale.trainings} trainings", settings.HOME.path / FILLED
    if mark.is_file():
        if mark.read_text("utf-8") != size:
            sys.exit(f"{settings.HOME.path} holds {mark.read_text('utf-8')}, not {size}")
        pages.tell(f"using {size}")
        return
    began = time.monotonic()
    build(scale.documents, scale.trainings)
    mark.write_text(size, "utf-8")
    pages.tell(f"built {size} in {time.monotonic() - began:.0f} s: {Signature.objects.count()} signatures")


def build(documents: int, trainings: int) -> None:
    """Let a company work until it has so many documents and trainings."""
    made = homes.build(settings.HOME.path, types=())
    names = [f"Department {serial}" for serial in range(1, DEPARTMENTS + 1)]
    for name in names:
        made.departments[name] = acts.run(SYSTEM, "department.create", fields={"name": name}).number
    people = [f"p{serial:03}" for serial in range(PEOPLE)]
    for serial, user in enumerate(people):
        home_of = {**made.departments, "Quality Control": made.departments[names[serial % DEPARTMENTS]]}
        made.people[user] = homes.hire(
            homes.TestHome(made.path, people=made.people, departments=home_of), user, f"Person {serial}", []
        )
    says = random.Random(11)
    numbers = []
    for serial in said(documents, "documents"):
        draft = made.draft(title=f"Procedure {serial} {says.choice(shelves.LANGUAGE)}", text=shelves.text(says))
        numbers.append(made.until(draft, "effective"))
    for serial in said(trainings, "trainings"):
        train(made, serial, people[serial % PEOPLE], numbers[(serial // PEOPLE) % documents])
    sequencer.drain()
    shelves.index()
    synthetic.settle()


def train(made: homes.TestHome, serial: int, user: str, number: str) -> None:
    """Assign a training, and let its trainee read and sign, unless it is one of those that are open."""
    days = -30 if serial % LATE_IN == 0 else 30
    due = (clock.now() + timedelta(days=days)).date().isoformat()
    training = acts.run(SYSTEM, "training.create", fields={
        "what": f"Training {serial}", "trainee": user, "document": [number], "kind": "read", "because": "other", "due_on": due,
    }).number  # fmt: skip
    if serial % OPEN_IN:
        looks.look(made.people[user], Record.objects.get(number=number))
        made.sign(user, "training.acknowledge", training)


def said(count: int, what: str) -> Iterator[int]:
    """Count, and say now and then how far it has come."""
    for serial in range(count):
        if count >= TOLD and serial % (count // TOLD) == 0:
            pages.tell(f"{serial} of {count} {what}")
        yield serial


def addresses() -> dict[str, dict[str, list[str]]]:
    """Give, by person and page, the addresses that are visited in turn."""
    some = random.Random(5).sample(list(Record.objects.filter(type="training").values_list("number", flat=True)), 50)
    person = Record.objects.get(pk=str(Account.objects.get(user_id="p001").person_id)).number
    return {
        "qua": {
            "company, documents": ["/records/document"],
            "company, trainings": ["/records/training", *(f"/records/training?after={number}" for number in some)],
            "company, open trainings": ["/records/training?state=assigned"],
            "company, a training": [f"/r/{number}" for number in some],
            "company, a person": [f"/r/{person}"],
            "company, My work of Quality": ["/"],
            "company, Quality at a glance": ["/panels/quality"],
            "company, calendar": ["/calendar"],
        },
        "p001": {"company, My work of a trainee": ["/"]},
    }


if __name__ == "__main__":
    main()
