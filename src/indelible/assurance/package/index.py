"""The only place that says what `package.json` holds: what the package is of, its state, and a digest of everything in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from indelible.assurance.package.facts import Facts
from indelible.assurance.package.pages import sha256
from indelible.assurance.package.refusals import Reason
from indelible.assurance.package.traced import gaps
from indelible.assurance.qualification.results import Run

FORMAT = 1


def of(facts: Facts, reasons: Sequence[Reason]) -> dict[str, Any]:
    """Give the index of a package as plain data; the documents are named later, when they are written."""
    return {
        "format": FORMAT, **asdict(facts.about), "official": facts.official, "run": facts.judged, "beside": list(facts.beside), "approvable": not reasons,
        "reasons": [asdict(one) for one in reasons], "counts": _counts(facts),
        "requirements": {key: {"text": one.text, "fingerprint": one.fingerprint, "settings": list(one.settings)} for key,
                         one in sorted(facts.requirements.items())},
        "scripts": {one.key: {"title": one.title, "fingerprint": one.fingerprint, "requirements": list(one.requirements), "origin": one.origin,
                              "level": one.level}
                    for one in facts.every_plan()},
        "settings": {one.key: {"running": one.running, "gxp": one.gxp, "scripts": list(one.scripts)} for one in facts.settings},
        "results": {key: one.verdict for key, one in facts.final().items()},
        "states": {one.requirement: one.state for one in facts.matrix.rows},
        "runs": {one.id: {"official": one.official, "fault": one.fault, "rows": rows(one)} for one in facts.runs},
    }  # fmt: skip


def rows(run: Run) -> dict[str, str]:
    """Give the SHA-256 of each result of a run, in canonical form, by script and attempt: an edited row is named by these."""
    return {f"{one.key}#{one.attempt}": sha256(_canonical(asdict(one))) for one in run.results}


def _canonical(value: Any) -> bytes:
    """Write plain data so that a program without this product can do the same: keys in order, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _counts(facts: Facts) -> dict[str, Any]:
    by_state = [one.state for one in facts.matrix.rows]
    states = {state: by_state.count(state) for state in sorted(set(by_state))}
    tests = (
        facts.run.counts()
        if facts.run
        else {"planned": len(facts.every_plan()), "run": 0, "passed": 0, "failed": 0, "skipped": 0}
    )
    return {"requirements": {"total": len(facts.requirements), "uncovered": len(gaps(facts)), **states}, "tests": tests}
