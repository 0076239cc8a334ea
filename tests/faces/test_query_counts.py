"""No page asks the database once for each of its rows: its statements are as many as the golden file says, with 10 rows and with 60."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from ruamel.yaml import YAML

from indelible.kernel.models import Record
from tests import machine
from tests.faces.browsing import sign_in
from tests.homes import TestHome
from tests.practice.bringing import index

GOLDEN = Path(__file__).with_name("query_counts.yaml")
FEW, MANY = 10, 60


def grow(home: TestHome, long: str, rows: int) -> None:
    """Let there be so many documents that wait for their reviewer, all related to the long one, and as many versions of it."""
    waiting = Record.objects.filter(title__startswith="Waiting sample").count()
    numbers = []
    for serial in range(waiting, rows):
        numbers.append(home.draft(title=f"Waiting sample {serial:02}", related=[long]))
        home.sign("ann", "document.submit", numbers[-1])
    related = list(Record.objects.filter(title__startswith="Waiting sample").values_list("number", flat=True))
    for version in range(Record.objects.get(number=long).version + 1, rows + 1):
        home.act("ann", "document.edit", long, fields={"text": chapters(version)})
    home.act("ann", "document.edit", long, fields={"related": related})
    index()


def chapters(version: int) -> str:
    """Give a text of which much differs from version to version."""
    return "\n\n".join(f"## {n} Part\n\nThe sample is kept for {version + n} days." for n in range(version))


def pages(long: str) -> dict[str, tuple[str, str]]:
    """Give each page with who looks at it."""
    return {
        "list": ("rob", "/records/document"),
        "record": ("ann", f"/r/{long}"),
        "search": ("rob", "/search?q=sample"),
        "redline": ("ann", f"/r/{long}/compare?old={long}@2"),
        "My work": ("rob", "/"),
        "trail": ("qua", "/trail"),
        "form": ("ann", f"/r/{long}/edit"),
    }


def counted(clients: dict[str, Client], user: str, url: str) -> Counter[str]:
    """Give the statements of one page, when it is asked for the second time."""
    clients[user].get(url)
    with CaptureQueriesContext(connection) as seen:
        answer = clients[user].get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    # What is planned once for a connection goes without its text from the third time on.
    return Counter((query["sql"] or "planned before").split(" WHERE ")[0][:300] for query in seen.captured_queries)


def test_each_page_has_as_many_statements_as_the_golden_file_says_with_few_rows_and_with_many(home: TestHome) -> None:
    long = home.draft(title="Long sample", text=chapters(1))
    clients = {user: sign_in(user) for user in ("ann", "rob", "qua")}
    for user, url in pages(long).values():
        clients[user].get(url)  # what a person has looked at before is asked for in both rounds, or in neither
    found: list[dict[str, Counter[str]]] = []
    for rows in (FEW, MANY):
        grow(home, long, rows)
        found.append({name: counted(clients, *asked) for name, asked in pages(long).items()})
    few, many = found
    more = {name: dict(many[name] - few[name]) for name in few if many[name].total() > few[name].total()}
    assert not more, "these pages ask more often when there are more rows"
    golden = YAML(typ="safe", pure=True).load(GOLDEN.read_text(encoding="utf-8"))[machine.engine()]
    assert {name: [few[name].total(), many[name].total()] for name in many} == golden
