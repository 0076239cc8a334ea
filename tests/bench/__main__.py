"""One table of what a change costs and how long a page takes: `make bench`, `python -m tests.bench [--quick] [--engine E]`.

`--part changes`, `pages`, `company`, `drift` or `configuration` measures one of the five. `--keep DIR` keeps there what the pages are
visited in, and uses what is there already: filling it is most of a run. INDELIBLE_CAMPAIGN=large verifies a million
events, visits pages among 100,000 records with a million, and those of a company with 2,000 documents and 60,000
trainings. Figures are printed beside their targets with a mark, and never make the command fail, because time is no
assertion; a verification that is not clean does.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from indelible.infra import home
from tests import machine
from tests.bench.scale import FULL, QUICK, Row, Scale, line, ordered

ENGINES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}
PARTS = {  # the program of each, and the settings under which it runs
    "changes": ("tests.bench.measure", "tests.bench.settings"),
    "pages": ("tests.bench.pages", "indelible.project.settings"),
    "company": ("tests.bench.company", "indelible.project.settings"),
    "drift": ("tests.bench.drift", "indelible.project.settings"),
    "configuration": ("tests.bench.configuring", "indelible.project.settings"),
}
MILLION = 1_000_000


def main(arguments: list[str]) -> int:
    chosen = _parsed(arguments)
    scale = QUICK if chosen.quick else FULL
    if os.environ.get("INDELIBLE_CAMPAIGN") == "large":
        scale = replace(scale, events=MILLION, records=MILLION // scale.events_each, documents=2_000, trainings=60_000)
    print(
        f"Indelible bench: {os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"load {os.getloadavg()[0]:.1f} at the beginning",
        flush=True,
    )
    table, failed = [], []
    for engine in [chosen.engine] if chosen.engine else list(ENGINES):
        if engine == "postgres" and (fault := machine.postgres_fault()):
            print(f"SKIPPED: everything on PostgreSQL. It cannot be used: {fault}")
            continue
        print(f"-- {ENGINES[engine]}", file=sys.stderr, flush=True)
        for part in [chosen.part] if chosen.part else PARTS:
            rows, code = _measured(engine, scale, part, chosen.keep and chosen.keep / part if part != "changes" else None)
            table += [(ENGINES[engine], *line(engine, row)) for row in (ordered(rows) if part == "changes" else rows)]
            failed += [f"{engine} ({part})"] if code else []
    _show(table)
    print(
        f"FAILED on {', '.join(failed)}: see above." if failed else "Ratios of one run are comparable, times of two are not."
    )
    print(f"Load {os.getloadavg()[0]:.1f} at the end.")
    return 1 if failed else 0


def _parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small and short: shows that it works, measures little")
    parser.add_argument("--engine", choices=list(ENGINES), help="measure one engine only")
    parser.add_argument("--part", choices=list(PARTS), help="measure one part only")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR", help="keep what pages are visited in there, or use the one there"
    )
    return parser.parse_args(arguments)


def _measured(engine: str, scale: Scale, part: str, keep: Path | None) -> tuple[list[Row], int]:
    program, settings = PARTS[part]
    with _home(engine, keep) as place:
        environment = {
            **os.environ, "INDELIBLE_HOME": str(place), "DJANGO_SETTINGS_MODULE": settings,
            "INDELIBLE_BENCH": json.dumps(asdict(scale)), "INDELIBLE_TEST_DATABASE": engine,
        }  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-m", program], env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
    return [Row(**json.loads(said)) for said in done.stdout.splitlines()], done.returncode


@contextmanager
def _home(engine: str, keep: Path | None) -> Iterator[Path]:
    """Give an empty home that goes away afterwards, or one that stays: what is in it already is used."""
    if keep is not None:
        place = home.Home(keep.absolute() / engine)
        if not place.exists():
            place.write(home.fresh_settings(_address(engine), "demo"))
        yield place.path
        return
    with tempfile.TemporaryDirectory(prefix="indelible-bench-") as folder:
        address = _address(engine)
        try:
            home.Home(Path(folder)).write(home.fresh_settings(address, "demo"))
            yield Path(folder)
        finally:
            _drop(address)


def _address(engine: str) -> str:
    """Give the address of an empty database, which is made for it."""
    if engine == "sqlite":
        return "sqlite"
    name = f"indelible_bench_{os.getpid()}"
    with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(machine.postgres_address())._replace(path=f"/{name}"))


def _drop(address: str) -> None:
    if address == "sqlite":
        return
    name = urlsplit(address).path.strip("/")
    with psycopg.connect(machine.postgres_address(), autocommit=True) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        admin.execute(f'DROP ROLE IF EXISTS "{name}_app"')


def _show(table: list[tuple[str, ...]]) -> None:
    head = ("engine", "what", "at once", "measured", "quartiles", "target", "", "")
    widths = [max(len(row[column]) for row in [head, *table]) for column in range(len(head))]
    for row in [head, *table]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
