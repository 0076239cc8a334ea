"""The only place that says what a Configuration Specification holds: every key, who may do what, each lifecycle, and what surrounds them.

It is made from the baseline in force and the approved state, never from files; no moment of making stands in it, so the same baseline
and the same state give the same text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from indelible.assurance.drift import approved, areas, picture
from indelible.assurance.specification import lifecycles, meanings
from indelible.assurance.specification.meanings import Key
from indelible.infra import build, clock, environment, running
from indelible.kernel import config
from indelible.kernel.config import Configuration
from indelible.kernel.models import Baseline

GENERAL = ("company", "policies", "roles", "meanings", "retention")
JOBS = {
    "timers": "Moves that the system makes when their day has come, what follows from acts, the order of the log, the search index.",
    "files": "Reading the text of files that records name.",
    "mail": "Telling people by mail what waits for them.",
    "security": "Writing the security log from the ledger, telling of misused credentials.",
    "continuity": "Writing what is in force, each night, for the day without this system.",
    "levels": "Noting whether an act could be served, for the service targets.",
    "watch": "Comparing with the approved state, looking for incidents, re-reading everything each night.",
}
INTERFACES = (
    ("Pages", "HTTP, for people", "INDELIBLE_URL"), ("Interface for programs", "/api/v1, JSON, by tokens that never sign", "INDELIBLE_HOSTS"),
    ("Figures for monitors", "/metrics, this machine and named monitors", "INDELIBLE_MONITORS"),
    ("Proxies", "whose word on caller and https is believed", "INDELIBLE_PROXIES"),
    ("Mail, outgoing", "SMTP, number and day of work alone", "INDELIBLE_MAIL"),
    ("Malware scanner", "every file before it is kept", "INDELIBLE_SCANNER"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Table:
    """One table: heading, columns, rows of texts; `matrix` is one with many narrow columns."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    matrix: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One chapter: a lead, its tables, and the drawing of a lifecycle with a text for those who do not see it."""

    title: str
    lead: str
    tables: list[Table]
    drawing: str = ""
    svg: str = ""
    described: str = ""


@dataclass(frozen=True, slots=True)
class Specification:
    """A whole specification: what it is of, its chapters, and every key as data."""

    about: dict[str, str]
    sections: list[Section]
    keys: list[Key] = field(default_factory=list)

    def data(self) -> dict[str, Any]:
        """Give all of it as data: about, keys, and the tables of each chapter by name."""
        told = [{"key": one.path, "value": one.value, "meaning": one.meaning, "default": one.default, "range": one.range,
                 "gxp": one.gxp, "given": one.given} for one in self.keys]  # fmt: skip
        sections = [
            {"title": one.title, "lead": one.lead, "drawing": one.drawing or None,
             "tables": [{"title": table.title, "rows": [dict(zip(table.columns, row, strict=True)) for row in table.rows]} for table in one.tables]}
            for one in self.sections
        ]  # fmt: skip
        return {"about": self.about, "keys": told, "sections": sections}


def gather() -> Specification:
    """Gather the specification of what runs; raises Unavailable without a baseline."""
    running_now = config.current()
    keys = [key for part in GENERAL for key in _general(running_now, part)]
    keys += [key for name, declared in sorted(running_now.types.items()) for key in meanings.keys(declared, f"types.{name}")]
    sections = [
        *(_section(part, running_now) for part in GENERAL), _rights(running_now), _signatures(running_now), _numbers(running_now),
        *(_type(running_now, name) for name in sorted(running_now.types)), _surroundings(), _state(),
    ]  # fmt: skip
    return Specification(_about(running_now), sections, keys)


def _about(running_now: Configuration) -> dict[str, str]:
    row = Baseline.objects.order_by("-number")[0]
    known = approved.newest()
    return {
        "Company": running_now.company.name, "Environment": settings.ENVIRONMENT.upper(),
        "Baseline": f"{row.number}, sealed {clock.iso(row.at)}", "SHA-256 of the baseline": running_now.sha256,
        "Build": build.identity().name, "Package": build.identity().package, "Dependencies": build.identity().dependencies,
        "Database": "PostgreSQL" if connection.vendor == "postgresql" else "SQLite",
        "Approved state": f"{known.number}, sealed {clock.iso(known.at)}" if known else "none",
    }  # fmt: skip


def _general(running_now: Configuration, part: str) -> Iterator[Key]:
    value = getattr(running_now, part)
    if isinstance(value, dict):
        for name in sorted(value):
            yield from meanings.keys(value[name], f"{part}.{name}")
    else:
        yield from meanings.keys(value, part)


def _section(part: str, running_now: Configuration) -> Section:
    rows = [_row(key) for key in _general(running_now, part)]
    columns = ("Key", "Value", "Meaning", "Default", "Range", "GxP")
    return Section(
        f"{part.capitalize()} ({part}.yaml)", f"Every key of {part}.yaml as it runs.", [Table("Keys", columns, rows)]
    )


def _row(key: Key) -> tuple[str, ...]:
    return key.path, said(key.value), key.meaning, said(key.default), key.range, "yes" if key.gxp else "no"


def said(value: Any) -> str:
    """Write a value as people read it; nothing is a dash."""
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _rights(running_now: Configuration) -> Section:
    columns, rows = lifecycles.rights(running_now)
    lead = "C creates, E edits or amends, M makes a move, S signs, R sees, each in at least one state; what exactly, each type's chapter says."
    return Section("Roles and permissions", lead, [Table("Matrix", columns, rows, matrix=True)])


def _signatures(running_now: Configuration) -> Section:
    columns = ("Type", "Step", "Meaning", "Role", "Count", "Order", "Only when", "Kept apart by")
    lead = "Every signature that any step asks for. The signers of one step are always different people."
    return Section("Signature matrix", lead, [Table("Signatures", columns, list(lifecycles.signatures(running_now)))])


def _numbers(running_now: Configuration) -> Section:
    rows = [(declared.label, lifecycles.number(declared), said(declared.retention), running_now.retention[declared.retention].label,
             said(running_now.retention[declared.retention].years)) for _, declared in sorted(running_now.types.items())]  # fmt: skip
    columns = ("Type", "Number", "Retention class", "Kept", "Years")
    return Section("Numbering and retention", "Without years a record is kept.", [Table("By type", columns, rows)])


def _type(running_now: Configuration, name: str) -> Section:
    declared = running_now.types[name]
    keys = [key for key in meanings.keys(declared, f"types.{name}") if key.given and _is_of_the_type(key, name)]
    tables = [
        Table("Keys", ("Key", "Value", "Meaning"), [(key.path.removeprefix(f"types.{name}."), said(key.value), key.meaning) for key in keys]),
        Table("Fields", ("Id", "Name", "Label", "Kind", "Required", "Further"), list(lifecycles.fields(declared))),
        Table("States", ("State", "Label", "Look", "Seen by", "Edited by", "Due", "Asks for"), list(lifecycles.states(declared))),
        Table("Moves", ("No", "From", "Move", "To", "By", "Signs", "Asks for"), list(lifecycles.moves(declared))),
    ]  # fmt: skip
    lead = declared.help or f"One type of record, {declared.plural}."
    return Section(
        declared.label,
        lead,
        tables,
        drawing=f"{name}.svg",
        svg=lifecycles.drawn(declared),
        described=lifecycles.described(declared),
    )


def _is_of_the_type(key: Key, name: str) -> bool:
    rest = key.path.removeprefix(f"types.{name}.")
    return not rest.startswith(("fields.", "lifecycle.", "layout."))


def _surroundings() -> Section:
    given = picture.served_environment()
    variables = [(one.name, _shown(one, given.get(one.name, "")), said(one.default), one.range, one.meaning,
                  "yes" if areas.is_gxp(f"environment.{one.name}") else "no") for one in environment.SETTINGS]  # fmt: skip
    secrets = [
        (one.name, "set" if given.get(one.name) else "not set")
        for one in environment.SETTINGS
        if one.kind in environment.SECRETS
    ]
    secrets.append(("secret in home.json", "set"))
    interfaces = [(name, how, said(_plain(given, variable))) for name, how, variable in INTERFACES]
    jobs = [(name, JOBS[name], f"{allowed.total_seconds():.0f} s") for name, allowed in running.LOOPS.items()]
    return Section("Environment, interfaces, jobs", "What surrounds the configuration. Secrets are named, never shown.", [
        Table("Environment variables", ("Name", "Value", "Default", "Range", "Meaning", "GxP"), variables),
        Table("Secrets", ("Name", "State"), secrets), Table("Interfaces", ("Interface", "How", "As set"), interfaces),
        Table("Jobs", ("Job", "What it does", "May be silent for"), jobs),
    ])  # fmt: skip


def _shown(one: environment.Setting, value: str) -> str:
    if one.name in ("INDELIBLE_HOME", "INDELIBLE_OWNER_URL"):
        return "given to the command" if one.name == "INDELIBLE_OWNER_URL" else "the installation's folder"
    return ("set" if value else "not set") if one.kind in environment.SECRETS else said(value)


def _plain(given: dict[str, str], variable: str) -> str:
    value = given.get(variable, "")
    return "set" if environment.BY_NAME[variable].kind in environment.SECRETS and value else value


def _state() -> Section:
    known = approved.newest()
    taken = known.picture if known else picture.take()
    shown = [
        (key, value)
        for key, value in sorted(taken.items())
        if key.partition(".")[0] in ("database", "right", "time", "dependency")
    ]
    harmless = [(key, why) for key, why in areas.HARMLESS.items()]
    return Section("Approved state", "What is compared all the time beside the configuration; files of the package and shapes of tables stand in the "
                   "approved state's own record.", [
        Table("Database, rights, clock, dependencies", ("Key", "Approved"), shown),
        Table("Keys that raise no drift", ("Key", "Why"), harmless),
    ])  # fmt: skip
