"""The ground on which is measured: a home of its own with the toy type, the neighbours' tables, and rows in all of them."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from indelible.infra import clock, database
from indelible.kernel import acts, sequencer
from indelible.kernel.context import SYSTEM, Context
from indelible.kernel.models import Record
from indelible.project import installing
from tests import homes
from tests.bench import synthetic
from tests.bench.models import BareAudit, Plain, Simple, manager

WORDS = "batch deviation report supplier audit finding corrective action training record equipment calibration label"
BODY = " ".join(random.Random(1).choices(WORDS.split(), k=70))[:500]


def build(rows: int) -> Context:
    """Build the home through the door, fill every table with as many rows, and give the person who writes."""
    found()
    ann = staff()
    toy = create(ann)
    synthetic.multiply([toy], rows - 1)
    fill(rows)
    sequencer.drain()
    synthetic.settle()
    return ann


def found() -> None:
    """Begin the home with the shipped configuration and the toy type beside it."""
    home = settings.HOME
    installing.write_defaults(home)
    shutil.copyfile(Path(__file__).with_name("toy.yaml"), home.configuration / "types" / "toy.yaml")
    neighbours()
    installing.migrate()
    installing.found(installing.read_configuration(home.configuration), name="Bench", simulated=True)
    acts.run(SYSTEM, "installation.simulate_release", Record.objects.get(type="installation").id)


def staff() -> Context:
    """Hire the one person who writes."""
    made = homes.TestHome(settings.HOME.path)
    made.departments["Quality Control"] = acts.run(SYSTEM, "department.create", fields={"name": "Quality Control"}).number
    return homes.hire(made, "ann", "Ann Author", ["author"])


def create(ann: Context) -> Record:
    """Create the first toy, which the others are copied from."""
    fields = {"title": "Title 0 deviation report", "kind": "sop", "owner": "ann", "due": "2026-01-01", "body": BODY,
              "site": "A", "risk": "3"}  # fmt: skip
    return Record.objects.get(pk=acts.run(ann, "toy.create", fields=fields).record)


def neighbours() -> None:
    """Make the neighbours' tables, which have no migrations; their history refers to the product's accounts."""
    with database.owner():
        call_command("migrate", verbosity=0, interactive=False)
        with connection.schema_editor() as editor:
            for model in (Plain, Simple, Simple.history.model, BareAudit):
                editor.create_model(model)


def fill(rows: int) -> None:
    """Fill the neighbours' tables."""
    for model in (Plain, Simple):
        manager(model).bulk_create([_row(model, index) for index in range(rows)], batch_size=500)


def _row(model: type[Plain | Simple], index: int) -> Plain | Simple:
    return model(
        number=f"TOY-{index:06d}", title=f"Title {index} deviation report", state="draft", kind="sop", due=clock.now().date(),
        owner_number=index % 20, body=BODY, custom={"site": "A", "risk": "3"}, created_at=clock.now(),
    )  # fmt: skip
