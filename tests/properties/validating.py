"""Systems, requirements, scripts, runs and test deviations to try things on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any
from uuid import UUID

from indelible.assurance.qualification.reading import Thing
from indelible.infra import clock
from indelible.kernel import acts
from indelible.kernel.models import Record
from tests.properties.cast import Cast

Maker = Callable[[Cast], UUID]
SERIAL = count(1)
WHO = "tra"  # validates
STEPS = [{"action": f"Press {n}", "expected": f"{n} lights up"} for n in range(1, 61)]
RISK = {"failure": "It is lost", "severity": "high", "probability": "medium", "detectability": "low"}
SYSTEM: dict[str, Any] = {
    "version": "4", "purpose": "Keeps results", "process_owner": "hed", "owner": "own", "supplied": "made here", "place": "Server 2",
    "gxp_use": "GMP", "records_kept": "Results", "signatures": False, "access": "closed", "access_because": "Own network",
    "components": [{"component": "Database", "category": "1", "because": "As bought"}], "risk_patient": "low",
    "risk_product": "medium", "risk_data": "high", "risk": "high",
}  # fmt: skip
REQUIREMENT: dict[str, Any] = {
    "process": "Testing", "clauses": "211.194", "impact": ["data"], "must": "must", "category": "data", "touches": "record_change",
    "risks": [RISK], "priority": "high", "depth": "scripted with negative cases",
}  # fmt: skip
SCRIPT: dict[str, Any] = {
    "aim": "Shows it", "risk": "high", "accounts": "An analyst", "steps": STEPS, "criterion": "As expected", "run_by": "machine",
}  # fmt: skip
ANALYSED: dict[str, Any] = {
    "kind": "system", "cause": "It rounds", "effect_on_tests": "None", "effect_on_records": "None", "correction": "It rounds no more",
    "accepted_because": "It is rare", "restriction": "Two people read", "restriction_owner": "own", "retest": "It passed",
}  # fmt: skip
FIELDS: dict[str, dict[str, Any]] = {
    "gxp_system": {"name": "One"}, "validation_requirement": {"text": "It shall", "area": "OWN", "source": "own"},
    "test_script": {"title": "One", "series": "OQ-OWN", "source": "own"},
    "test_run": {"title": "One", "attempt": "1", "purpose": "trial", "origin": "person", "executor": "bea", "environment": "Here",
                 "build": "4", "baseline": "-", "compared": "same"},
    "test_deviation": {"title": "One", "step": "1", "expected": "1", "actual": "2"},
}  # fmt: skip
KINDS = tuple(FIELDS)


def basis(cast: Cast, kind: str) -> dict[str, Any]:
    """Give what a record of a type cannot be made without: the system, the script, the run that are there for all."""
    if kind == "gxp_system":
        return {}
    found: dict[str, Any] = {"system": [_there(cast, "gxp_system", _system(WHO, name="Basis"))]}
    if kind == "test_run":
        found["script"] = [_there(cast, "test_script", _script(WHO, title="Basis"))]
    if kind == "test_deviation":
        found["run"] = [_there(cast, "test_run", _run(WHO, title="Basis"))]
    return found


def _there(cast: Cast, kind: str, make: Maker) -> str:
    """Give the number of the record that is there for all; the first who asks makes it."""
    known = Record.objects.filter(type=kind, title="Basis").first()
    return known.number if known else Record.objects.get(pk=make(cast)).number


def _made(cast: Cast, user: str, kind: str, fields: dict[str, Any]) -> UUID:
    given = FIELDS[kind] | basis(cast, kind) | fields
    return acts.run(cast.players[user].ctx, f"{kind}.create", fields=given).record


def _system(user: str, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        fields = SYSTEM | {"name": f"System {next(SERIAL)}", "department": cast.home.departments["Quality Control"]}
        return _made(cast, user, "gxp_system", fields | more)

    return make


def _document(cast: Cast, kind: str) -> str:
    """Give the draft document of a kind that holds rows."""
    known = Record.objects.filter(type="document", title=f"Basis, {kind}").first()
    if known is not None:
        return known.number
    fields = {"title": f"Basis, {kind}", "class": "validation", "validation_kind": kind, "owner": "own"}
    fields |= basis(cast, "validation_requirement")
    return acts.run(cast.players[WHO].ctx, "document.create", fields=fields).number


def _requirement(user: str, *, held: bool = True, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        fields: dict[str, Any] = REQUIREMENT | {"text": f"It shall, {next(SERIAL)}"}
        fields |= {"document": [_document(cast, "requirements")]} if held else {}
        return _made(cast, user, "validation_requirement", fields | more)

    return make


def _script(user: str, *, held: bool = True, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        need = _there(cast, "validation_requirement", _requirement(WHO, text="Basis", held=False))
        fields: dict[str, Any] = SCRIPT | {"title": f"Script {next(SERIAL)}", "requirements": [need]}
        fields |= {"protocol": [_document(cast, "OQ protocol")]} if held else {}
        return _made(cast, user, "test_script", fields | more)

    return make


def _run(user: str, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        return _made(cast, user, "test_run", {"title": f"Run {next(SERIAL)}"} | more)

    return make


def _deviation(user: str, **more: Any) -> Maker:
    def make(cast: Cast) -> UUID:
        until = (clock.now() + timedelta(days=60)).date().isoformat()
        fields = ANALYSED | {"title": f"Test deviation {next(SERIAL)}", "class": "major", "restricted_until": until}
        return _made(cast, user, "test_deviation", fields | more)

    return make


def step(thing: Thing | None) -> dict[str, Any]:
    """Give the next step of a run as it is recorded."""
    done = (thing.values.get("steps") or []) if thing else []
    return {"step": len(done) + 1, "actual": "It lights up", "passed": True}


VARIANTS: dict[str, dict[str, tuple[Maker, tuple[str, ...] | None]]] = {
    "gxp_system": {
        "plain": (_system(WHO, owner="sys"), ("proposed", "assessed", "void")),
        "of no use": (_system("ann", gxp_use="none"), ("proposed", "out_of_scope")),
        "own work": (_system("mul", risk="low"), ("proposed",)),
    },
    "validation_requirement": {
        "plain": (_requirement(WHO), ("draft", "in_review", "excluded", "void")),
        "own work": (_requirement("mul", held=False, priority="low"), ("draft",)),
        "lower": (_requirement(WHO, depth="scripted", thinner_because="It is seen at once"), ("in_review",)),
    },
    "test_script": {
        "plain": (_script(WHO), ("draft", "in_review", "void")),
        "without steps": (_script("mul", held=False, steps=[{"action": "Press"}]), ("draft",)),
    },
    "test_run": {
        "plain": (_run(WHO), ("planned", "running", "paused", "aborted", "trial")),
        "official": (_run(WHO, purpose="official", attempt="999"), ("planned",)),
        "by the machine": (_run(WHO, origin="machine on site"), ("planned",)),
    },
    "test_deviation": {
        "plain": (_deviation("ann"), ("open", "analysed", "correcting", "accepted", "void")),
        "minor": (_deviation("mul", **{"class": "minor", "kind": "script", "restriction": None}), ("analysed", "correcting")),
        "unrestricted": (_deviation("ann", restriction=None), ("analysed",)),
    },
}  # fmt: skip
NEVER_BEGUN = {("test_deviation", variant): {"close"} for variant in VARIANTS["test_deviation"]}
VALUES: dict[str, dict[str, Callable[[int], Any]]] = {
    "gxp_system": {"name": lambda n: f"System {n}", "place": lambda n: f"Server {n}", "risk": lambda n: ["high", "low"][n % 2],
                   "owner": lambda n: ["own", "sys", "mul"][n % 3]},
    "validation_requirement": {"text": lambda n: f"It shall, {n}", "priority": lambda n: ["high", "low"][n % 2],
                               "thinner_because": lambda n: [f"It is seen {n} times", None][n % 2]},
    "test_script": {"title": lambda n: f"Script {n}", "criterion": lambda n: [f"As expected, {n}", None][n % 2]},
    "test_run": {"title": lambda n: f"Run {n}", "executor": lambda n: ["bea", "rob", "tra"][n % 3]},
    "test_deviation": {"title": lambda n: f"Deviation {n}", "cause": lambda n: [f"It rounds, {n}", None][n % 2],
                       "restriction": lambda n: [f"{n} people read", None][n % 2]},
}  # fmt: skip
