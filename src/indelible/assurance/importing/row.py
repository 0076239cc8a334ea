"""What an import knows of one row: its values as the door will get them, its files, and everything that is wrong with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from indelible.assurance.importing.folder import File
from indelible.infra import canonical

NEW, BEGUN, IN, REFUSED = "new", "begun", "in", "refused"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend: the row as the spreadsheet counts it, the column's heading, a sentence, the rule."""

    row: int
    column: str
    text: str
    rule: str

    def __str__(self) -> str:
        return f"row {self.row}{', ' + self.column if self.column else ''}: {self.text}"


@dataclass(slots=True)
class Row:
    """One row while it is examined and brought; `did` holds the acts in the ledger already: step and position."""

    row: int
    number: str = ""
    series: str = ""
    title: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    parsed: dict[str, Any] = field(default_factory=dict)
    files: dict[str, list[File]] = field(default_factory=dict)
    wanted_hashes: dict[str, tuple[str, str]] = field(default_factory=dict)
    roles: list[dict[str, Any]] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    steps: int = 1
    did: dict[int, int] = field(default_factory=dict)
    record: UUID | None = None
    kept_as: str = ""

    def wrong(self, name: str, text: str, rule: str) -> None:
        """Note a problem in the column from which a field, or the number, comes."""
        self.problems.append(Problem(self.row, self.columns.get(name, name.replace("_", " ")), text, rule))

    @property
    def status(self) -> str:
        """Say what is to be done with it: nothing more, everything, the rest, or nothing at all."""
        if len(self.did) == self.steps:
            return IN
        return REFUSED if self.problems else BEGUN if self.did else NEW

    def key(self, kind: str, then: list[str], step: int) -> str:
        """Give the key under which an act of this row is done once, whoever repeats the import, and from which table."""
        files = {name: [file.sha256 for file in found] for name, found in self.files.items()}
        told = {
            "type": kind,
            "number": self.number,
            "fields": self.fields,
            "files": files,
            "then": then,
            "roles": self.roles,
        }
        return f"import:{canonical.sha256(canonical.encode(told)).hex()}:{step}"

    def told(self) -> dict[str, Any]:
        """Give the row as the command line and the report tell it."""
        return {
            "row": self.row, "number": self.kept_as or self.number, "title": self.title, "status": self.status,
            "problems": [asdict(problem) for problem in self.problems],
        }  # fmt: skip
