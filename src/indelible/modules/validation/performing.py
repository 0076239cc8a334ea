"""The only place that puts together what a person carries out: a script's steps beside what was recorded, and the next attempt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from indelible.kernel import acts, records
from indelible.kernel.acts import Outcome
from indelible.kernel.context import Context
from indelible.kernel.errors import NotFound
from indelible.kernel.models import Record
from indelible.modules.validation import coverage, holding, order
from indelible.modules.validation.acts import VERB, next_step
from indelible.practice import queries
from indelible.practice.queries import Viewer

START, RESUME, PAUSE, ABORT, FINISH, RECORD = (
    ("start", "start_trial"),
    "resume",
    "pause",
    "abort",
    ("finish", "finish_trial"),
    VERB,
)
ON_PRODUCTION = "run on production"


@dataclass(frozen=True, slots=True)
class Performance:
    """A run as whoever carries it out sees it.

    `steps` are all steps of the script: action, given, expected, what evidence is asked (`asked`), and where they were recorded actual,
    verdict, evidence (SHA-256), by, at. `next` is the number of the step that is recorded next, None when all are.
    """

    run: Record
    values: dict[str, Any]
    script: Record
    aim: dict[str, Any]
    steps: list[dict[str, Any]]
    next: int | None
    deviations: list[Record]

    def asked(self) -> dict[str, Any] | None:
        """Give the step that is recorded next, None when all are."""
        return next((one for one in self.steps if one["step"] == self.next), None)


@dataclass(frozen=True, slots=True)
class Tested:
    """A script on record with its newest run (None: none so far), that run's values, and the steps of both as in `Performance`."""

    script: Record
    run: Record | None
    values: dict[str, Any]
    steps: list[dict[str, Any]]


def tests(view: Viewer, requirement: str) -> list[Tested]:
    """Give the scripts on record that name a requirement, each with its newest run, by number."""
    scripts = order.scripts(view, requirement=requirement)
    runs = order.runs_of(view, [one.number for one, _ in scripts])
    found = []
    for script, aim in scripts:
        run, values = runs[script.number][-1] if script.number in runs else (None, dict[str, Any]())
        found.append(Tested(script, run, values, _steps(values, aim)))
    return found


def performance(view: Viewer, number: str) -> Performance:
    """Give a run with its script; raises NotFound for what is no run of a script or may not be seen."""
    run = queries.get_record(view, number)
    if run.type != holding.RUN:
        raise NotFound(number)
    values = records.values(run)
    script = queries.get_record(view, holding.number_of(values["script"]))
    aim = records.values(script)
    following = next_step(values, aim)
    seen = queries.visible(view, [holding.DEVIATION])
    found = list(holding.linking(holding.DEVIATION, "run", run.number).filter(seen).order_by("number"))
    return Performance(run, values, script, aim, _steps(values, aim), following["step"] if following else None, found)


def is_run(record: Record) -> bool:
    """Say whether a record is the run of a script by a person."""
    return record.type == holding.RUN and records.values(record)["origin"] == "person"


def record(ctx: Context, run: Record, *, seen: int | None, key: str | None, **told: Any) -> Outcome:
    """Record the next step of a run, through the door: `step`, `actual`, `passed`, `evidence`; raises Refused, Invalid, Conflict."""
    return acts.run(ctx, f"{holding.RUN}.{RECORD}", run.pk, seen=seen, key=key, **told)


def do(ctx: Context, run: Record, verb: str, *, seen: int | None, key: str | None, reason: str = "") -> Outcome:
    """Begin, pause, go on with or end a run where no signature is asked; raises Refused, Conflict."""
    return acts.run(ctx, f"{holding.RUN}.{verb}", run.pk, seen=seen, key=key, reason=reason)


def script_of(view: Viewer, number: str) -> Record:
    """Give a script; raises NotFound for anything else."""
    found = queries.get_record(view, number)
    if found.type != holding.SCRIPT:
        raise NotFound(number)
    return found


def may_plan(view: Viewer) -> bool:
    """Say whether this person may plan a run now."""
    return holding.RUN in view.configuration.types and queries.may_create(view, holding.RUN) is None


def next_attempt(script: Record) -> dict[str, Any]:
    """Give what is known of the next run of a script: its title, attempt, system, build and baseline.

    Every run that was begun is an attempt; one that is only planned is none yet.
    """
    values = records.values(script)
    system = holding.number_of(values["system"])
    others = holding.linking(holding.RUN, "script", script.number).exclude(state="planned")
    attempt = 1 + sum(holding.number_of(records.values(one)["system"]) == system for one in others)
    on = coverage.ground(system)
    return {
        "title": f"{script.number}, attempt {attempt}", "script": [script.number], "attempt": str(attempt), "system": [system],
        "origin": "person", "build": on.build, "baseline": on.baseline or "-",
    }  # fmt: skip


def plan(view: Viewer, script: Record, *, key: str | None, **given: Any) -> Outcome:
    """Plan the next run of a script by a person, through the door: executor, purpose, environment, compared; raises Refused, Invalid."""
    return acts.run(view.ctx, f"{holding.RUN}.create", key=key, fields=next_attempt(script) | given)


def choices(view: Viewer, name: str) -> list[tuple[str, str]]:
    """Give the values that a field of a run may have, each with its label."""
    field = view.configuration.type(holding.RUN).field(name)
    return [(one, field.labels.get(one, one.capitalize())) for one in field.choices] if field else []


def _steps(values: dict[str, Any], aim: dict[str, Any]) -> list[dict[str, Any]]:
    done = {str(row["step"]): row for row in values.get("steps") or []}
    rows = []
    for place, row in enumerate(aim.get("steps") or [], 1):
        asked = {
            "step": place,
            "action": row["action"],
            "given": row.get("given"),
            "expected": row["expected"],
            "asked": row.get("evidence"),
        }
        told = done.get(str(place), {})
        # What was recorded stands with the words that were sealed with it.
        sealed = {name: told[name] for name in ("action", "expected") if told.get(name)}
        rows.append(asked | sealed | {name: told.get(name) for name in ("actual", "verdict", "evidence", "by", "at")})
    return rows
