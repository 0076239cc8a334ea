"""The only place that says, for every requirement of a system, whether it is covered on one build and baseline, and if not, why."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from indelible.infra import build
from indelible.kernel import config, records
from indelible.kernel.fields.stored import Stored
from indelible.kernel.models import Baseline, Record
from indelible.modules.validation.holding import REQUIREMENT, RUN, SCRIPT, SYSTEM, linking
from indelible.practice.inventory import THIS

COVERED, NO_TEST, NOT_RUN, FAILED, SUSPECT, STALE, UNDECIDED = (
    "covered", "no test", "not run", "failed", "suspect", "stale", "undecided",
)  # fmt: skip
IN_SCOPE = ("draft", "in_review", "approved")
ENDED = ("accepted", "executed", "rejected")


@dataclass(frozen=True, slots=True)
class Ground:
    """What evidence is good for: a build (of another system: its version) and a baseline."""

    build: str
    baseline: str


@dataclass(frozen=True, slots=True)
class Ran:
    """One official run as coverage needs it."""

    script: str
    sha256: str
    state: str
    verdict: str
    ground: Ground


def ground(system: str) -> Ground:
    """Give on what evidence of a system has to be: of this one what runs now, of another the version that its entry names."""
    if system == THIS:
        newest = Baseline.objects.order_by("-number").values_list("number", flat=True).first()
        return Ground(build.identity().name, str(newest or 0))
    entry = Record.objects.filter(number=system, type=SYSTEM).first()
    return Ground(str(records.values(entry)["version"]) if entry else "", "")


def fits(system: str, said_build: str, said_baseline: str) -> bool:
    """Say whether a build and baseline are those that count now; other systems name their own configuration as they like."""
    now = ground(system)
    return said_build == now.build and (system != THIS or said_baseline == now.baseline)


def of_system(system: str, on: Ground) -> dict[str, str]:
    """Give the state of every requirement of a system that is in scope, by number."""
    scripts, runs = _scripts(system), _runs(system)
    found = linking(REQUIREMENT, "system", system).filter(state__in=IN_SCOPE).order_by("number")
    return {one.number: _state(one, scripts.get(one.number, []), runs, on) for one in found.defer("content", "signed")}


def uncovered(system: str, on: Ground) -> dict[str, str]:
    """Give the requirements in scope that are not covered, with what is missing."""
    return {number: state for number, state in of_system(system, on).items() if state != COVERED}


def _state(one: Record, tests: list[tuple[str, str, str]], runs: dict[str, list[Ran]], on: Ground) -> str:
    if one.state != "approved":
        return UNDECIDED
    current = bytes(one.version_sha256).hex()
    if not tests:
        return NO_TEST
    sound = [(script, sha256) for script, sha256, linked in tests if linked == current]
    if not sound:
        return SUSPECT
    said = [_said(runs.get(script, []), sha256, on) for script, sha256 in sound]
    return next(state for state in (FAILED, STALE, NOT_RUN, COVERED) if state in said)


def _said(runs: list[Ran], sha256: str, on: Ground) -> str:
    """Give what the runs of one script say: the last one on this ground counts, not the best one."""
    here = [one for one in runs if one.ground.build == on.build and on.baseline in ("", one.ground.baseline)]
    here = [one for one in here if one.sha256 == sha256]
    if not here:
        return STALE if runs else NOT_RUN
    last = here[-1]
    if last.verdict == "failed":
        return FAILED
    return COVERED if (last.state, last.verdict) == ("accepted", "passed") else NOT_RUN


def _scripts(system: str) -> dict[str, list[tuple[str, str, str]]]:
    """Give, by requirement, the approved scripts that name it: number, hash of their version, hash of the requirement as linked."""
    field = _id(SCRIPT, "requirements")
    rows = linking(SCRIPT, "system", system).filter(state="approved").annotate(linked=Stored(field))
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for number, sha256, linked in rows.values_list("number", "version_sha256", "linked"):
        for one in json.loads(linked or "[]"):
            found[one["number"]].append((number, bytes(sha256).hex(), str(one.get("sha256", ""))))
    return found


def _runs(system: str) -> dict[str, list[Ran]]:
    """Give the official runs of a system that have ended, by script, in the order in which they were begun."""
    names = ("script", "purpose", "verdict", "build", "baseline")
    asked: dict[str, Any] = {f"said_{name}": Stored(_id(RUN, name)) for name in names}
    rows = linking(RUN, "system", system).filter(state__in=ENDED).annotate(**asked).order_by("number")
    found: dict[str, list[Ran]] = defaultdict(list)
    for state, script, purpose, verdict, built, baseline in rows.values_list("state", *asked):
        (linked,) = json.loads(script)
        if purpose == "official":
            found[linked["number"]].append(
                Ran(linked["number"], linked["sha256"], state, verdict or "", Ground(built, baseline))
            )
    return found


def _id(kind: str, name: str) -> int:
    field = config.current().type(kind).field(name)
    if field is None:
        raise LookupError(f"{kind} has no field {name}")
    return field.id
