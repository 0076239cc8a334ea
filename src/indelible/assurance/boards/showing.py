"""What every board shows alike: who may open it, how a state looks, and evidence without what the reader may not see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from indelible.assurance.boards.answering import Answered, Board
from indelible.kernel.models import Record
from indelible.practice import glance, probing, queries
from indelible.practice.panels import Cell
from indelible.practice.probing import NOT_SHOWN, OPEN, SHOWN, Finding
from indelible.practice.queries import Viewer

GUEST = "guest_"
INSPECTOR = "guest_inspector"
LOOKS = {SHOWN: "done", NOT_SHOWN: "wait", OPEN: "draft"}
UNSEEN = "The evidence is a record that you may not see."


def may_ask(view: Viewer) -> bool:
    """Say whether somebody may open the questions of inspectors: who oversees, and inspectors themselves; no other guest."""
    return _reads_all(view) and glance.oversees(view) and all(not _guest(one) or one == INSPECTOR for one in _roles(view))


def is_inside(view: Viewer) -> bool:
    """Say whether somebody may open the boards: who oversees, and is no guest. A program needs a token that reads everything."""
    return may_ask(view) and not any(_guest(one) for one in _roles(view))


def state(said: str) -> Cell:
    """Give a state as a chip."""
    return Cell(said[:1].upper() + said[1:], look=LOOKS[said], tone="late" if said == NOT_SHOWN else "")


def seen_of(board: Board, found: Iterable[Answered]) -> Mapping[str, Record]:
    """Give the records that are evidence of these duties and that the reader may see, by number, with one question."""
    numbers = {finding.number for one in found for finding in one.findings if finding.number}
    return queries.peek_all(board.view, numbers) if numbers else {}


def why(one: Answered, seen: Mapping[str, Record]) -> Cell:
    """Give why a duty stands so, without the words about a record that the reader may not see."""
    told, hidden = one.why, [finding.says for finding in one.findings if finding.number and finding.number not in seen]
    for says in hidden:
        told = told.replace(says, UNSEEN)
    return Cell(told)


def company(one: Answered, seen: Mapping[str, Record]) -> Cell:
    """Give what was found of the company's part, else what its evidence would be."""
    told = [finding.says if not finding.number or finding.number in seen else UNSEEN for finding in one.findings]
    if told:
        return Cell(" ".join(dict.fromkeys(told)))
    owed = one.obligation.evidence
    return Cell(f"Not looked at by itself. Evidence: {owed.says}" if owed else "")


def evidence(one: Answered, seen: Mapping[str, Record], view: Viewer) -> Cell:
    """Give the way to the evidence of a duty: the record, else the page, else the list of the type that it would be."""
    found = one.evidence
    if found is not None and found.number in seen:
        return Cell(found.number, number=found.number)
    if found is not None and found.page:
        return Cell(named(found.page, view), page=found.page)
    if one.requirements:
        return Cell("Requirements", page=f"/validation/obligations?q={one.obligation.id}")
    kinds = one.obligation.evidence.types if one.obligation.evidence else ()
    kind = next((kind for kind in kinds if kind in view.configuration.types), "")
    return Cell(view.configuration.types[kind].plural, page=probing.list_of(kind)) if kind else Cell()


def named(page: str, view: Viewer) -> str:
    """Say in words where a page leads."""
    parts = page.partition("?")[0].strip("/").split("/")
    if parts[0] == "records" and parts[1] in view.configuration.types:
        return view.configuration.types[parts[1]].plural
    return {"r": parts[1] if len(parts) > 1 else "", "panels": parts[-1].replace("-", " ").capitalize()}.get(
        parts[0], parts[0].capitalize()
    )


def days(found: Finding | None, view: Viewer) -> tuple[Cell, Cell]:
    """Give of which day evidence is, and until when it holds or when the next is due."""
    if found is None:
        return Cell(), Cell()
    over = found.until is not None and found.until < probing.today(view)
    return Cell(found.day.isoformat() if found.day else ""), Cell(found.until.isoformat() if found.until else "", late=over)


def counted(found: Iterable[Answered]) -> tuple[Cell, ...]:
    """Count duties: shown, not shown, open, all."""
    states = [one.state for one in found]
    return (*(Cell(str(states.count(said))) for said in (SHOWN, NOT_SHOWN, OPEN)), Cell(str(len(states))))


def _roles(view: Viewer) -> set[str]:
    return {one.role for one in view.held}


def _guest(role: str) -> bool:
    return role.startswith(GUEST)


def _reads_all(view: Viewer) -> bool:
    scopes = view.ctx.scopes
    return scopes is None or "*" in scopes or "read" in scopes
