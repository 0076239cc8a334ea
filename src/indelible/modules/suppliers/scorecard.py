"""The scorecard of a supplier: on one page how it stood at the end of a day, each figure with the rows that it counts.

Everything is read as it was then: state, tier, evidence, requests, notices, what went wrong, and what an agreement asks for against
what was measured (ICH Q10 2.7; Annex 11-3.2). Nothing is weighed into one number: who approves reads the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import clock
from indelible.kernel import lifecycles
from indelible.kernel.fields import kind_of
from indelible.kernel.models import Record
from indelible.modules.suppliers import rules, tiers, uses
from indelible.practice import formerly, narrowing
from indelible.practice.formerly import Stood
from indelible.practice.panels import TITLE, Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

SUPPLIER, REQUEST, NOTICE = "supplier", "supplier_request", "supplier_notice"
SPEAKING = (rules.EVIDENCE, rules.QUESTIONNAIRE)
EVENTS = ("deviation", "complaint", "incident", "finding")
YEAR, SOON = timedelta(days=365), timedelta(days=90)
EVIDENCE_ROWS, TARGETS, REQUESTS, NOTICES = "Evidence", "Targets of the agreement", "Requests", "Notices"
EVENT_ROWS, FINDINGS, TIER = "Events of twelve months", "Open findings", "Tier"
EVENT_COLUMNS = ("Number", TITLE, "What", "Class", "State", "Begun")
AT_LEAST = "at least"
NEVER_SET = "Not set"

Held = tuple[Stood, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Card:
    """A supplier at a moment, and what was there about it: each record with what was in it then."""

    view: Viewer
    at: datetime
    supplier: Stood
    values: dict[str, Any]
    evidence: list[Held]
    requests: list[Held]
    notices: list[Held]
    events: list[Held]

    @property
    def findings(self) -> list[Held]:
        """Give the audit findings that were open."""
        return [one for one in self.events if one[0].record.type == "finding" and _is_open(one[0])]

    @property
    def of_a_year(self) -> list[Held]:
        """Give what went wrong and was begun in the twelve months before."""
        return [one for one in self.events if one[0].record.created_at >= self.at - YEAR and one[0].declared.look != "void"]


@panel("scorecard", label="Scorecard", of=[SUPPLIER],
       says="How the supplier stood on a day: tier, evidence, requests, what went wrong, targets of the agreement.")  # fmt: skip
def scorecard(view: Viewer, record: Record | None, at: datetime) -> Sheet:
    """Give the scorecard of a supplier at a moment; each figure leads to the table of what it counts."""
    found = next(formerly.stood(Record.objects.filter(pk=record.pk), at), None) if record else None
    if record is None or found is None:
        return Sheet("This supplier was not entered yet on that day.", ())
    card = _card(view, found, at)
    name = str(card.values.get("name") or record.title)
    lead = f"{record.number} {name} at the end of the day of {_day(view, at)}: {_label(found).lower()}."
    if at >= clock.now() - timedelta(minutes=1):
        lead = f"{record.number} {name} as of {clock.in_zone(at, view.configuration.company.zone)}: {_label(found).lower()}."
    return Sheet(lead, (_figures(card), _tier(card), _evidence(card), _targets(card), _requests(card), _notices(card),
                        _events(EVENT_ROWS, card, card.of_a_year, "Nothing that names this supplier was begun in the twelve months before."),
                        _events(FINDINGS, card, card.findings, "No finding of an audit was open.")))  # fmt: skip


def _card(view: Viewer, found: Stood, at: datetime) -> Card:
    number = found.record.number
    told = formerly.naming(view, (*SPEAKING, REQUEST, NOTICE), {number}, at)
    mine = [one for one in told if _supplier(one[1]) == number]
    asked, notified = ([one for one in mine if one[0].record.type == kind] for kind in (REQUEST, NOTICE))
    about = {number, *(stood.record.number for stood, _ in (*asked, *notified))}
    return Card(
        view, at, found, formerly.contents([found])[found.record.pk],
        [one for one in mine if one[0].record.type in SPEAKING], asked, notified, formerly.naming(view, EVENTS, about, at),
    )  # fmt: skip


def _figures(card: Card) -> Table:
    values, due = card.values, _requalified_by(card)
    targets = _compared(card)
    open_ = [one for one in card.requests if _is_open(one[0])]
    rows: list[tuple[str, Cell]] = [
        ("Status", _state(card.supplier, card.at)),
        ("Tier", Cell(str(values.get("tier") or NEVER_SET).capitalize(), table=TIER)),
        ("Category", Cell(_shown(card.supplier, values, "category"))),
        ("GxP", Cell(_shown(card.supplier, values, "gxp_use"))),
        ("Requalification due", _on(card, due)),
        ("Evidence accepted", _count(EVIDENCE_ROWS, card.evidence, lambda one: one[0].state == "accepted")),
        ("Evidence expired, or ending within 90 days", _count(EVIDENCE_ROWS, card.evidence, lambda one: _ends(one, card))),
        ("Requests open", _count(REQUESTS, open_)),
        ("Requests overdue", _count(REQUESTS, open_, lambda one: _is_late(one[0], card.at))),
        ("Notices not judged yet", _count(NOTICES, card.notices, lambda one: _is_open(one[0]))),
        ("Notices that came too late", _count(NOTICES, card.notices, lambda one: one[1].get("in_time") is False)),
        ("Our answers overdue", _count(NOTICES, card.notices, lambda one: _unanswered(one, card))),
        *((f"{plural} of twelve months", _count(EVENT_ROWS, found)) for plural, found in _by_type(card)),
        ("Audit findings open", _count(FINDINGS, card.findings)),
        ("Targets missed", _count(TARGETS, targets, lambda row: row[-1].late)),
        ("Targets not measured", _count(TARGETS, targets, lambda row: row[-1].text == "Not measured")),
    ]
    return Table("Scorecard", ("What", "Then"), tuple((Cell(words), cell) for words, cell in rows), "")


def _tier(card: Card) -> Table:
    names = [*tiers.QUESTIONS, "tier", "tier_basis", "lowered_to", "lowered_because"]
    rows = tuple((Cell(_title(card.supplier, name)), Cell(_shown(card.supplier, card.values, name))) for name in names if
                 card.values.get(name))  # fmt: skip
    return Table(TIER, ("What", "As kept"), rows, "The questions were not answered yet.")


def _evidence(card: Card) -> Table:
    rows = tuple(
        (
            _number(stood), Cell(str(values.get("item") or stood.declaration.label)), _state(stood, card.at),
            _until(values, card),
            Cell(f"{values['score']} %" if values.get("score") else ""),
        )
        for stood, values in card.evidence
    )  # fmt: skip
    return Table(EVIDENCE_ROWS, ("Number", "What", "State", "Until", "Score"), rows, "Nothing spoke for this supplier yet.")


def _targets(card: Card) -> Table:
    columns = ("Agreement", "Target", "Agreed", "Measured", "From", "Until", "Result")
    return Table(TARGETS, columns, tuple(_compared(card)), "No agreement in force set a target.")


def _compared(card: Card) -> list[tuple[Cell, ...]]:
    """Give each target of the agreements that were accepted and had not ended, against the newest measurement of it."""
    found: list[tuple[Cell, ...]] = []
    measured = sorted(card.values.get("measured") or [], key=lambda row: str(row.get("until") or ""))
    latest = {_key(row.get("target")): row for row in measured}
    for stood, values in card.evidence:
        in_force = stood.state == "accepted" and not _is_over(values, card)
        for target in (values.get("targets") or []) if in_force else []:
            row = latest.get(_key(target.get("target")), {})
            unit = f" {target['unit']}" if target.get("unit") else ""
            found.append((
                _number(stood), Cell(str(target.get("target") or "")), Cell(f"{target.get('sense')} {target.get('value')}{unit}"),
                Cell(f"{row['value']}{unit}" if row.get("value") else ""), Cell(str(row.get("from") or "")),
                Cell(str(row.get("until") or "")), _result(target, row),
            ))  # fmt: skip
    return found


def _result(target: dict[str, Any], row: dict[str, Any]) -> Cell:
    agreed, measured = _decimal(target.get("value")), _decimal(row.get("value"))
    if agreed is None or measured is None:
        return Cell("Not measured" if agreed is not None else "No value agreed", look="wait")
    met = measured >= agreed if target.get("sense") == AT_LEAST else measured <= agreed
    return Cell("Met", look="done") if met else Cell("Missed", late=True)


def _requests(card: Card) -> Table:
    rows = tuple(
        (_number(stood), _titled(stood, values), Cell(_shown(stood, values, "class")), _state(stood, card.at),
         Cell(str(values.get("answer_by") or "")))
        for stood, values in card.requests
    )  # fmt: skip
    return Table(REQUESTS, ("Number", TITLE, "Class", "State", "Answer by"), rows, "Nothing was asked of this supplier.")


def _notices(card: Card) -> Table:
    rows = tuple(
        (_number(stood), _titled(stood, values), Cell(_shown(stood, values, "kind")), _state(stood, card.at),
         Cell(str(values.get("received_on") or "")), Cell(_shown(stood, values, "follows")), _told_in_time(values),
         Cell(str(values.get("answer_by") or ""), late=_unanswered((stood, values), card)))
        for stood, values in card.notices
    )  # fmt: skip
    columns = ("Number", TITLE, "Kind", "State", "Received", "What follows", "In time", "Our answer by")
    return Table(NOTICES, columns, rows, "This supplier had told nothing.")


def _told_in_time(values: dict[str, Any]) -> Cell:
    told = values.get("in_time")
    return Cell("" if told is None else "Yes" if told else "No, late", late=told is False)


def _unanswered(one: Held, card: Card) -> bool:
    """Say whether our answer to a notice was past the day that the agreement sets."""
    stood, values = one
    until = str(values.get("answer_by") or "")
    return bool(until) and not values.get("answered_on") and _is_open(stood) and until < _day(card.view, card.at)


def _events(title: str, card: Card, found: Iterable[Held], empty: str) -> Table:
    rows = tuple(
        (_number(stood), _titled(stood, values), Cell(stood.declaration.label), Cell(_shown(stood, values, "class")),
         _state(stood, card.at), Cell(_day(card.view, stood.record.created_at)))
        for stood, values in found
    )  # fmt: skip
    return Table(title, EVENT_COLUMNS, rows, empty)


def _requalified_by(card: Card) -> datetime | None:
    """Give the day by which it was to be qualified anew, or by which its conditions end; None where it was not usable."""
    if card.supplier.declared.standing != "in_force":
        return None
    if card.supplier.state in ("approved", "conditional"):
        return card.supplier.due
    return uses.requalified_by(card.supplier.record, card.at)


def _by_type(card: Card) -> Iterator[tuple[str, list[Held]]]:
    declared = card.view.configuration.types
    for kind in EVENTS:
        if kind in declared:
            yield declared[kind].plural, [one for one in card.of_a_year if one[0].record.type == kind]


def _count(table: str, rows: Iterable[Any], which: Callable[[Any], bool] = lambda _: True) -> Cell:
    return Cell(str(sum(map(which, rows))), table=table)


def _supplier(values: dict[str, Any]) -> str:
    return str((values.get("supplier") or [{"number": ""}])[0]["number"])


def _ends(one: Held, card: Card) -> bool:
    stood, values = one
    until = str(values.get("valid_until") or "")
    return stood.state == "expired" or (
        stood.state == "accepted" and bool(until) and until <= _day(card.view, card.at + SOON)
    )


def _is_over(values: dict[str, Any], card: Card) -> bool:
    until = str(values.get("valid_until") or "")
    return bool(until) and until < _day(card.view, card.at)


def _is_open(stood: Stood) -> bool:
    return stood.state in narrowing.open_states(stood.declaration)


def _is_late(stood: Stood, at: datetime) -> bool:
    return (stood.due is not None and stood.due < at and _is_open(stood)) or stood.state == "overdue"


def _state(stood: Stood, at: datetime) -> Cell:
    late = stood.due is not None and stood.due < at
    return Cell(_label(stood), look=stood.declared.look, late=late)


def _label(stood: Stood) -> str:
    return lifecycles.label(stood.declared, stood.state)


def _number(stood: Stood) -> Cell:
    return Cell(stood.record.number, stood.record.number)


def _titled(stood: Stood, values: dict[str, Any]) -> Cell:
    name = stood.declaration.title
    return Cell(str(values.get(name or "") or stood.record.title))


def _title(stood: Stood, name: str) -> str:
    field = stood.declaration.field(name)
    return field.title if field else name


def _shown(stood: Stood, values: dict[str, Any], name: str) -> str:
    """Give a value in words, as its kind shows it; nothing for a field that the type does not have."""
    field = stood.declaration.field(name)
    return kind_of(field).show(field, values.get(name)) if field else ""


def _key(name: Any) -> str:
    return " ".join(str(name or "").casefold().split())


def _decimal(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None


def _on(card: Card, moment: datetime | None) -> Cell:
    if moment is None:
        return Cell(NEVER_SET)
    late = moment < card.at
    return Cell(f"{_day(card.view, moment)}{', overdue' if late else ''}", late=late)


def _until(values: dict[str, Any], card: Card) -> Cell:
    late = _is_over(values, card)
    return Cell(f"{values.get('valid_until') or ''}{', ended' if late else ''}", late=late)


def _day(view: Viewer, moment: datetime) -> str:
    # The end of a day is the first moment of the next one, and is named by the day that it ends.
    local = (moment - timedelta(microseconds=1)).astimezone(ZoneInfo(view.configuration.company.zone))
    return f"{local:%Y-%m-%d}"
