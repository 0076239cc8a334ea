"""The only place that shows a script of the machine with its steps: planned, or with what was found and its evidence."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from indelible.assurance.qualification import kept
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import PASSED, SKIPPED, ScriptResult, StepResult
from indelible.modules.validation.performing import Tested

Context = dict[str, Any]
NOT_RUN = "not run"


def result(one: ScriptResult, run: str) -> Context:
    """Give what a script gave, with its steps and the evidence of each, for parts/script.html."""
    return {
        "key": one.key,
        "title": one.title,
        "aim": one.aim,
        "verdict": _verdict(one.verdict),
        "note": "" if one.verdict == PASSED else kept.first_failed(one),
        "facts": f"attempt {one.attempt}, {one.origin}, {one.seconds:.1f} s",
        "fingerprint": one.fingerprint,
        "steps": [_step(step, run) for step in one.steps],
    }


def planned(one: Script) -> Context:
    """Give a script that was planned and gave nothing, for parts/script.html."""
    steps = [step | {"number": at} for at, step in enumerate(one.steps, 1)]
    return {
        "key": one.key,
        "title": one.title,
        "aim": one.aim,
        "verdict": _verdict(NOT_RUN),
        "facts": one.level,
        "fingerprint": one.fingerprint,
        "steps": steps,
    }


def recorded(one: Tested) -> Context:
    """Give a script that stands on record with what its last run found, for parts/script.html."""
    run = one.run
    verdict = str(one.values["verdict"] or "not finished") if run else NOT_RUN
    told = f"{run.number}, attempt {one.values['attempt']}, {one.values['purpose']}" if run else "no run so far"
    steps = [
        step
        | {
            "number": step["step"],
            "verdict": _verdict(step["verdict"]) if step["verdict"] else None,
            "evidence": _files(one, step),
        }
        for step in one.steps
    ]
    return {
        "key": one.script.number,
        "title": one.script.title,
        "verdict": _verdict(verdict),
        "facts": told,
        "steps": steps,
    }


def _files(one: Tested, step: Context) -> list[Context]:
    if one.run is None or not step["evidence"]:
        return []
    return [{"label": "file", "url": reverse("file", args=[one.run.number, step["evidence"]])}]


def _step(one: StepResult, run: str) -> Context:
    evidence = [
        {"label": each.kind, "url": reverse("qualification_evidence", args=[run, each.sha256]), "sha256": each.sha256}
        for each in one.evidence
    ]
    return {
        "number": one.number,
        "action": one.action,
        "given": one.given,
        "expected": one.expected,
        "actual": one.actual,
        "verdict": _verdict(one.verdict),
        "broken": one.verdict not in (PASSED, SKIPPED),
        "by": one.by,
        "evidence": evidence,
    }


def _verdict(verdict: str) -> Context:
    tone = "done" if verdict == PASSED else "wait" if verdict in (SKIPPED, NOT_RUN) else "late"
    return {"label": verdict, "tone": tone}
