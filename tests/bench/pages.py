"""How long people wait for a page: real requests to a server that runs as it does for them, one person and eight at once.

`python -m tests.bench.pages` builds the library in the home that INDELIBLE_HOME names, verifies it, serves it, and
prints one JSON line for each row of the table. It fails where the library does not verify or a page is not given.
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles
from typing import Any

import django
import httpx

django.setup()

from django.conf import settings  # noqa: E402 - Django is ready only now
from django.db import connections  # noqa: E402

from indelible.assurance.verify import verify  # noqa: E402
from indelible.kernel.models import Record  # noqa: E402
from tests.bench import shelves  # noqa: E402
from tests.bench.scale import Row, Scale  # noqa: E402
from tests.faces.terminal import PASSWORD, Terminal  # noqa: E402
from tests.operation.visiting import token_of  # noqa: E402

AT_ONCE, WARM = 8, 3
FILLED = "filled.txt"  # in the home, says with how much it is filled
USER = "rob"  # reads what everybody reads, reviews what waits, and may not see the notes


def main() -> None:
    scale = Scale(**json.loads(os.environ["INDELIBLE_BENCH"]))
    fill(scale)
    report = verify()
    if not report.ok:
        sys.exit(f"the library does not verify: {report.findings[:3]}")
    for row in measured(addresses(), scale.visits, USER):
        print(json.dumps(asdict(row)), flush=True)


def fill(scale: Scale) -> None:
    """Build the library, unless the home holds it already, from a run that kept it; ends where it holds another one."""
    size, mark = f"{scale.records} records with {scale.events_each} events each", settings.HOME.path / FILLED
    if mark.is_file():
        if mark.read_text("utf-8") != size:
            sys.exit(f"{settings.HOME.path} holds {mark.read_text('utf-8')}, not {size}")
        tell(f"using {size}")
        return
    tell(f"building {size}")
    began = time.monotonic()
    shelves.build(scale.records, scale.events_each)
    mark.write_text(size, "utf-8")
    tell(f"built in {time.monotonic() - began:.0f} s")


def measured(asked: dict[str, list[str]], visits: int, user: str) -> Iterator[Row]:
    """Serve the home, visit every page as a person, and give the rows of the table."""
    connections.close_all()
    port = _free_port()
    with Terminal(settings.HOME.path).serving(port) as server, ExitStack() as stack:
        people = [stack.enter_context(closing(_signed_in(port, user))) for _ in range(AT_ONCE)]
        for name, urls in asked.items():
            tell(f"{name}: one person, then {AT_ONCE} at once")
            for url in urls[:WARM]:
                _seconds(people[0], url)
            before = _processor(server.pid)
            alone = [_seconds(people[0], urls[at % len(urls)]) for at in range(visits)]
            yield _row(name, alone, 1, f", {1000 * (_processor(server.pid) - before) / visits:.0f} ms of a processor each")
            with ThreadPoolExecutor(AT_ONCE) as crowd:
                turns = [crowd.submit(_visits, one, urls, at, visits) for at, one in enumerate(people)]
                yield _row(name, [took for turn in turns for took in turn.result()], AT_ONCE)


def addresses() -> dict[str, list[str]]:
    """Give, by page, the addresses that are visited in turn."""
    says = random.Random(5)
    sheets = list(Record.objects.filter(type="sheet").order_by("number").values_list("number", flat=True))
    some = says.sample(sheets, min(200, len(sheets)))
    long = Record.objects.get(title="Long procedure").number
    narrowed = "&type=sheet&state=current&since=2020-01-01"
    asked: dict[str, list[str]] = {
        "list": ["/records/sheet", *(f"/records/sheet?after={number}" for number in some[:50])],
        "list, filtered": [f"/records/sheet?kind=form&after={number}" for number in some[:50]],
        "record": [f"/r/{number}" for number in some],
        "trail": [f"/trail?record={number}" for number in some],
        "redline, 60 pages": [f"/r/{long}/compare"],
        "My work": ["/"],
    }
    for name, word in (
        ("often", shelves.OFTEN), ("now and then", shelves.NOW_AND_THEN), ("rare", shelves.RARE),
        ("nowhere", shelves.NOWHERE), ("two words", f"{shelves.OFTEN} {shelves.RARE}"), ("beginning", shelves.LANGUAGE[900][:3]),
    ):  # fmt: skip
        asked[f"search, {name}"] = [f"/search?q={word}"]
        asked[f"search, {name}, filtered"] = [f"/search?q={word}{narrowed}"]
    asked["search, a number"] = [f"/search?q={number}" for number in some]
    return asked


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def _signed_in(port: int, user: str) -> httpx.Client:
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
    answer = client.post("/login", data={"login": user, "password": PASSWORD, "csrfmiddlewaretoken": token_of(client)})
    if answer.status_code != 302:
        sys.exit(f"{user} could not sign in: {answer.status_code}")
    return client


def _visits(person: httpx.Client, urls: list[str], first: int, visits: int) -> list[float]:
    return [_seconds(person, urls[(first * visits + at) % len(urls)]) for at in range(max(1, visits // 4))]


def _seconds(person: httpx.Client, url: str) -> float:
    began = time.monotonic()
    answer = person.get(url)
    took = time.monotonic() - began
    if answer.status_code != 200:
        sys.exit(f"{url} gave {answer.status_code}")
    return took


def _processor(session: int) -> float:
    """Give the seconds of processor time that the server's processes have used: what other work on the machine leaves alone.

    Those of PostgreSQL are not among them; on SQLite the database's own work is.
    """
    used = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        used += int(fields[11]) + int(fields[12]) if int(fields[3]) == session else 0
    return used / os.sysconf("SC_CLK_TCK")


def _row(name: str, took: list[float], people: int, note: str = "") -> Row:
    shares = quantiles([1000 * one for one in took], n=20, method="inclusive")
    kind = name.partition(",")[0]
    return Row(f"page {name}: p95 in ms", f"page/{kind}" if people == 1 else "", shares[18], shares[9], shares[18], people,
               f"p50 {shares[9]:.0f} ms of {len(took)}{note}")  # fmt: skip


def tell(text: Any) -> None:
    """Say on standard error what is being done."""
    print(f"   {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
