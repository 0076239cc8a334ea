"""What the pages are timed on: many sheets that everybody reads, notes of others, a long document, and open work.

The first of each is made through the door, the others are lives sealed anew (`synthetic`), so that all of it verifies.
`python -m tests.bench.shelves RECORDS EVENTS_EACH` makes it in the home that INDELIBLE_HOME names.
"""

from __future__ import annotations

import random
import shutil
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from itertools import accumulate
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID

import django

django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now
from django.db import connections  # noqa: E402
from django.db.models import Max  # noqa: E402

from indelible.kernel import acts, sequencer  # noqa: E402
from indelible.kernel.context import SYSTEM, Context  # noqa: E402
from indelible.kernel.models import LogPosition, Record  # noqa: E402
from indelible.practice import indexing  # noqa: E402
from indelible.practice.models import Follower, SearchEntry  # noqa: E402
from indelible.project import installing  # noqa: E402
from tests import homes  # noqa: E402
from tests.bench import synthetic  # noqa: E402

HIDDEN = 10  # one record in so many is a note of somebody else
WORK, PAGES, PARAGRAPHS = 60, 60, 5  # a page of five paragraphs has some 350 words
OFTEN, NOW_AND_THEN, RARE, NOWHERE = "procedure", "calibration", "zymogen", "cryptomeria"
ONE_IN = {NOW_AND_THEN: 50, RARE: 5_000}  # how many records it takes until one says the word
TOGETHER = 1000
REASON = "Corrected typographical error found in periodic review"
_SAYS = random.Random(7)
LANGUAGE = ["".join(_SAYS.choices("abcdefghilmnoprstu", k=_SAYS.randint(4, 10))) for _ in range(4000)]
WEIGHTS = list(accumulate(1 / (place + 3) for place in range(len(LANGUAGE))))


def build(records: int, life: int) -> None:
    """Build the home that the settings name, with so many records of so many events each."""
    home = settings.HOME
    installing.write_defaults(home)
    for name in ("sheet.yaml", "note.yaml"):
        shutil.copyfile(Path(__file__).with_name(name), home.configuration / "types" / name)
    installing.migrate()
    installing.found(installing.read_configuration(home.configuration), name="Bench", simulated=True)
    acts.run(SYSTEM, "installation.simulate_release", Record.objects.get(type="installation").id)
    made = homes.TestHome(home.path)
    made.departments["Quality Control"] = acts.run(SYSTEM, "department.create", fields={"name": "Quality Control"}).number
    for user, name, role in (
        (homes.FIRST, "Adm Inistrator", "sysadmin"),
        ("exe", "Exe Cutive", "executive"),  # signs the job descriptions of the others
        ("qua", "Qua Quality", "qa_approver"),
        ("ann", "Ann Author", "author"),
        ("bea", "Bea Author", "author"),
        ("rob", "Rob Head", "qa_ops"),
    ):
        made.people[user] = homes.hire(made, user, name, [role])
    homes.found_company(made)
    documents(made)
    sequencer.drain()
    for kind, user, count in (
        ("sheet", "ann", records - records // HIDDEN), ("note", "bea", records // HIDDEN),
    ):  # fmt: skip
        synthetic.multiply([first(made.people[user], kind, life)], count - 1, varied)
    sequencer.drain()
    index()
    synthetic.settle()


def documents(made: homes.TestHome) -> None:
    """Write the long document in two versions, and documents that wait for their reviewer."""
    says = random.Random(3)
    pages = ["\n\n".join(text(says) for _ in range(PARAGRAPHS)) for _ in range(PAGES)]
    number = made.draft(title="Long procedure", text=chapters(pages))
    changed = [page.replace(" ", " anew ", 1) if at % 3 == 0 else page for at, page in enumerate(pages)]
    made.act("ann", "document.edit", number, fields={"text": chapters(changed)})
    for serial in range(WORK):
        waiting = made.draft(title=f"Waiting procedure {serial}", text=text(says))
        made.sign("ann", "document.submit", waiting)


def chapters(pages: list[str]) -> str:
    """Give pages as the chapters of one text."""
    return "\n\n".join(f"## {at} Chapter\n\n{page}" for at, page in enumerate(pages, 1))


def text(says: random.Random) -> str:
    """Give a paragraph of some 70 words, as unevenly frequent as in a language."""
    return " ".join(says.choices(LANGUAGE, cum_weights=WEIGHTS, k=70)).capitalize() + "."


def first(ctx: Context, kind: str, life: int) -> Record:
    """Let one record of a type live through the door."""
    fields: dict[str, Any] = {"title": f"First {kind}", "kind": "sop", "owner": ctx_user(ctx), "due": "2026-01-01",
                              "body": text(random.Random(0)), "site": "A"}  # fmt: skip
    record = acts.run(ctx, f"{kind}.create", fields=fields).record
    for change in range(life - 1):
        acts.run(ctx, f"{kind}.edit", record, reason=REASON, fields={"title": f"First {kind} {change}"})
    sequencer.drain()
    return Record.objects.get(pk=record)


def ctx_user(ctx: Context) -> str:
    """Give a person's number, as a form would send it."""
    return Record.objects.get(pk=str(ctx.person_id)).number


def varied(serial: int, fields: dict[str, Any]) -> dict[str, Any]:
    """Give a copy a title and a text of its own: some words stand everywhere, some seldom."""
    return fields | said(serial)


@lru_cache(maxsize=4)
def said(serial: int) -> dict[str, Any]:
    """Give what is its own in the content of one copy."""
    says = random.Random(serial)
    seldom = " ".join(word for word, every in ONE_IN.items() if serial % every == 0)
    title = f"{says.choice(LANGUAGE)} {says.choice(LANGUAGE)} {serial}".capitalize()
    kind = ("sop", "form", "report")[serial % 3]
    return {"1": title, "2": kind, "5": f"This {OFTEN} says: {text(says)} {seldom}".strip()}


def index() -> None:
    """Make the entries of the search as the process beside the web would, many at once: read by all cores, written by one."""
    keys = list(Record.objects.order_by("created_at", "id").values_list("pk", flat=True))
    connections.close_all()  # a connection is not shared with a process that is made from this one
    with ProcessPoolExecutor(mp_context=get_context("fork")) as readers:
        for some in readers.map(entries, (keys[start : start + TOGETHER] for start in range(0, len(keys), TOGETHER))):
            SearchEntry.objects.bulk_create(some)
    last = LogPosition.objects.aggregate(last=Max("seq"))["last"]
    Follower.objects.update_or_create(name=indexing.SEARCH, defaults={"seq": last})


def entries(keys: list[UUID]) -> list[SearchEntry]:
    """Give the entries of some records, in the order of the keys."""
    heads = Record.objects.in_bulk(keys)
    return [SearchEntry(record_id=key, **indexing._values(heads[key])) for key in keys]


if __name__ == "__main__":
    build(int(sys.argv[1]), int(sys.argv[2]))
