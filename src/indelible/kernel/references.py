"""The only place that finds what an input names: people, records and files, all in one query and never one by one.

The door lets this query ride on the one that it makes anyway (`kernel.gather`); who has none reads by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection

from indelible.infra import canonical
from indelible.kernel.context import NOBODY, Context
from indelible.kernel.errors import Invalid
from indelible.kernel.fields import kind_of
from indelible.kernel.fields.kinds import CONTROL
from indelible.kernel.models import Record
from indelible.kernel.types import TypeDeclaration

Asked = frozenset[tuple[str, str]]
Part = tuple[str, list[Any]]
PERSON, MOST = "person", 2000
HEAD = ("id", "number", "series", "revision", "type", "state", "baseline", "department")


@dataclass(slots=True)
class Named:
    """What stands under the keys that were asked for: ("person" | "record" | "file", key)."""

    asked: Asked = frozenset()
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    heads: list[tuple[Record, frozenset[str]]] = field(default_factory=list)
    files: dict[str, dict[str, Any]] = field(default_factory=dict)

    def person(self, key: str) -> dict[str, Any] | None:
        """Give the reference to a person that content keeps, by id, number or user id; None for nobody."""
        return next((self.people[form] for form in _forms(key) if form in self.people), None)

    def of(self, number: str, kinds: Iterable[str]) -> list[tuple[Record, frozenset[str]]]:
        """Give what has this number or series, newest revision first, with the relations in which the asker stands to it."""
        wanted = [h for h in self.heads if number in (h[0].number, h[0].series) and (not kinds or h[0].type in kinds)]
        return sorted(wanted, key=lambda found: -(found[0].revision or 0))


def mentioned(declaration: TypeDeclaration, inputs: Mapping[str, Any]) -> Asked:
    """Give everything that the values of an input name; raises Invalid for more than anybody writes."""
    pairs = (
        pair for field in declaration.live_fields() if field.name in inputs
        for pair in kind_of(field).mentions(inputs[field.name])
    )  # fmt: skip
    asked = frozenset((what, key) for what, key in pairs if key and not CONTROL.search(key))
    if len(asked) > MOST:
        raise Invalid(
            rule="input", text=f"This names {len(asked):,} people, records and files; at most {MOST:,} go together."
        )
    return asked


def read(ctx: Context, asked: Asked) -> Named:
    """Find what is asked for, in a query of its own."""
    found = Named(asked)
    if asked:
        with connection.cursor() as cursor:
            cursor.execute(*joined(parts(ctx.person_id, asked)))
            for kind, *values in cursor.fetchall():
                TAKE[kind](found, *values)
    return found


def joined(given: list[Part]) -> tuple[str, list[Any]]:
    """Make one query of several parts, each of which gives seven columns and begins with its kind."""
    return " UNION ALL ".join(sql for sql, _ in given), [value for _, values in given for value in values]


def parts(person: UUID | None, asked: Asked) -> list[Part]:
    """Give the parts of a query that finds what is asked for, none for nothing."""
    keys = {what: sorted({key for kind, key in asked if kind == what}) for what, _ in asked}
    makers = {"person": _people, "record": _heads, "file": _files}
    return [makers[what](keys[what], person or NOBODY) for what in sorted(keys)]


def _people(keys: list[str], _: UUID) -> Part:
    forms = sorted({form for key in keys for form in _forms(key)})
    ids = [prepared(UUID(form)) for form in forms if _is_id(form)] or [prepared(NOBODY)]
    return (
        f"""SELECT 'n', CAST(r.id AS text), r.number, r.title, a.user_id, NULL, NULL FROM record r
             LEFT JOIN account a ON a.person_id = r.id WHERE r.type = %s AND r.id IN (
             SELECT id FROM record WHERE number IN ({_places(forms)}) OR id IN ({_places(ids)})
             UNION ALL SELECT person_id FROM account WHERE user_id IN ({_places(forms)}))""",
        [PERSON, *forms, *ids, *forms],
    )


def _heads(keys: list[str], person: UUID) -> Part:
    postgres = connection.vendor == "postgresql"
    data = ", ".join(f"'{name}', r.{name}" for name in HEAD)
    packed = f"CAST(json_build_object({data}) AS text)" if postgres else f"json_object({data})"
    sha256 = "encode(r.version_sha256, 'hex')" if postgres else "hex(r.version_sha256)"
    together = "string_agg(capacity, ' ')" if postgres else "group_concat(capacity, ' ')"
    return (
        f"""SELECT 't', {packed}, {sha256}, (SELECT {together} FROM party p WHERE p.record_id = r.id AND p.person_id = %s),
             NULL, NULL, NULL FROM record r WHERE r.number IN ({_places(keys)}) OR r.series IN ({_places(keys)})""",
        [prepared(person), *keys, *keys],
    )


def _files(keys: list[str], person: UUID) -> Part:
    return (
        f"""SELECT 'u', sha256, name, CAST(size AS text), media_type, NULL, NULL FROM upload u WHERE person_id = %s
             AND sha256 IN ({_places(keys)}) AND NOT EXISTS (SELECT 1 FROM upload v WHERE v.person_id = u.person_id
             AND v.sha256 = u.sha256 AND (v.at > u.at OR (v.at = u.at AND v.id > u.id)))""",
        [prepared(person), *keys],
    )


def prepared(identifier: UUID) -> Any:
    """Give an id as the database compares it."""
    return identifier if connection.vendor == "postgresql" else identifier.hex


def _places(values: list[Any]) -> str:
    return ", ".join(["%s"] * len(values))


def _forms(key: str) -> list[str]:
    """Give the forms under which a key may stand: as it is, as a user id, as an id."""
    return [key, key.strip().casefold(), *([str(UUID(key))] if _is_id(key) else [])]


def _is_id(key: str) -> bool:
    try:
        UUID(key)
    except ValueError:
        return False
    return True


def _take_person(found: Named, pk: str, number: str, name: str, user_id: str | None, *_: None) -> None:
    reference = {"person": str(UUID(pk)), "name": name}
    found.people |= {key: reference for key in (reference["person"], number, user_id) if key}


def _take_head(found: Named, packed: str, sha256: str, relations: str | None, *_: None) -> None:
    values = canonical.decode(packed)
    record = Record(**values | {"id": UUID(values["id"])}, version_sha256=bytes.fromhex(sha256))
    found.heads.append((record, frozenset((relations or "").split())))


def _take_file(found: Named, sha256: str, name: str, size: str, media_type: str, *_: None) -> None:
    found.files[sha256] = {"sha256": sha256, "name": name, "size": int(size), "media_type": media_type}


TAKE: dict[str, Callable[..., None]] = {"n": _take_person, "t": _take_head, "u": _take_file}
