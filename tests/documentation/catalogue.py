"""The reference of the catalogue: requirements by area with their risks, obligations by source, and the look-ahead."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.assurance.catalogue import depth, loading
from indelible.assurance.catalogue.entry import AREAS
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.requirement import Obligation, Requirement
from tests.documentation.tables import code, codes, page, plain, table

TOUCHES = {"record_change": "changes records", "signature": "signature", "access": "access", "other": ""}


def requirements() -> str:
    """Give the page of all requirements."""
    catalogue = loading.load()
    told = (
        f"What the product must do: {len(catalogue.requirements)} requirements, one testable *shall* each, as they ship. A company "
        "approves them as its own, adds to them, leaves out with a reason and rates anew. Class (1 is worst) follows from severity and "
        "probability, priority from class and detectability; the CSA view says whether a failure is a high process risk.\n\n"
        + "\n".join(f"- *{priority}*: {depth.needed(priority)}" for priority in ("high", "medium", "low"))
    )
    return page("Requirements", told, *(_area(catalogue, name) for name in AREAS))


def obligations() -> str:
    """Give the page of all obligations, each with what in the product answers it."""
    catalogue = loading.load()
    told = ("What regulations, frameworks and the practice of validation ask for, in our own words: check the official text before quoting "
            "a clause. *Technical* ones are answered by requirements; what people do is the company's until a record shows it. What the "
            "product does not do says so.")  # fmt: skip
    sources = dict.fromkeys(one.source for one in catalogue.obligations.values())
    return page("Obligations", told, *(_source(catalogue, name) for name in sources), *map(_draft, catalogue.drafts))


def _area(catalogue: Catalogue, area: str) -> Iterator[str]:
    found = [one for one in catalogue.requirements.values() if one.area == area]
    yield from (f"## {area} {AREAS[area]}", "")
    yield from table(
        ("Requirement", "What", "Asked for by", "Risk", "Class", "Priority", "CSA"),
        (_row(one) for one in sorted(found, key=lambda one: one.id)),
    )


def _row(one: Requirement) -> tuple[str, ...]:
    touches = f" ({TOUCHES[one.touches]})" if TOUCHES[one.touches] else ""
    risks = " ".join(f"{risk.failure} {risk.effect} Against it: {risk.control}" for risk in one.risks)
    why = f" Not high: {one.below_high}" if one.below_high else ""
    return (
        code(one.id), plain(one.text) + touches, ", ".join(one.clauses), plain(risks + why),
        str(min(risk.risk_class for risk in one.risks)), one.priority, "high" if one.csa_high else "not high",
    )  # fmt: skip


def _source(catalogue: Catalogue, source: str) -> Iterator[str]:
    found = [one for one in catalogue.obligations.values() if one.source == source]
    yield from (f"## {source}", "", plain(found[0].binding), "")
    rows = ((code(one.id), one.clause, plain(one.text), one.kind, one.who, _answered(catalogue, one)) for one in found)
    yield from table(("Id", "Clause", "What it asks for", "Kind", "Whose", "What answers it"), rows)


def _answered(catalogue: Catalogue, one: Obligation) -> str:
    parts = [f"**Open:** {plain(one.open)}" if one.open else "", codes(row.id for row in catalogue.naming(one.id))]
    parts.append(plain(one.evidence.says) if one.evidence else "")
    return " · ".join(part for part in parts if part)


def _draft(draft: loading.Draft) -> Iterator[str]:
    yield from (f"## A look-ahead: {draft.source}", "", plain(draft.binding) + " Never counted as covered.", "")
    rows = (
        (str(one["chapter"]), *(plain(str(one[key])) for key in ("title", "adds", "has", "lacks"))) for one in draft.chapters
    )
    yield from table(("Chapter", "Title", "It would add", "The product has", "It lacks"), rows)
