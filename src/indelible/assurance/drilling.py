"""The only place that holds what was restored from a backup against the installation: every record, version, signature and file.

What lies in the scratch must be here, unchanged; the installation may have gone on since, and says by how much. What was
found is filed as a record for people to verify and approve (Annex 11-7.2; 11.10(c)).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from indelible.assurance import backup
from indelible.infra import clock, environment, rows
from indelible.infra.storage import Store
from indelible.kernel import acts, config
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Missing, Refused
from indelible.kernel.models import TRUTH, Blob, Event, LogPosition, Record, Restriction, Signature, Version
from indelible.kernel.types import TypeDeclaration
from indelible.practice.inventory import THIS

DRILL, DUE = "restore_drill", "due"
FOLDER = "INDELIBLE_BACKUPS"
DATABASE = "indelible.sqlite3"
COMPARED = {"records": Record, "versions": Version, "events": Event, "signatures": Signature, "files": Blob}
FIXED = frozenset({"type", "number", "created_at"})  # of a head that has moved on since
KEYS = {Version: "number", Event: "position", Signature: "position", Restriction: "version"}
SHOWN, LONGEST = 50, 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that the backup holds and the installation does not, or otherwise: of which record or table, and which field."""

    record: str
    field: str
    text: str


@dataclass(slots=True)
class Drill:
    """What a drill compared and found; `ahead` is how many entries the installation has beyond the backup's position."""

    compared: dict[str, int] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    ahead: int = 0
    moved_on: int = 0
    withheld: int = 0
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        """Say whether everything of the backup is here unchanged."""
        return not self.differences

    def told(self) -> dict[str, Any]:
        """Give it as data."""
        return {
            "ok": self.ok, "compared": self.compared, "differences": [asdict(one) for one in self.differences],
            "ahead": self.ahead, "moved_on": self.moved_on, "withheld": self.withheld, "seconds": round(self.seconds, 1),
        }  # fmt: skip


def newest() -> Path:
    """Give the newest backup of the folder that the environment names; raises Refused where there is none."""
    named = environment.text(FOLDER)
    if not named:
        raise _no_backup(f"Which backup is meant was not said, and {FOLDER} names no folder of backups.")
    found = [one for one in Path(named).glob("*.tar") if one.is_file() and not one.name.startswith(".")]
    if not found:
        raise _no_backup(f"There is no backup in {named}.")
    return max(found, key=lambda one: (one.stat().st_mtime, one.name))


def compare(scratch: Path) -> Drill:
    """Compare what was restored into a folder with this installation as it is at this moment."""
    found = Drill()
    with rows.embedded(scratch / DATABASE) as there, rows.moment() as here:
        found.compared = {name: model._meta.base_manager.using(there).count() for name, model in COMPARED.items()}
        found.ahead = _length(here) - _length(there)
        differences = [
            *_truth(there, here, found),
            *_heads(there, here, found),
            *_files(there, here, found, Store(scratch / "files")),
        ]
    found.differences = differences
    return found


def file(found: Drill, told: dict[str, Any]) -> str | None:
    """File a drill with its figures as a record that people verify and approve, in the one that is due where there is one.

    Gives its number; None where this installation's configuration has no such records.
    """
    if DRILL not in config.current().types:
        return None
    known = Record.objects.filter(number=THIS).exists()
    fields = _fields(found, told) | ({"system": [THIS]} if known else {})
    due = Record.objects.filter(type=DRILL, state=DUE).order_by("due_at", "number").first()
    why = f"Drill with backup {told['sha256'][:16]}"
    if due is None:
        number = acts.run(
            SYSTEM, f"{DRILL}.create", fields={"title": "Restore drill", "because": "run by hand", **fields}, reason=why
        ).number
    else:
        number = acts.run(SYSTEM, f"{DRILL}.edit", due.id, fields=fields, reason=why).number
    return acts.run(SYSTEM, f"{DRILL}.perform", number, reason=why).number


def _truth(there: str, here: str, found: Drill) -> Iterator[Difference]:
    for table in TRUTH:
        for gap in rows.gaps(table, there, here):
            if table is Version and _was_withheld(gap, here):
                found.withheld += 1
                continue
            yield from _said(table._meta.db_table, KEYS.get(table), gap, there)


def _heads(there: str, here: str, found: Drill) -> Iterator[Difference]:
    for gap in rows.gaps(Record, there, here):
        columns = gap.columns
        if gap.here is not None and gap.here["position"] > gap.there["position"]:
            found.moved_on += 1
            columns = tuple(one for one in columns if one in FIXED)
        if columns:
            yield from _said("record", None, rows.Gap(columns, gap.there, gap.here), there)


def _files(there: str, here: str, found: Drill, restored: Store) -> Iterator[Difference]:
    store, may_be_withheld = Store(settings.HOME.files), Restriction.objects.using(here).exists()
    for sha256 in Blob.objects.using(there).order_by("pk").values_list("sha256", flat=True).iterator():
        kept = store.digest(sha256)
        if kept is None and may_be_withheld:
            found.withheld += restored.has(sha256)
        elif kept != sha256:
            yield Difference(
                f"file {sha256[:12]}", "bytes", "The file is not here." if kept is None else "Its bytes are others here."
            )
        elif restored.digest(sha256) != sha256:
            yield Difference(f"file {sha256[:12]}", "bytes", "The backup does not hold the file that is here.")


def _was_withheld(gap: rows.Gap, here: str) -> bool:
    """Say whether a version lacks nothing but the text that two people have withheld since (D32)."""
    return gap.columns == ("content",) and gap.here is not None and gap.here["content"] == "" and Restriction.objects.using(
        here).filter(record_id=gap.there["record_id"], version=gap.there["number"]).exists()  # fmt: skip


def _said(table: str, key: str | None, gap: rows.Gap, there: str) -> Iterator[Difference]:
    record = gap.there.get("record_id") or (gap.there["id"] if table == "record" else None)
    head = Record.objects.using(there).filter(pk=record).values("number", "type").first() if record else None
    name = str(head["number"]) if head else f"{table} {next(iter(gap.there.values()))}"
    place = f"{table.replace('_', ' ')} {gap.there[key]}" if key else table.replace("_", " ")
    if gap.here is None:
        yield Difference(name, "all", f"The {place} is in the backup and not here.")
        return
    for column in gap.columns:
        fields = _within(gap, column, config.current().types.get(str(head["type"]))) if head and column == "content" else []
        for one in fields or [column]:
            yield Difference(name, one, f"The {place} says other things here than in the backup.")


def _within(gap: rows.Gap, column: str, declaration: TypeDeclaration | None) -> list[str]:
    """Give the names of the fields whose values differ in two contents; none where they cannot be read as such."""
    try:
        old, new = (
            one if isinstance(one, dict) else json.loads(one) for one in (gap.there[column], (gap.here or {})[column])
        )
    except ValueError:
        return []
    old, new = (one.get("fields", one) if isinstance(one, dict) else {} for one in (old, new))
    names = {str(one.id): one.name for one in declaration.fields} if declaration else {}
    return [names.get(key, key) for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _fields(found: Drill, told: dict[str, Any]) -> dict[str, Any]:
    listed = [f"{one.record}, {one.field}: {one.text}" for one in found.differences]
    more = [f"and {len(listed) - SHOWN} more"] if len(listed) > SHOWN else []
    return {
        "outcome": "identical" if found.ok else "differences", "performed_at": clock.iso(clock.now()), "account": backup.account(),
        "backup": told["sha256"], "backup_made": told["manifest"]["made"], "position": str(told["position"]), "build": told["manifest"]["build"],
        **{f"compared_{name}": str(count) for name, count in found.compared.items()}, "ahead": str(found.ahead),
        "withheld": str(found.withheld), "seconds": str(round(found.seconds)), "differences": str(len(listed)),
        "difference_list": "\n".join([*listed[:SHOWN], *more])[:LONGEST] or None,
    }  # fmt: skip


def _length(using: str) -> int:
    return LogPosition.objects.using(using).count()


def _no_backup(text: str) -> Refused:
    return Refused(
        rule="backup_is_named", text=text, missing=(Missing("A backup to restore from.", field="backup"),),
        do=f"Say which one, `indelible drill --backup FILE`, or let {FOLDER} name the folder in which they lie.",
    )  # fmt: skip
