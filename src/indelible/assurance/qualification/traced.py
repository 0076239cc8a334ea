"""The only place that puts together, for the pages, the catalogue, what the last run had planned, and what it gave.

Until something ran here it is not known with which cases and steps the scripts would run against this configuration; which of them
test a requirement is read from the scripts themselves.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from indelible.assurance.catalogue import coverage, loading
from indelible.assurance.catalogue.coverage import Ground
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.catalogue.trace import Matrix
from indelible.assurance.qualification import kept, planning, shipped
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import IQ, Run
from indelible.infra import build
from indelible.infra.home import Home
from indelible.kernel import config


@dataclass(frozen=True, slots=True)
class Traced:
    """Catalogue, matrix, the run that it is about (None: none so far), and its planned scripts by key."""

    catalogue: Catalogue
    matrix: Matrix
    run: Run | None
    scripts: dict[str, Script]


def trace(home: Home) -> Traced:
    """Give what is known of every shipped requirement and obligation on what runs now; raises `loading.Broken` for a broken catalogue."""
    catalogue, run = loading.load(), kept.latest(home)
    scripts = plan(home, run) if run else {}
    ground = Ground(build.identity().package, config.current().sha256)
    known = () if scripts else shipped.scripts(home.path / planning.OWN)  # a run of checks alone planned none of them
    matrix = coverage.trace(catalogue, [*_planned(run, scripts), *known], run, ground=ground)
    return Traced(catalogue, matrix, run, scripts)


def plan(home: Home, run: Run) -> dict[str, Script]:
    """Give the scripts that a run had planned, with their steps and expected results, by key; none where its plan is gone."""
    path = kept.folder(home) / kept.RUNS / f"{run.id}{kept.PLAN}"
    try:
        stat = path.stat()
    except OSError:
        return {}
    return _read(path, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=kept.KEPT)
def _read(path: Path, _changed: int, _size: int) -> dict[str, Script]:
    return {one.key: one for one in map(planning.script, json.loads(path.read_text("utf-8")))}


def _planned(run: Run | None, scripts: dict[str, Script]) -> Iterator[Planned]:
    for one in scripts.values():
        yield Planned(
            one.key, one.script, one.case, one.requirements, one.level, negative=one.negative, fingerprint=one.fingerprint
        )
    for result in run.results if run else ():  # checks of the installation are known by their results
        if result.level == IQ and result.key not in scripts:
            yield Planned(
                result.key, result.script, result.case, result.requirements, result.level, fingerprint=result.fingerprint
            )
