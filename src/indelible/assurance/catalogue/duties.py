"""What answers each obligation: the product's part by the state of its requirements, people's part by records; none is left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.requirement import Obligation
from indelible.assurance.catalogue.trace import COVERED, EXCLUDED, LEVERAGED, NO_TEST, OPEN, PROCEDURAL, STATES, Answer, Row

TECHNICAL, PROCEDURES = "technical", "procedural"
MET, NOT_MET = "met", "not met"


def answers(catalogue: Catalogue, rows: Mapping[str, Row], records: Callable[[str], bool | None]) -> Iterator[Answer]:
    """Give an answer for every obligation, in the order of the files."""
    for one in catalogue.obligations.values():
        serving = [rows[requirement.id] for requirement in catalogue.naming(one.id)]
        names = tuple(row.requirement.id for row in serving)
        product, why = _product(one, serving)
        duty = "" if one.kind == TECHNICAL else MET if records(one.id) else NOT_MET
        state, said = _state(one, product, why, duty)
        yield Answer(one, names, product, duty, state, said)


def _product(one: Obligation, serving: list[Row]) -> tuple[str, str]:
    if not serving:
        return (NO_TEST, "no requirement names it") if one.kind == TECHNICAL else ("", "")
    inside = [row for row in serving if row.state != EXCLUDED]
    if not inside:
        return EXCLUDED, "; ".join(f"{row.requirement.id}: {row.why}" for row in serving)
    if all(row.state == LEVERAGED for row in inside):
        return LEVERAGED, ""
    worst = min((row.state for row in inside if row.state != LEVERAGED), key=STATES.index)
    behind = [row.requirement.id for row in inside if row.state == worst]
    return worst, "" if worst == COVERED else f"{worst}: {', '.join(behind)}"


def _state(one: Obligation, product: str, why: str, duty: str) -> tuple[str, str]:
    if one.open:
        return OPEN, one.open
    if one.kind == TECHNICAL:
        return product, why
    owed = _owed(one)
    if one.kind == PROCEDURES or not product:
        return (PROCEDURAL, one.evidence.says if one.evidence else "") if duty == MET else (OPEN, owed)
    if product not in (COVERED, LEVERAGED):
        return product, why
    return (product, why) if duty == MET else (OPEN, f"the product's part is {product}; {owed}")


def _owed(one: Obligation) -> str:
    whose = "the project's part, to be reviewed by the company" if one.who == "platform" else "customer's duty"
    return f"{whose}, not met yet" + (f": {one.evidence.says}" if one.evidence else "")
