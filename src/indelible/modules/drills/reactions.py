"""What follows for drills: counts after an exercise, another drill after one that failed or a change of backup or host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from indelible.kernel import records
from indelible.kernel.hooks import Reply, follows_later
from indelible.kernel.models import Link, Record
from indelible.modules.drills import counting, rules, schedules
from indelible.practice import inventory

__all__ = ["rules", "schedules"]  # registered by being read

DRILL, DUE = "restore_drill", "due"
OF_A_SYSTEM = "computer system"
SHOWN = 200


@follows_later("continuity_exercise.hold")
@follows_later("continuity_exercise.count")
def late_entries_counted(event: dict[str, Any]) -> Iterator[Reply]:
    """What was entered after the exercise is counted by the system."""
    head = records.find(event["number"])
    values = records.values(head)
    if head.state != "performed":
        return
    found = counting.entered_afterwards(values["began_at"], values["ended_at"])
    fields = {"late_entries": str(len(found)), "late_list": ", ".join(found[:SHOWN]) or None, "counted_at": event["at"]}
    yield Reply(f"{head.type}.edit", head.id, {"fields": fields}, reason="Counted by the system")


@follows_later(f"{DRILL}.fail")
def another_drill_is_due(event: dict[str, Any]) -> Iterator[Reply]:
    """After a drill that failed another one is due."""
    if event["state"] == "failed":
        yield from _drill("a drill failed", f"{event['number']} failed")


@follows_later("installation.note_restore")
def drill_after_a_restore(event: dict[str, Any]) -> Iterator[Reply]:
    """A restored installation stands on another disk or host, and its next backups are tried."""
    yield from _drill("backup or host changed", f"{event['number']} was restored")


@follows_later("change.close")
def drill_after_a_change(event: dict[str, Any]) -> Iterator[Reply]:
    """After a change of the computer system that this installation is, its host or its backup, a restore is tried."""
    head = records.find(event["number"])
    ours = Link.objects.filter(record_id=head.pk, target=inventory.THIS).exists()
    if event["state"] == "closed" and ours and records.values(head).get("kind") == OF_A_SYSTEM:
        yield from _drill("backup or host changed", f"{head.number} was closed")


def _drill(because: str, why: str) -> Iterator[Reply]:
    """Open a drill unless one is due already: that one answers both."""
    if not Record.objects.filter(type=DRILL, state=DUE).exists():
        fields = {"title": f"Restore drill: {why}", "because": because, **schedules.this_one()}
        yield Reply(f"{DRILL}.create", None, {"fields": fields}, reason=why)
