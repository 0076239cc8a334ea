"""The only place that shows who asks for a requirement and what could go wrong with it: clauses in their words, risks as rated."""

from __future__ import annotations

from typing import Any

from indelible.assurance.catalogue.loading import AREAS
from indelible.assurance.catalogue.requirement import Obligation, Requirement, Risk
from indelible.assurance.catalogue.trace import Row

Context = dict[str, Any]


def clause(one: Obligation) -> Context:
    """Give an obligation as a clause that asks for something, with its own words."""
    return {
        "clause": f"{one.source}, {one.clause}",
        "title": one.title,
        "text": one.text,
        "shown_by": one.shown_by,
        "binding": one.binding,
    }


def facts(one: Requirement, row: Row) -> list[Context]:
    """Give what a requirement says of itself besides its text."""
    facts = [
        ("Why", one.why),
        ("Area", AREAS.get(one.area, one.area)),
        ("Kind", one.category),
        ("Must or should", "must" if one.must else "should"),
        ("Could reach", ", ".join(one.impact)),
        ("Depends on settings", ", ".join(one.settings)),
        ("About types", ", ".join(one.types) or "every type"),
        ("CSA view", f"{'high process risk' if one.csa_high else 'not a high process risk'}: {one.csa_because}"),
        ("Stands in", one.place),
    ]
    return [
        {"label": "Priority", "kind": "text", "value": row.priority},
        *({"label": name, "kind": "text", "value": value} for name, value in facts),
    ]


def risk(one: Risk) -> Context:
    """Give a risk with its class and priority, and how they follow from its grades."""
    return {
        "failure": one.failure,
        "cause": one.cause,
        "effect": one.effect,
        "class": one.risk_class,
        "priority": one.priority,
        "because": one.because,
        "rated": f"severity {one.severity} and probability {one.probability} give class {one.risk_class}; "
        f"with detectability {one.detectability} that is priority {one.priority}",
        "control": one.control,
        "procedure": one.procedure,
    }


def rated(row: Context) -> Context:
    """Give a risk as a record keeps it; a grade that is missing counts as low."""
    grades = {name: str(row.get(name) or "low") for name in ("severity", "probability", "detectability")}
    texts = {name: str(row.get(name) or "") for name in ("failure", "cause", "effect", "because", "control", "procedure")}
    return risk(Risk(**texts, **grades))
