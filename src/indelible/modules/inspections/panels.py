"""An inspection on its page and on paper: what was asked with what was handed over, and what was shown on the screen."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from indelible.infra import canonical, clock
from indelible.kernel import config, records
from indelible.kernel.models import Event, Record, Signature
from indelible.modules.inspections.rules import REQUEST
from indelible.practice import belonging, queries
from indelible.practice.panels import Cell, Sheet, Table, panel
from indelible.practice.queries import Viewer

INSPECTION = "inspection"
MINUTE = "%Y-%m-%d %H:%M"
REQUESTS = ("Number", "Asked", "By", "Who answers", "How", "Answer", "State", "Checked by", "Handed over")
HANDED = ("Request", "What", "Title", "Version", "SHA-256")
SHOWN = ("When", "What", "Record", "Title", "Version", "Page", "By")
EVENTS = ("presentation_begun", "shown_on_screen", "presentation_ended")
LABELS = {f"{INSPECTION}.{EVENTS[0]}": "Presentation begun", f"{INSPECTION}.{EVENTS[2]}": "Presentation ended"}


@panel("inspection-requests", label="Requests and what was handed over", of=[INSPECTION], dated=False,
       says="Every request in the inspector's words, its answer, and each record or file with its hash; to print.")  # fmt: skip
def requests(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give the requests of an inspection with who checked and handed over, then each record and file that was."""
    found = _requests(view, record) if record else []
    waiting = sum(not belonging.ended(one) for one in found)
    lead = f"{len(found)} requests, {waiting} of them neither answered nor withdrawn."
    rows = tuple(_request(one) for one in found)
    handed = tuple(row for one in found for row in _handed(view, one))
    return Sheet(lead, (
        Table("Requests", REQUESTS, rows, "Nothing was asked yet: begin a request from the inspection."),
        Table("What is handed over", HANDED, handed, "Nothing was prepared yet."),
    ))  # fmt: skip


@panel("shown-on-screen", label="Shown on the screen", of=[INSPECTION], dated=False,
       says="Each page that was presented, with record, version and time; to print.")  # fmt: skip
def shown(view: Viewer, record: Record | None, _at: datetime) -> Sheet:
    """Give each page that was shown while the inspection was presented, oldest first, with who began and ended it."""
    found = list(_shown(record)) if record else []
    seen = queries.peek_all(view, {str(told["number"]) for _, told in found if told.get("number")})
    rows = tuple(_page(data, told, seen) for data, told in found)
    pages = sum(bool(told) for _, told in found)
    lead = f"{pages} pages. Suggestions while somebody types are not counted; what was opened then is."
    return Sheet(lead, (Table("Shown on the screen", SHOWN, rows, "Nothing was presented yet.", wide=3),))


def _requests(view: Viewer, record: Record) -> list[Record]:
    children = [one.number for one in belonging.children(record) if one.type == REQUEST]
    seen = queries.peek_all(view, children)
    return [seen[number] for number in children if number in seen]


def _request(record: Record) -> tuple[Cell, ...]:
    values, state = records.values(record), records.state_of(record)
    checked = Signature.objects.filter(record_id=record.pk, meaning="verified").order_by("-position").first()
    given = {one["position"] for one in record.signed.get("done", [])}
    handed = next((one for one in _events(record, ("handed_over",))), None) if record.state == "answered" else None
    return (
        Cell(record.number, number=record.number), Cell(values["asked"]), Cell(values["asked_by"]),
        Cell((values["owner"] or {}).get("name", "")), Cell(values["how"] or ""), Cell(values["answer"] or ""),
        Cell(state.label, look=state.look), Cell(checked.printed_name if checked and checked.position in given else ""),
        Cell(f"{_when(handed)}, {handed['by']['name']}" if handed else ""),
    )  # fmt: skip


def _handed(view: Viewer, record: Record) -> Iterator[tuple[Cell, ...]]:
    listed = records.values(record)["handed_over"] or []
    seen = queries.peek_all(view, {row["what"] for row in listed})
    for row in listed:
        number = row["what"] if row["what"] in seen else ""
        yield (
            Cell(record.number, number=record.number), Cell(row["what"], number=number), Cell(row["title"] or ""),
            Cell(row["version"] or ""), Cell(row["sha256"]),
        )  # fmt: skip


def _shown(record: Record) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for data in _events(record, EVENTS):
        yield data, data.get("note", {}).get("shown", {})


def _page(data: dict[str, Any], told: dict[str, Any], seen: dict[str, Record]) -> tuple[Cell, ...]:
    number = str(told.get("number", ""))
    words = LABELS.get(data["event"], str(told.get("what", "")))
    version = f"version {told['version']}, {told['sha256'][:12]}" if number else ""
    who = str(told.get("host") or (data["reason"] if data["by"].get("person") is None else data["by"]["name"]))
    return (Cell(_when(data)), Cell(words), Cell(number, number=number if number in seen else ""), Cell(str(told.get("title", ""))),
            Cell(version), Cell(str(told.get("page", ""))), Cell(who))  # fmt: skip


def _events(record: Record, names: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    for payload in Event.objects.filter(record_id=record.pk).order_by("position").values_list("payload", flat=True):
        data = canonical.decode(payload)
        if data["event"].partition(".")[2] in names:
            yield data


def _when(data: dict[str, Any]) -> str:
    return clock.parse(data["at"]).astimezone(ZoneInfo(config.current().company.zone)).strftime(MINUTE)
