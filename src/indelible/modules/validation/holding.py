"""The only place that knows which rows a validation document holds: requirements, scripts, runs, each by the hash of its version.

Rows are approved with the document that holds them (its signatures cover the list), not one by one.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.models import Link, Record

DOCUMENT, SYSTEM, REQUIREMENT, SCRIPT, RUN = "document", "gxp_system", "validation_requirement", "test_script", "test_run"
DEVIATION = "test_deviation"
CLASS = "validation"
PLAN, REQUIREMENTS, RISKS, MATRIX, SUMMARY = (
    "plan",
    "requirements",
    "risk assessment",
    "traceability matrix",
    "summary report",
)
LEVELS = ("IQ", "OQ", "PQ")
PROTOCOLS = {f"{level} protocol": level for level in LEVELS}
REPORTS = {f"{level} report": level for level in LEVELS}
CODES = {  # of the documents of a package, by their kinds
    PLAN: "VP", REQUIREMENTS: "URS", RISKS: "FRA", "specification": "CS",
    **{kind: f"{level}P" for kind, level in PROTOCOLS.items()}, **{kind: f"{level}R" for kind, level in REPORTS.items()},
    MATRIX: "RTM", SUMMARY: "VSR",
}  # fmt: skip
WITH_ROWS = (REQUIREMENTS, RISKS, *PROTOCOLS, *REPORTS)
HELD = ("in_review", "approved")
APPROVED = ("approved", "effective")
LATEST = 2000  # rows that a table takes


def number_of(value: Any) -> str:
    """Give the number that a link field with one link names, empty without one."""
    return str(value[0]["number"]) if value else ""


def kind_of(values: dict[str, Any]) -> str:
    """Give which validation document this is, empty for any other document."""
    return str(values.get("validation_kind") or "") if values.get("class") == CLASS else ""


def is_validation(case: Case) -> bool:
    """Say whether the act is on a validation document; of any other one no other record has to be looked at."""
    return bool(kind_of(case.content))


def linking(kind: str, relation: str, *names: str) -> QuerySet[Record]:
    """Give the records of a type whose field `relation` names one of these numbers or series."""
    rows = Link.objects.filter(target__in=[name for name in names if name], relation=relation).values("record_id")
    return Record.objects.filter(type=kind, pk__in=rows)


def of_document(head: Record, values: dict[str, Any]) -> list[Record]:
    """Give the rows that belong to a validation document as things stand, by number."""
    kind, names, system = kind_of(values), (head.number, head.series or ""), number_of(values.get("system"))
    if kind == REQUIREMENTS:
        found = linking(REQUIREMENT, "document", *names).filter(state__in=HELD)
    elif kind == RISKS:
        found = linking(REQUIREMENT, "system", system).filter(state__in=HELD)
    elif kind in PROTOCOLS:
        found = linking(SCRIPT, "protocol", *names).filter(state__in=HELD, number__startswith=f"{PROTOCOLS[kind]}-")
    elif kind in REPORTS:
        return _runs(REPORTS[kind], system, str(values.get("build")), str(values.get("baseline")))
    else:
        return []
    return list(found.order_by("number"))


def drafts_for(values: dict[str, Any]) -> list[Record]:
    """Give the rows of its system that a validation document could hold and that are still drafts, by number."""
    kind, system = kind_of(values), number_of(values.get("system"))
    if kind == REQUIREMENTS:
        found = linking(REQUIREMENT, "system", system)
    elif kind in PROTOCOLS:
        found = linking(SCRIPT, "system", system).filter(number__startswith=f"{PROTOCOLS[kind]}-")
    else:
        return []
    return list(found.filter(state="draft").order_by("number"))


def _runs(level: str, system: str, build: str, baseline: str) -> list[Record]:
    """Give every run of a level on one build and baseline: all attempts, aborted and trial ones as well."""
    found = linking(RUN, "system", system).filter(pk__in=_of_level(level)).order_by("number")
    given = ((one, records.values(one)) for one in found)
    return [one for one, values in given if (values["build"], values["baseline"]) == (build, baseline)]


def _of_level(level: str) -> QuerySet[Any]:
    return Link.objects.filter(target__startswith=f"{level}-", relation="script").values("record_id")


def table(found: list[Record]) -> list[dict[str, str]]:
    """Give rows as the document keeps them."""
    return [
        {"number": one.number, "title": one.title[:300], "state": one.state.replace("_", " "),
         "sha256": bytes(one.version_sha256).hex()} for one in found
    ]  # fmt: skip


def listed(values: dict[str, Any]) -> dict[str, str]:
    """Give what a document lists: numbers with the hash of the version of each."""
    return {str(row["number"]): str(row["sha256"]) for row in values.get("rows") or []}


def documents(system: str, *kinds: str, states: tuple[str, ...] = APPROVED) -> list[Record]:
    """Give the validation documents of a system of these kinds, newest first, in these states."""
    found = linking(DOCUMENT, "system", system).filter(state__in=states).order_by("-created_at")
    return [one for one in found if kind_of(records.values(one)) in kinds]


def document_of(case: Case) -> Record | None:
    """Give the document that a requirement or script says holds it: that revision, or the newest of the series."""
    name = number_of(case.value("document") or case.value("protocol"))
    found = Record.objects.filter(Q(number=name) | Q(series=name), type=DOCUMENT).exclude(standing="past")
    return found.order_by("-revision").first() if name else None


def fitting(case: Case) -> tuple[str, ...]:
    """Give the kinds of documents that may hold this row."""
    return (REQUIREMENTS,) if case.type == REQUIREMENT else (f"{case.head.number[:2]} protocol",)


def names(number: str) -> list[str]:
    """Give the names by which a link may mean a document: its number and its series."""
    series = Record.objects.filter(number=number).values_list("series", flat=True).first()
    return [number, *([series] if series else [])]
