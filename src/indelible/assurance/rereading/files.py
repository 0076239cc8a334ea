"""The only place that re-reads the bytes of files: each one that a record names is there and is what was hashed (D19).

A file in the folder that no row names is left over from a crash: `doctor` lists it, it is no damage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from indelible.assurance.rereading.reading import View
from indelible.assurance.rereading.report import Findings, quoted
from indelible.assurance.rereading.rows import Data, Rows, parsed, table
from indelible.infra.storage import Store
from indelible.kernel.models import Blob

NAMED = 3  # so many records are named in a sentence


@dataclass(slots=True)
class Use:
    """What the truth says of one file: how long, of which type, since when, in which records."""

    sizes: set[Any] = field(default_factory=set)
    types: set[Any] = field(default_factory=set)
    since: set[Any] = field(default_factory=set)
    records: list[str] = field(default_factory=list)

    def by(self, number: str) -> None:
        """Note a record that uses the file."""
        if len(self.records) < NAMED and number not in self.records:
            self.records.append(number)


class Files:
    """Collects which files the records name, then compares with the rows and the bytes."""

    def __init__(self) -> None:
        self._uses: dict[str, Use] = {}
        self._withheld: set[Any] = set()

    def named_in(self, content: bytes, number: str) -> None:
        """Note the files that a version's content names; raises what damaged content brings about (rows.MALFORMED)."""
        version = parsed(content)
        for item in _files(version["fields"]):
            use = self._uses.setdefault(item["sha256"], Use())
            use.sizes.add(item["size"])
            use.types.add(item["media_type"])
            use.since.add(version["at"])
            use.by(number)

    def scanned(self, sha256: Any, at: Any, number: str) -> None:
        """Note a scan that an event names (D26); the event says nothing of its size and type."""
        use = self._uses.setdefault(str(sha256), Use())
        use.since.add(at)
        use.by(number)

    def withheld(self, at: Any) -> None:
        """Note when a version was sealed whose content is withheld: what it named, with which type, cannot be read any more."""
        self._withheld.add(at)

    def told(self) -> list[Any]:
        """Give what was noted as plain data."""
        uses = [[name, list(u.sizes), list(u.types), list(u.since), u.records] for name, u in self._uses.items()]
        return [list(self._withheld), uses]

    def take(self, told: list[Any]) -> None:
        """Take what another process noted."""
        withheld, uses = told
        self._withheld.update(withheld)
        for name, sizes, types, since, records in uses:
            use = self._uses.setdefault(name, Use())
            use.sizes.update(sizes)
            use.types.update(types)
            use.since.update(since)
            for number in records:
                use.by(number)

    def check(self, view: View, findings: Findings, store: Store, tell: Callable[[str, int], None]) -> None:
        """Compare every row with what names it and with its bytes; then say which named files have no row."""
        known = set()
        for row in Rows(view, table(Blob, "sha256", by="sha256")).rest():
            known.add(row["sha256"])
            findings.counts["files"] += 1
            tell("files", findings.counts["files"])
            self._row(row, findings, store)
        for sha256 in self._uses.keys() - known:
            use = self._uses[sha256]
            findings.add(
                "file_missing", "blob", f"{_where(use)}: the row of file {sha256[:12]} is missing.",
                record=use.records[0], field="sha256", old=sha256,
            )  # fmt: skip

    def _row(self, row: Data, findings: Findings, store: Store) -> None:
        sha256 = row["sha256"]
        use = self._uses.get(sha256)
        if use is None:
            # Only a withheld version can have named it: its bytes may be gone, and were it another file, nobody uses it.
            if not findings.counts["restricted"]:
                findings.add("file_extra", "blob", f"File {quoted(sha256)} has a row, but no record names it.", new=sha256)
            return
        # The row is of the first version that named the file, and of that version's moment, although it may be withheld.
        first = {} if row["at"] in self._withheld else {"media_type": use.types, "at": use.since}
        for name, told in {"size": use.sizes, **first}.items():
            if told and row[name] not in told:
                old = min(told, key=str)
                findings.add(
                    "column_differs", "blob",
                    f"{_where(use)}, file {sha256[:12]}: {name.replace('_', ' ')} is {quoted(row[name])} in the row, "
                    f"{quoted(old)} in what was sealed.",
                    record=use.records[0], field=name, old=old, new=row[name],
                )  # fmt: skip
        self._bytes(sha256, use, findings, store)

    def _bytes(self, sha256: str, use: Use, findings: Findings, store: Store) -> None:
        try:
            found = store.digest(sha256)
        except OSError as problem:
            found = f"unreadable: {problem.strerror}"
        if found == sha256:
            return
        kind, text = ("file_changed", "has other bytes in the store") if found else ("file_missing", "is not in the store")
        findings.add(
            kind, "blob", f"{_where(use)}: file {sha256[:12]} {text}.", record=use.records[0], field="content",
            old=sha256, new=found,
        )  # fmt: skip


def _files(value: Any) -> Iterator[Data]:
    if isinstance(value, dict):
        if "sha256" in value and "size" in value:
            yield value
        value = list(value.values())
    for item in value if isinstance(value, list) else ():
        yield from _files(item)


def _where(use: Use) -> str:
    return ", ".join(use.records)
