"""What a run of the machine leaves in a home, as the runner writes it: for pages that show it."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings

from indelible.assurance.qualification import kept, planning, results
from indelible.assurance.qualification.planning import Script
from indelible.assurance.qualification.results import Evidence, Run, ScriptResult, StepResult
from indelible.infra import build
from indelible.kernel import config
from indelible.kernel.models import Baseline

NEED, KEY = "URS-SIG-004", "OQ-SIG-901"


def written(verdict: str = "passed", **changed: Any) -> Run:
    """Leave a run in the home as the runner does, with one script of two steps and the evidence of its first."""
    place = kept.folder(settings.HOME)
    (place / "runs").mkdir(parents=True, exist_ok=True)
    name = str(changed.pop("id", "RUN-20260101T000000Z"))
    seen = place / "evidence" / name / KEY / "01-001-exchange.json"
    seen.parent.mkdir(parents=True, exist_ok=True)
    seen.write_bytes(b'{"status": 200}')
    shown = changed.pop("evidence", Evidence(seen.relative_to(place).as_posix(), "exchange", "ab" * 32, 15))
    steps = (
        StepResult(1, "Sign with both", "user id", "signed", "signed", "passed", "2026-01-01T00:00:01Z", (shown,), "q.author"),
        StepResult(2, "Sign with one", "password", "refused", "refused" if verdict == "passed" else "signed", verdict, "2026-01-01T00:00:02Z"),
    )  # fmt: skip
    one = ScriptResult(KEY, "", "Both components", "The aim", "OQ", (NEED,), "cd" * 32, "machine on site", 1, verdict,
                       "2026-01-01T00:00:00Z", "2026-01-01T00:00:02Z", 2.0, steps)  # fmt: skip
    given: dict[str, Any] = {
        "official": False, "why_not_official": ("it is a trial",), "started": "2026-01-01T00:00:00Z", "ended": "2026-01-01T00:01:00Z",
        "build": build.identity().name, "build_sha256": build.identity().package, "baseline": Baseline.objects.latest("number").number,
        "configuration_sha256": config.current().sha256, "engine": "sqlite", "environment": "demo", "started_by": "somebody on a machine",
        "tool": {"pytest": "9"}, "planned": (KEY,), "results": (one,), "seconds": 60.0,
    }  # fmt: skip
    run = Run(id=name, **given | changed)
    results.write(run, place / "runs")
    tables = tuple({"action": step.action, "given": step.given, "expected": step.expected, "by": ""} for step in steps)
    script = Script(
        KEY, "", "Both components", "The aim", "OQ", "kernel", (NEED,), negative=True, fingerprint="cd" * 32, steps=tables
    )
    (place / "runs" / f"{name}.plan.json").write_text(json.dumps(planning.told([script])), "utf-8")
    return run
