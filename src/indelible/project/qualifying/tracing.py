"""The only place that says which requirements a run covers: its scripts and checks against the catalogue, by the rules of `coverage`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from indelible.assurance.catalogue import coverage, loading
from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.catalogue.trace import EXCLUDED, WELL, Matrix, Row
from indelible.assurance.qualification import installation
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import IQ, PERSON, Run


def planned(scripts: Iterable[Script], only: list[str]) -> list[Planned]:
    """Give scripts and checks of the installation as the matrix takes them."""
    checks = [
        Planned(one.id, one.id, "", one.requirements, IQ, one.negative, second_eyes=False, fingerprint=one.fingerprint)
        for one in installation.wanted(only)
    ]
    return checks + [
        Planned(one.key, one.script, one.case, one.requirements, one.level, one.negative, fingerprint=one.fingerprint)
        for one in scripts
    ]


def matrix(run: Run, scripts: Iterable[Script], only: list[str]) -> Matrix:
    """Give the matrix of a run. What waits for a person to look is not the machine's to cover, and is told beside it."""
    persons = {one.key for one in run.results if one.origin == PERSON}
    machine = replace(run, results=tuple(one for one in run.results if one.key not in persons))
    return coverage.trace(loading.load(), [one for one in planned(scripts, only) if one.key not in persons], machine)


def in_scope(found: Matrix, *, whole: bool) -> list[Row]:
    """Give the rows that a run is about: every requirement, or (where only some scripts were asked for) those that they name."""
    return [row for row in found.rows if whole or row.scripts]


def told(run: Run, scripts: Iterable[Script], only: list[str]) -> dict[str, Any]:
    """Give in figures what a run covers, and by name what it does not."""
    found = matrix(run, scripts, only)
    rows = in_scope(found, whole=not only)
    excluded = [row for row in rows if row.state == EXCLUDED]
    open_rows = [row for row in rows if row.state not in WELL and row.state != EXCLUDED]
    covered = len(rows) - len(excluded) - len(open_rows)
    return {
        "requirements": {"total": len(rows), "covered": covered, "excluded": len(excluded), "uncovered": len(open_rows)},
        "uncovered": [{"requirement": row.requirement.id, "state": row.state, "why": row.why} for row in open_rows],
        "orphans": [{"script": one.key, "why": one.why} for one in found.orphans],
    }
