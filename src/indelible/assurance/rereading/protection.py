"""The only place that compares the database's own protection with what this build installs: triggers, constraints."""

from __future__ import annotations

import re

from django.db import connection, models

from indelible.assurance.rereading.report import Findings
from indelible.infra import guards
from indelible.kernel.models import PROJECTION, TRUTH

_ON = re.compile(r"\bON\s+(?:public\.)?\"?(\w+)", re.IGNORECASE)
_PLAIN = (
    "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' "
    "AND c.relkind = 'r' AND c.relpersistence = 'p' AND NOT c.relrowsecurity AND NOT c.relhasrules"
)


def protection(findings: Findings) -> None:
    """Say which guard is missing, switched off, of another text or not ours; which constraint or table is not as made."""
    expected, present = guards.definitions(connection.vendor), guards.list_definitions()
    for name in sorted(expected):
        if name not in present:
            _say(findings, "guard_missing", f"The guard {name} is missing or switched off", name, expected[name], None)
        elif present[name] != expected[name]:
            text = f"The guard {name} is not the one that this build installs"
            _say(findings, "guard_changed", text, name, expected[name], present[name])
    ours = {model._meta.db_table for model in (*TRUTH, *PROJECTION)}
    for name in sorted(present.keys() - expected.keys()):
        on = _ON.search(present[name])
        if on and on[1] in ours:
            _say(findings, "guard_extra", f"The trigger {name} on {on[1]} is not ours", name, None, present[name])
    _tables(findings, ours)
    _constraints(findings)


def _say(findings: Findings, kind: str, text: str, name: str, old: str | None, new: str | None) -> None:
    findings.add(kind, _table_of(old or new or ""), f"{text}.", field=name, old=old, new=new)


def _table_of(definition: str) -> str:
    on = _ON.search(definition)
    return on[1] if on else "record"


def _tables(findings: Findings, ours: set[str]) -> None:
    sql = _PLAIN if connection.vendor == "postgresql" else "SELECT name FROM sqlite_master WHERE type = 'table'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        plain = {name for (name,) in cursor.fetchall()}
    for name in sorted(ours - plain):
        text = f"The table {name} is not a plain, logged table without rules and policies."
        findings.add("table_changed", name, text, field=name, old="table", new=None)


def _constraints(findings: Findings) -> None:
    text = _constraint_text()
    for model in (*TRUTH, *PROJECTION):
        for constraint in model._meta.constraints:
            if isinstance(constraint, models.UniqueConstraint) and f'"{constraint.name}"' not in text:
                words = f"The constraint {constraint.name} of table {model._meta.db_table} is missing."
                findings.add("constraint_missing", model._meta.db_table, words, field=constraint.name, old=constraint.name)


def _constraint_text() -> str:
    if connection.vendor == "postgresql":
        sql = (
            "SELECT '\"' || c.relname || '\"' FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indisunique AND i.indisvalid"
        )
    else:
        sql = "SELECT sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql LIKE '%UNIQUE%'"
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return " ".join(found for (found,) in cursor.fetchall())
