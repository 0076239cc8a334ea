"""The only place that knows whom and what the words of a table mean: people, records and choices, with the nearest known one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from indelible.assurance.configuration.values import suggestion
from indelible.kernel.fields.kinds import Reads, Wrong
from indelible.kernel.models import Account, Record
from indelible.kernel.types import FieldDeclaration, TypeDeclaration
from indelible.practice import accounts, queries
from indelible.practice.queries import Viewer

GRANT = "grant"


@dataclass(slots=True)
class Names:
    """Who and what can be named: `people` and `records` (by type) by every form under which exactly one is meant."""

    people: dict[str, str] = field(default_factory=dict)
    references: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, dict[str, str]] = field(default_factory=dict)
    access: TypeDeclaration | None = None
    view: Viewer | None = None

    @staticmethod
    def read(view: Viewer, declared: TypeDeclaration) -> Names:
        """Read what the person fields and links of a type can name, as far as this person may see it."""
        found = Names(view=view)
        found._read_people(view)
        found.access = view.configuration.types.get(GRANT) if declared.type == accounts.PERSON else None
        fields = [f for kind in (declared, found.access) if kind for f in kind.live_fields()]
        for kind in sorted({kind for f in fields if f.kind == "links" for kind in f.to}):
            found._read_records(view, kind)
        return found

    def reads(self) -> Reads:
        """Give what a field's kind may ask while it parses; files are judged in the folder."""
        numbers = {number for forms in self.records.values() for number in forms.values()}
        return Reads(
            person=self.references.get, upload=lambda _: None,
            target=lambda number, kinds, _pinned: {"number": number} if not kinds or number in numbers else None,
        )  # fmt: skip

    def person(self, word: str) -> str:
        """Give the user id of whom a table names, by user id or printed name; raises Wrong."""
        if found := self.people.get(word.strip().casefold()):
            return found
        raise Wrong(f"{word[:60]!r} is nobody active here; {suggestion(word.strip().casefold(), self.people)}")

    def target(self, field: FieldDeclaration, word: str) -> str:
        """Give the number of the record that a table names, by number or title; raises Wrong."""
        key = word.strip().casefold()
        if found := next((self.records[kind][key] for kind in field.to if key in self.records.get(kind, {})), None):
            return found
        if not field.to and self.view is not None and queries.peek(self.view, word.strip()):
            return word.strip()
        kinds = " or ".join(field.to) or "record"
        forms = [form for kind in field.to for form in self.records.get(kind, {})]
        raise Wrong(f"{word[:60]!r} is no {kinds} here; {suggestion(key, forms)}")

    def role(self, word: str) -> dict[str, Any]:
        """Give what a grant says for a word such as `author` or `dept_approver@Quality Control`; raises Wrong."""
        name, _, place = word.partition("@")
        held, scope = (self.access.field(one) if self.access else None for one in ("role", "department"))
        if held is None or scope is None:
            raise Wrong(f"{word[:60]!r} cannot be granted here")
        return {"role": choice(held, name)} | ({"department": [self.target(scope, place)]} if place else {})

    def _read_people(self, view: Viewer) -> None:
        users = dict(Account.objects.values_list("person_id", "user_id"))
        rows = Record.objects.filter(queries.visible(view, [accounts.PERSON])).exclude(standing="past")
        pairs = [(r.title.casefold(), users[r.pk]) for r in rows if r.pk in users]
        self.people = {**_single(pairs), **{user.casefold(): user for _, user in pairs}}
        self.references = {users[r.pk]: {"person": str(r.pk), "name": r.title} for r in rows if r.pk in users}

    def _read_records(self, view: Viewer, kind: str) -> None:
        rows = Record.objects.filter(queries.visible(view, [kind])).values_list("number", "series", "title")
        pairs = [(title.casefold(), series or number) for number, series, title in rows]
        forms = {form.casefold(): form for number, series, _ in rows for form in (number, series) if form}
        self.records[kind] = {**_single(pairs), **forms}


def choice(field: FieldDeclaration, word: str) -> str:
    """Give the declared choice that a table means, in whatever case it is written; raises Wrong."""
    known = {**{field.labels.get(c, c).casefold(): c for c in field.choices}, **{c.casefold(): c for c in field.choices}}
    if found := known.get(word.strip().casefold()):
        return found
    raise Wrong(f"{word[:60]!r} is none of its choices; {suggestion(word.strip().casefold(), known)}")


def several(text: str) -> list[str]:
    """Split a cell that may name several: at semicolons or line ends, else at commas."""
    mark = ";" if ";" in text or "\n" in text else ","
    return [part.strip() for part in text.replace("\n", mark).split(mark) if part.strip()]


def _single(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Keep the forms under which only one is meant: two people of one name are named by user id."""
    meant: dict[str, set[str]] = {}
    for form, identifier in pairs:
        meant.setdefault(form, set()).add(identifier)
    return {form: next(iter(found)) for form, found in meant.items() if len(found) == 1}
