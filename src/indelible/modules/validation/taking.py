"""The only place that makes records of what is shipped or was run by a machine: requirements, scripts, runs; from plain data.

What is there already is left as it is and named when it differs: a company's text is never written over. Doing it twice does
nothing the second time.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from indelible.kernel import acts, records
from indelible.kernel.context import Context
from indelible.kernel.models import Record
from indelible.modules.validation import holding
from indelible.modules.validation.rules import DEPTH_OF, PROTECTED
from indelible.practice import grading, inventory

Plain = Mapping[str, Any]
GRADES = ("failure", "cause", "effect", "severity", "probability", "detectability", "because", "control", "procedure")
CELL = 300  # characters that a cell of a table takes
STEPS = 1000  # steps of one record; a script with more cases keeps the first ones, its fingerprint covers all
VERDICTS = {"passed": "passed", "failed": "failed", "error": "failed", "aborted": "failed"}


@dataclass(slots=True)
class Taken:
    """What taking did: numbers that were made, that were there as shipped, and that were there and differ."""

    made: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    differ: list[str] = field(default_factory=list)


def requirements(ctx: Context, shipped: Iterable[Plain], system: str = inventory.THIS) -> Taken:
    """Make the drafts of shipped requirements that are missing. Each is plain: id, area, text, why, clauses, impact, must, category,
    touches, risks (failure, cause, effect, severity, probability, detectability, because, control, procedure), csa_high,
    csa_because, settings, types, fingerprint. Raises Invalid where one does not fit."""
    taken = Taken()
    for one in shipped:
        if not _is_there(taken, one["id"], one["fingerprint"]):
            acts.run(ctx, f"{holding.REQUIREMENT}.create", number=one["id"], fields=_requirement(one, system))
            taken.made.append(one["id"])
    return taken


def scripts(ctx: Context, planned: Iterable[Plain], system: str = inventory.THIS) -> Taken:
    """Make the drafts of shipped scripts that are missing, one for each script whatever its cases. Each is plain: script, case, title,
    aim, requirements, fingerprint, steps (action, given, expected). Raises Invalid where one does not fit."""
    taken = Taken()
    for number, cases in _by_script(planned).items():
        fingerprint = combined(cases)
        if not _is_there(taken, number, fingerprint):
            acts.run(ctx, f"{holding.SCRIPT}.create", number=number, fields=_script(cases, fingerprint, system))
            taken.made.append(number)
    return taken


def run(ctx: Context, ran: Plain, started_by: str | None = None, system: str = inventory.THIS) -> Taken:
    """Keep a run of the machine: one record for each script. `ran` is the plain data of a run; `started_by` names a person.

    An official one is refused, script by script, where a rule stands in its way (protocol, fingerprint, order, build): raises Refused
    with what is missing, and what was kept before it stays. What was kept before is not kept again.
    """
    taken = Taken()
    results = _by_script(ran["results"])
    for number in sorted(results, key=lambda one: (holding.LEVELS.index(one[:2]), one)):
        known = holding.linking(holding.RUN, "script", number)
        there = next((one for one in known if records.values(one)["run_id"] == ran["id"]), None)
        if there is not None and there.state != "planned":
            taken.same.append(number)
            continue
        if there is None:  # else it was refused before, and may fit now
            fields = _run(number, results[number], ran, known.count(), started_by, system)
            there = records.find(acts.run(ctx, f"{holding.RUN}.create", fields=fields).record)
        verb = "bring_in" if ran["official"] else "bring_in_trial"
        acts.run(ctx, f"{holding.RUN}.{verb}", there.pk, reason=f"Run {ran['id']} of the machine")
        taken.made.append(there.number)
    return taken


def combined(cases: Iterable[Plain]) -> str:
    """Give the fingerprint of a script over all of its cases: SHA-256 (hex) of their fingerprints by case."""
    told = "\n".join(f"{one['case']} {one['fingerprint']}" for one in sorted(cases, key=lambda one: str(one["case"])))
    return hashlib.sha256(told.encode()).hexdigest()


def _is_there(taken: Taken, number: str, fingerprint: str) -> bool:
    there = Record.objects.filter(number=number).first()
    if there is None:
        return False
    (taken.same if records.values(there)["fingerprint"] == fingerprint else taken.differ).append(number)
    return True


def _by_script(found: Iterable[Plain]) -> dict[str, list[Plain]]:
    result: dict[str, list[Plain]] = defaultdict(list)
    for one in found:
        result[one["script"]].append(one)
    return dict(sorted(result.items()))


def _requirement(one: Plain, system: str) -> dict[str, Any]:
    risks = [{name: row.get(name) or None for name in GRADES} for row in one["risks"]]
    found = [
        grading.priority(grading.risk_class(row["severity"], row["probability"]), row["detectability"])
        for row in one["risks"]
    ]
    priority = grading.highest(*found) if found else grading.LOW
    below = (
        one["touches"] in PROTECTED and priority != grading.HIGH
    )  # what Quality has to authorise, with the reason that ships
    reasons = " ".join(dict.fromkeys(str(row["because"]) for row in one["risks"]))
    return {
        "text": one["text"], "area": one["area"], "system": [system], "process": one["why"], "clauses": ", ".join(one["clauses"]),
        "impact": list(one["impact"]), "must": "must" if one["must"] else "should", "category": one["category"],
        "touches": one["touches"], "risks": risks, "priority": priority, "depth": DEPTH_OF[priority],
        "thinner_because": reasons[:1000] if below else None, "csa_high": one["csa_high"],
        "csa_because": one["csa_because"] or None, "settings": ", ".join(one["settings"]) or None,
        "types": ", ".join(one["types"]) or None, "source": "shipped", "fingerprint": one["fingerprint"],
    }  # fmt: skip


def _script(cases: list[Plain], fingerprint: str, system: str) -> dict[str, Any]:
    first = cases[0]
    named = sorted({name for one in cases for name in one["requirements"]})
    kept = Record.objects.filter(number__in=named)
    found = grading.highest(grading.LOW, *(str(records.values(one)["priority"]) for one in kept))
    steps = [
        {"action": _cell(row["action"]), "given": _cell(row["given"]), "expected": _cell(row["expected"])}
        for row in first["steps"]
    ]  # fmt: skip
    return {
        "title": first["title"], "series": first["script"].rpartition("-")[0], "aim": first["aim"], "system": [system],
        "requirements": named, "risk": found, "accounts": "The people of the copy, one for each role", "steps": steps[:STEPS],
        "criterion": "Every step gives what is expected", "run_by": "machine", "fingerprint": fingerprint, "source": "shipped",
        "cases": [{"case": one["case"] or "-", "fingerprint": one["fingerprint"]} for one in cases],
    }  # fmt: skip


def _run(number: str, cases: list[Plain], ran: Plain, before: int, started_by: str | None, system: str) -> dict[str, Any]:
    rows = [_step(place, one, row) for place, (one, row) in enumerate(((c, r) for c in cases for r in c["steps"]), 1)]
    verdicts = {str(one["verdict"]) for one in cases}
    verdict = "passed" if verdicts == {"passed"} else "skipped" if verdicts <= {"passed", "skipped"} else "failed"
    notes = [f"{one['case'] or number}: {one['note']}" for one in cases if one.get("note")]
    return {
        "title": f"{number}, attempt {before + 1}", "script": [number], "attempt": str(before + 1), "system": [system],
        "purpose": "official" if ran["official"] else "trial", "origin": "machine on site", "started_by": started_by,
        "run_id": ran["id"], "environment": ran["environment"], "build": ran["build"], "baseline": str(ran["baseline"]),
        "compared": _compared(ran), "steps": rows[:STEPS], "verdict": verdict, "note": "\n".join(notes)[:2000] or None,
        "evidence_sha256": _manifest(cases), "fingerprint": combined(cases),
    }  # fmt: skip


def _step(place: int, one: Plain, row: Plain) -> dict[str, Any]:
    case = f"[{one['case']}] " if one["case"] else ""
    verdict = VERDICTS.get(row["verdict"])  # none for a step that was not reached
    shown = ", ".join(kept["sha256"] for kept in row.get("evidence", ()))
    return {
        "step": str(place), "action": _cell(f"{case}{row['action']}"), "expected": _cell(row["expected"]),
        "actual": _cell(row["actual"] or "-"), "verdict": verdict, "evidence": _cell(shown), "by": row.get("by") or None,
        "at": row["at"] or None,
    }  # fmt: skip


def _cell(text: str) -> str | None:
    """Give what a table keeps of a text; the whole of it stands in protocol, report and evidence, and its hash covers it."""
    return (text if len(text) <= CELL else f"{text[: CELL - 1]}…") or None


def _compared(ran: Plain) -> str:
    told = list(ran["compared"])
    if not told or any(one["production"] != one["copy"] and not one["explanation"] for one in told):
        return "not compared"
    return "same" if all(one["production"] == one["copy"] for one in told) else "differences explained"


def _manifest(cases: list[Plain]) -> str:
    told = sorted(
        f"{kept['sha256']} {kept['file']}" for one in cases for row in one["steps"] for kept in row.get("evidence", ())
    )
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
