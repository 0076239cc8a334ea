"""What a disposal brings about: its list, written by the system, and with the second signature the end of what it lists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.case import Case
from indelible.kernel.decision import Decision
from indelible.kernel.hooks import Reply, follows, follows_later
from indelible.modules.retention import acts, keeping, rules
from indelible.modules.retention.listing import MOST, lines, listed

__all__ = ["acts", "rules"]  # registered by being read

DISPOSAL, DRAFT, DONE = "disposal", "draft", "carried_out"


@follows_later(f"{DISPOSAL}.create")
@follows_later(f"{DISPOSAL}.edit")
def the_list_is_written(event: dict[str, Any]) -> Iterator[Reply]:
    """The system lists what is named, or what is due where nothing is named."""
    head = records.find(event["number"])
    values = records.values(head)
    if head.state != DRAFT or "person" not in event["by"]:
        return
    named = [one["number"] for one in values.get("records") or []]
    seen = keeping.look()
    found = listed(named, seen) if named else keeping.list_due(seen)[:MOST]
    fields: dict[str, Any] = {
        "records": [record.number for record, _ in found], "count": str(len(found)), "due_on": seen.today.isoformat(),
        "lines": lines(found, str(values.get("titles") or "")),
    }  # fmt: skip
    now = {
        "records": named,
        "count": values.get("count"),
        "due_on": values.get("due_on"),
        "lines": values.get("lines") or [],
    }
    if fields != now:
        yield Reply(f"{DISPOSAL}.edit", head.id, {"fields": fields}, reason="Listed by the system, as it stands now")


@follows(f"{DISPOSAL}.authorise")
def what_is_listed_ends(case: Case, decision: Decision) -> Iterator[Reply]:
    """With the second signature every record of the list is disposed of, or nothing is signed."""
    if decision.state != DONE:
        return
    told = {row["number"]: _told(case, row) for row in case.value("lines")}
    case.memo[acts.AUTHORISED] = told
    for record, _ in listed(told, keeping.look()):
        yield Reply(
            f"{record.type}.{acts.DISPOSE_OF}",
            record.pk,
            reason=f"Its retention is over: {case.head.number}, authorised by two people",
        )


def _told(case: Case, row: dict[str, Any]) -> dict[str, Any]:
    people = [one["name"] for one in case.open_signatures()] + ([case.person.name] if case.person else [])
    return {
        "disposal": case.head.number, "titles": case.value("titles"), "sha256": row["sha256"], "kept_as": row["kept_as"],
        "ended": row["ended"], "authorised": list(dict.fromkeys(people)), "files": row["files"],
    }  # fmt: skip
