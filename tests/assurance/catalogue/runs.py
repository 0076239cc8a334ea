"""Scripts as planned and runs as executed, in as few words as a test needs."""

from __future__ import annotations

from typing import Any

from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.qualification.results import PASSED, Run, ScriptResult

BUILD, CONFIGURATION = "b" * 64, "c" * 64


def planned(script: str, *requirements: str, case: str = "", **said: Any) -> Planned:
    """Give a script as it was collected: an OQ with a negative step unless something else is said."""
    key = f"{script}[{case}]" if case else script
    return Planned(key, script, case, requirements, script.split("-", maxsplit=1)[0], **{"negative": True} | said)


def result(script: str, verdict: str = PASSED, *, case: str = "", attempt: int = 1, fingerprint: str = "f") -> ScriptResult:
    """Give one execution."""
    at = f"2026-11-30T12:00:{attempt:02}Z"
    return ScriptResult(
        script,
        case,
        "",
        "",
        script.split("-", maxsplit=1)[0],
        (),
        fingerprint,
        "machine on site",
        attempt,
        verdict,
        at,
        at,
        0.1,
        (),
    )


def run(*results: ScriptResult, **said: Any) -> Run:
    """Give a run of these executions."""
    facts: dict[str, Any] = {
        "id": "RUN-1", "official": True, "why_not_official": (), "started": "", "ended": "", "build": "1.0", "build_sha256": BUILD,
        "baseline": 1, "configuration_sha256": CONFIGURATION, "engine": "sqlite", "environment": "validation", "started_by": "q",
        "tool": {}, "planned": tuple(one.key for one in results), "results": results,
    }  # fmt: skip
    return Run(**facts | said)
