"""The only place that locks a record and reads what it holds under the declaration it was made with."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.transaction import TransactionManagementError

from indelible.infra import database
from indelible.kernel import config
from indelible.kernel.config import Configuration
from indelible.kernel.errors import Conflict, Missing, NotFound
from indelible.kernel.models import Record
from indelible.kernel.types import State, TypeDeclaration

Subject = str | UUID

# Written out and read by a plan made once: building both anew for each act costs more than running them.
_LOCK = 'SELECT {columns} FROM "record" WHERE "{key}" = %s'
_UPDATE = {"postgresql": " FOR UPDATE", "sqlite": ""}  # there the transaction holds the whole file's lock already


def find(subject: Subject) -> Record:
    """Find a record by number or id, without locking it; raises NotFound."""
    where = {"id": subject} if isinstance(subject, UUID) else {"number": subject}
    record = Record.objects.filter(**where).first()
    if record is None:
        raise NotFound(str(subject))
    return record


def lock(subject: Subject) -> Record:
    """Lock a record's head until the transaction ends and give it as it stands now; raises NotFound."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("a lock outside of a transaction would end at once")
    statement, prepare, names, converted = _plan(connection.vendor, "id" if isinstance(subject, UUID) else "number")
    with database.planned() as cursor:
        cursor.execute(statement, [prepare(subject, connection)])
        row = next(iter(converted(cursor.fetchall())), None)
    if row is None:
        raise NotFound(str(subject))
    return Record.from_db(connection.alias, names, row)


def look_again(record: Record, seen: int | None) -> None:
    """Raise Conflict when the record has moved since position `seen`; None means the caller did not look."""
    if seen is None or seen == record.position:
        return
    state = state_of(record)
    raise Conflict(
        rule="look_again",
        text=f"{record.number} has changed since you looked: not done, nothing was changed.",
        missing=(Missing(f"You saw position {seen}; it is at position {record.position} now, {state.label}."),),
        do="Look at what changed, then decide again.",
        present={"position": record.position, "version": record.version, "state": record.state, "seen": seen},
    )


def configuration_of(record: Record) -> Configuration:
    """Give the configuration under which the record lives: the baseline it began with, unless moved by an act."""
    return config.at(record.baseline)


def type_of(record: Record) -> TypeDeclaration:
    """Give the declaration of the record's type in the record's own baseline."""
    return configuration_of(record).type(record.type)


def state_of(record: Record) -> State:
    """Give the declared state in which the record is."""
    return type_of(record).lifecycle[record.state]


def values(record: Record) -> dict[str, Any]:
    """Give the record's present content by field name, with who has its duties now; fields without a value are None."""
    declaration = type_of(record)
    return named(declaration, present(declaration, record.content, record.marks))


def present(declaration: TypeDeclaration, content: dict[str, Any], marks: dict[str, Any]) -> dict[str, Any]:
    """Give content with whoever has each duty now: one that was handed on is an event and seals no version (D1)."""
    result = {**content}
    for name, handed in marks.get("handed", {}).items():
        key = str(field.id) if (field := declaration.field(name)) else ""
        if value := content.get(key):
            found = [handed.get(one["person"], one) for one in (value if isinstance(value, list) else [value])]
            result[key] = found if isinstance(value, list) else found[0]
    return result


def named(declaration: TypeDeclaration, content: dict[str, Any]) -> dict[str, Any]:
    """Turn content by field id into content by field name."""
    return {field.name: content.get(str(field.id)) for field in declaration.fields}


@cache
def _plan(vendor: str, key: str) -> tuple[str, Any, list[str], Any]:
    """Give the locking statement, what prepares its key, and how Django reads the columns of the row."""
    fields = Record._meta.concrete_fields
    statement = _LOCK.format(columns=", ".join(f'"{field.column}"' for field in fields), key=key) + _UPDATE[vendor]
    compiler = Record.objects.all().query.get_compiler(connection=connection)
    converters = compiler.get_converters([field.get_col("record") for field in fields])
    prepare = next(field for field in fields if field.attname == key).get_db_prep_value
    return statement, prepare, [field.attname for field in fields], lambda rows: compiler.apply_converters(rows, converters)
