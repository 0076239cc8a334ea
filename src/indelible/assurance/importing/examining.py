"""The only place that says what is wrong with a table before anything is brought: every problem at once, by row and column.

It writes nothing. What it lets through the door still judges by itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

from indelible.assurance.importing import plan as plans
from indelible.assurance.importing.folder import Folder, Unusable
from indelible.assurance.importing.names import Names, choice, several
from indelible.assurance.importing.plan import Plan
from indelible.assurance.importing.row import IN, REFUSED, Row
from indelible.assurance.importing.table import Cell, Table
from indelible.kernel import lifecycles, numbers, records
from indelible.kernel.errors import Invalid, Missing, Refused
from indelible.kernel.fields import kind_of
from indelible.kernel.fields.kinds import Reads, Wrong
from indelible.kernel.models import Record, Request
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import queries
from indelible.practice.queries import Viewer

SERIAL = re.compile(r"[1-9]\d{3,5}(\.\d+)?")
EXCEL_BEGINS = date(1899, 12, 30)
CHUNK = 200


@dataclass(slots=True)
class Examination:
    """What was found: the rows with their problems, and what concerns no single row."""

    plan: Plan
    declared: TypeDeclaration
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def refused(self) -> list[Row]:
        """Give the rows that will not be brought."""
        return [row for row in self.rows if row.status == REFUSED]


def examine(view: Viewer, plan: Plan, declared: TypeDeclaration, table: Table, folder: Folder) -> Examination:
    """Examine a table against its folder, the configuration and what is here; raises Invalid where columns are unclear."""
    if refusal := queries.may_create(view, declared.type):
        raise refusal
    _may_take_them_on(view, plan, declared)
    columns = plans.assign(plan, declared, table.headings)
    _every_column_has_a_place(plan, table, columns)
    found, names = Examination(plan, declared), Names.read(view, declared)
    reads = names.reads()
    for number, cells in table.rows:
        row = Row(number, columns={name: table.headings[at] for at, name in columns.items()})
        raw = _cells(row, cells, columns, plan)
        _Reader(row, plan, declared, names, reads, folder).read(raw)
        found.rows.append(row)
    _already_in(found)
    _between_rows(found)
    _here_already(found)
    for row in found.rows:
        if row.status == IN:
            row.problems.clear()  # what was right when it came in is not judged by what has changed since
    found.notes = list(_notes(table, folder))
    return found


def _may_take_them_on(view: Viewer, plan: Plan, declared: TypeDeclaration) -> None:
    """Refuse before the first row what would leave every row begun: a move that this person may not make."""
    mine = {held.role for held in view.held} | {name for name, role in view.configuration.roles.items() if role.everybody}
    state = declared.lifecycle[declared.initial]
    for verb in plan.then:
        move = state.moves[verb]
        if set(move.by) <= set(view.configuration.roles) and not mine & set(move.by):
            who = ", ".join(view.configuration.roles[name].label for name in move.by)
            raise Refused(rule="authority", text=f"You may not {verb.replace('_', ' ')} {declared.plural.lower()}.",
                          missing=(Missing(f"One of: {who}."),), do="Ask one of them to bring these in.")  # fmt: skip
        state = declared.lifecycle[move.to]


def _every_column_has_a_place(plan: Plan, table: Table, columns: dict[int, str]) -> None:
    lost = [heading for at, heading in enumerate(table.headings) if heading and at not in columns]
    gone = [heading for heading in plan.columns if plans.plain(heading) not in {plans.plain(h) for h in table.headings}]
    names = [name for name in columns.values() if name != plans.IGNORE]
    twice = sorted({name for name in names if names.count(name) > 1})
    missing = [Missing(f"The column {h!r} is no field: map it to one, or to `ignore`.", field=h) for h in lost]
    missing += [Missing(f"The mapping names a column {h!r} that the table does not have.", field=h) for h in gone]
    missing += [Missing(f"Two columns would be {name!r}; keep one.", field=name) for name in twice]
    if missing:
        raise Invalid(rule="import_columns", text="Some columns have no clear place, so nothing was examined.",
                      missing=tuple(missing), do="Write a mapping file that names them.")  # fmt: skip


def _cells(row: Row, cells: list[Cell], columns: dict[int, str], plan: Plan) -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for at, name in columns.items():
        cell = cells[at] if at < len(cells) else Cell("")
        if name == plans.IGNORE or not cell.text:
            continue
        if cell.what in ("formula", "error"):
            what = "a formula" if cell.what == "formula" else f"the error {cell.text}"
            row.wrong(name, f"The cell holds {what}; put the value itself there.", "import_formula")
        else:
            found[name] = cell
    return {**{name: Cell(text) for name, text in plan.defaults.items()}, **found}


@dataclass(slots=True)
class _Reader:
    """Reads one row's cells into what the door will be given."""

    row: Row
    plan: Plan
    declared: TypeDeclaration
    names: Names
    reads: Reads
    folder: Folder

    def read(self, raw: dict[str, Cell]) -> None:
        """Fill the row, noting everything that does not fit."""
        row, hashed = self.row, len(plans.HASH)
        row.number = raw.pop(plans.NUMBER, Cell("")).text
        self._roles(several(raw.pop(plans.ROLES, Cell("")).text))
        row.steps = 1 + len(self.plan.then) + len(row.roles)
        row.wanted_hashes = {n[hashed:]: (n, raw.pop(n).text) for n in list(raw) if n.startswith(plans.HASH)}
        for declared in self.declared.live_fields():
            if declared.name in raw:
                self._field(declared, raw[declared.name])
        row.title = str(row.parsed.get(self.declared.title) or raw.get(self.declared.title, Cell("")).text)[:120]
        self._required()
        self._number()

    def _field(self, declared: FieldDeclaration, cell: Cell) -> None:
        if declared.kind == "files":
            self._files(declared, cell.text)
            return
        try:
            value = self._value(declared, cell)
            self.row.parsed[declared.name] = kind_of(declared).parse(declared, value, self.reads)
            self.row.fields[declared.name] = value
        except Wrong as wrong:
            self.row.wrong(declared.name, _sentence(declared.title, wrong), f"kind_{declared.kind}")

    def _value(self, declared: FieldDeclaration, cell: Cell) -> Any:
        translated = self.plan.values.get(declared.name, {})
        text = translated.get(cell.text, cell.text)
        if declared.kind == "date":
            return _day(cell, text)
        if declared.kind == "table":
            raise Wrong("is a table and cannot come from one column")
        reading: dict[str, Callable[[FieldDeclaration, str], str]] = {
            "choice": choice, "links": self.names.target, "person": lambda _, word: self.names.person(word),
        }  # fmt: skip
        if (one := reading.get(declared.kind)) is None:
            return text
        words = [translated.get(word, word) for word in several(text)] if declared.many else [text]
        found = [one(declared, word) for word in words]
        return found if declared.many or declared.kind == "links" else found[0]

    def _files(self, declared: FieldDeclaration, text: str) -> None:
        words = several(text) if declared.many else [text]
        try:
            found = [self.folder.find(word) for word in words]
        except Unusable as unusable:
            self.row.wrong(declared.name, str(unusable), unusable.rule)
            return
        self.row.files[declared.name] = found
        self.row.parsed[declared.name] = [{"sha256": file.sha256, "name": file.name} for file in found]
        name, told = self.row.wanted_hashes.get(declared.name, ("", ""))
        if told and told.strip().lower() not in {file.sha256 for file in found}:
            self.row.wrong(name, f"The file has another SHA-256: {found[0].sha256}.", "upload_hash")

    def _required(self) -> None:
        judged = {problem.column for problem in self.row.problems}
        for declared in self.declared.live_fields():
            empty = self.row.parsed.get(declared.name) in (None, "", [])
            told = self.row.columns.get(declared.name, declared.name.replace("_", " ")) in judged
            if empty and not told and self._needed(declared):
                self.row.wrong(declared.name, f"{declared.title} is empty.", "required_fields")
        state = self.declared.lifecycle[self.declared.initial]
        for verb in self.plan.then:
            for name, wanted in state.moves[verb].when.items():
                if self.row.parsed.get(name) not in wanted:
                    self.row.wrong(name, f"Only for {' or '.join(wanted)}.", "declared_move")
            state = self.declared.lifecycle[state.moves[verb].to]

    def _needed(self, declared: FieldDeclaration) -> bool:
        if declared.required == "at_creation":
            return True
        here = self.declared.initial
        for verb in self.plan.then:
            target = self.declared.lifecycle[here].moves[verb].to
            leaves = here == self.declared.initial != target
            if lifecycles.needed(declared, target, leaves, self.row.parsed):
                return True
            here = target
        return False

    def _number(self) -> None:
        declared, number = self.declared.number, self.row.number
        if not number:
            return
        if not declared.assigned_by:
            self.row.wrong(plans.NUMBER, f"{self.declared.plural} get their numbers here; leave it out.", "number")
            return
        prefix = declared.prefixes.get(str(self.row.parsed.get(declared.by or ""))) if declared.by else declared.prefix
        if prefix is None:
            return  # what the number depends on is wrong, and was said
        split = numbers.split(self.declared, prefix, number)
        if split is None:
            example = f"{prefix}-{1:0{declared.digits}}" + (".04" if self.declared.revisions else "")
            self.row.wrong(plans.NUMBER, f"{number[:60]!r} is not a number of the form {example}.", "number")
            return
        self.row.series = f"{prefix}-{split[0]:0{declared.digits}}"

    def _roles(self, words: list[str]) -> None:
        for word in words:
            try:
                self.row.roles.append(self.names.role(word))
            except Wrong as wrong:
                self.row.wrong(plans.ROLES, _sentence("Role", wrong), "kind_choice")


def _sentence(what: str, wrong: Wrong) -> str:
    text = f"{what} {wrong}"
    return text if text.endswith((".", "?")) else f"{text}."


def _day(cell: Cell, text: str) -> str:
    if cell.what == "number" or (SERIAL.fullmatch(text) and cell.what != "date"):
        meant = ""
        if SERIAL.fullmatch(text):
            meant = f", perhaps {EXCEL_BEGINS + timedelta(days=int(Decimal(text)))}"
        raise Wrong(f"{text[:20]} is a spreadsheet's serial number{meant}; format the cell as a date, or write YYYY-MM-DD")
    return text


def _already_in(found: Examination) -> None:
    """Find which acts of the rows were done before, by whomever and from whichever table they came."""
    kind, then = found.plan.type, found.plan.then
    keys = {row.key(kind, then, step): (row, step) for row in found.rows for step in range(row.steps)}
    every = list(keys)
    for start in range(0, len(every), CHUNK):
        asked = Request.objects.filter(key__in=every[start : start + CHUNK])
        for key, record, position in asked.values_list("key", "record_id", "position"):
            row, step = keys[key]
            row.did[step] = position
            row.record = record if step == 0 else row.record
    known = dict(Record.objects.filter(pk__in=[r.record for r in found.rows if r.record]).values_list("pk", "number"))
    for row in found.rows:
        row.kept_as = known.get(row.record, "") if row.record else ""


def _between_rows(found: Examination) -> None:
    """Find what two rows cannot both be; which of them is right, the table does not say."""
    waiting = [row for row in found.rows if row.status != IN]
    unique = [f.name for f in found.declared.live_fields() if f.unique]
    for row, others in _same(found.rows, lambda row: row.series):
        row.wrong(plans.NUMBER, f"{row.series} stands in row {others} as well.", "number")
    for name in unique:
        for row, others in _same(waiting, partial(_value_of, name)):
            row.wrong(name, f"The same value stands in row {others}; it is given once.", "unique")
    for name in {name for row in waiting for name in row.files}:
        for row, others in _same(waiting, partial(_files_of, name)):
            row.wrong(name, f"The same file stands in row {others}.", "import_file_twice")
    key = {id(row): row.key(found.plan.type, found.plan.then, 0) for row in waiting}
    for row, others in _same([r for r in waiting if not r.number and not r.problems], lambda row: key[id(row)]):
        row.wrong("", f"Row {others} says exactly the same.", "import_row_twice")


def _value_of(name: str, row: Row) -> str:
    return str(row.parsed.get(name) or "")


def _files_of(name: str, row: Row) -> str:
    return "\n".join(str(file.path) for file in row.files.get(name, []))


def _same(rows: Iterable[Row], what: Callable[[Row], str]) -> Iterator[tuple[Row, str]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if value := what(row):
            groups.setdefault(value, []).append(row)
    for group in groups.values():
        for row in group if len(group) > 1 else ():
            yield row, ", ".join(str(other.row) for other in group if other is not row)


def _here_already(found: Examination) -> None:
    waiting = [row for row in found.rows if not row.did]
    taken = Record.objects.filter(type=found.declared.type).values_list("number", "series")
    known = {form for pair in taken for form in pair if form}
    for row in waiting:
        if row.series and row.series in known:
            row.wrong(
                plans.NUMBER, f"{row.series} is here already, with other content; its next revision is made here.", "number"
            )
    for name in [f.name for f in found.declared.live_fields() if f.unique]:
        used = {str(records.values(one).get(name)): one.number for one in Record.objects.filter(type=found.declared.type)}
        for row in waiting:
            if other := used.get(str(row.parsed.get(name))):
                row.wrong(name, f"It is used by {other} and never given twice.", "unique")


def _notes(table: Table, folder: Folder) -> Iterator[str]:
    for name in table.other_sheets:
        yield f"The sheet {name!r} was not read."
    for name in folder.unnamed():
        yield f"The file {name!r} is in the folder and in no row."
