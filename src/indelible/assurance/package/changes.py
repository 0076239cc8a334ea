"""The only place that says what changed since the package before, and what people have to repeat because of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from indelible.assurance.package.pages import Block, Chapter, Document, lead, note, pairs, table
from indelible.assurance.package.wording import joined
from indelible.assurance.qualification.results import PERSON

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
PARTS = ("requirements", "scripts", "settings", "results", "states")
TITLES = {
    "requirements": "Requirements",
    "scripts": "Scripts",
    "settings": "Configuration",
    "results": "Results",
    "states": "States of requirements",
}
Index = Mapping[str, Any]


class NoPackage(Exception):
    """What was given as the package before is none, or is of another kind."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: in which part, of what, which kind, and both values as text ("" where there is none)."""

    part: str
    key: str
    kind: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Delta:
    """All differences to the package before, and the scripts that people must execute again, of all that people execute."""

    previous: str
    number: str
    whole: tuple[tuple[str, str, str], ...]  # build, configuration, baseline: name, before, after, where they differ
    changes: tuple[Change, ...]
    repeat: tuple[str, ...]
    by_people: tuple[str, ...]

    def data(self) -> dict[str, Any]:
        """Give all of it as plain data."""
        return asdict(self)


def against(previous: Index, index: Index) -> Delta:
    """Compare the index of this package (`package.json`) with that of the one before; raises NoPackage for anything else."""
    missing = [part for part in PARTS if not isinstance(previous.get(part), dict)]
    if previous.get("format") != index["format"] or missing:
        raise NoPackage(
            f"package.json of the package before cannot be read: format {previous.get('format')}, without {joined(missing)}"
        )
    changes = tuple(change for part in PARTS for change in _part(part, previous[part], index[part]))
    whole = tuple((name, str(previous.get(name)), str(index[name])) for name in ("build", "build_sha256", "baseline", "configuration_sha256", "engine")
                  if previous.get(name) != index[name])  # fmt: skip
    touched = _touched(changes, index)
    by_people = tuple(sorted(key for key, one in index["scripts"].items() if one["origin"] == PERSON))
    return Delta(
        str(previous.get("number", "")),
        str(index["number"]),
        whole,
        changes,
        tuple(key for key in by_people if key in touched),
        by_people,
    )


def _part(part: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    told: Callable[[Any], str] = SAID[part]
    found = []
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            kind = ADDED if key not in before else REMOVED if key not in after else CHANGED
            found.append(
                Change(part, key, kind, told(before[key]) if key in before else "", told(after[key]) if key in after else "")
            )
    return found


SAID: dict[str, Callable[[Any], str]] = {
    "requirements": lambda one: f"{one['text']} ({one['fingerprint'][:12]})",
    "scripts": lambda one: f"{one['title']} ({one['fingerprint'][:12]})",
    "settings": lambda one: str(one["running"]),
    "results": str,
    "states": str,
}


def _touched(changes: tuple[Change, ...], index: Index) -> set[str]:
    """Give the scripts that a change touches: themselves, a requirement of theirs, or a setting that one of these rests on."""
    of = {part: {one.key for one in changes if one.part == part} for part in PARTS}
    wanted = {
        key for key, one in index["requirements"].items() if key in of["requirements"] or {*one["settings"]} & of["settings"]
    }
    by_setting = {script for key, one in index["settings"].items() if key in of["settings"] for script in one["scripts"]}
    return of["scripts"] | by_setting | {key for key, one in index["scripts"].items() if {*one["requirements"]} & wanted}


def document(delta: Delta | None) -> Document:
    """Give the redline against the package before; a first package says that it is the first."""
    if delta is None:
        chapters = [
            Chapter(
                "The package before",
                [note("No package before this one was given: this is the first, or nothing can be compared with it.")],
            )
        ]
        return Document("DLT", "Changes Since the Last Package", chapters)
    counts = [(TITLES[part], str(sum(one.part == part for one in delta.changes))) for part in PARTS]
    chapters = [
        Chapter(
            "Summary",
            [pairs([("The package before", delta.previous), ("This package", delta.number), *counts]), _whole(delta)],
        ),
        Chapter("What people repeat", _repeat(delta)),
        *(Chapter(TITLES[part], [_rows(delta, part)]) for part in PARTS),
    ]
    return Document("DLT", "Changes Since the Last Package", chapters, ("URS",), wide=True)


def _whole(delta: Delta) -> Block:
    return table(("What", "Before", "Now"), [(name.replace("_", " "), *values) for name, *values in delta.whole], widths=(3, 7, 7),
                 empty="Build, configuration and database are the same as in the package before.")  # fmt: skip


def _repeat(delta: Delta) -> list[Block]:
    rows = [(key, "again" if key in delta.repeat else "stands") for key in delta.by_people]
    return [lead(f"All machine tests ran again. Of {len(delta.by_people)} scripts that people execute, {len(delta.repeat)} are touched by a change "
                 f"and executed again."),
            table(("Script", "Executed by people"), rows, empty="No script of this package is executed by people.", widths=(5, 5))]  # fmt: skip


def _rows(delta: Delta, part: str) -> Block:
    rows = [(one.key, one.kind, one.before or "–", one.after or "–") for one in delta.changes if one.part == part]
    return table(("What", "Change", "Before", "Now"), rows, empty="No change.", widths=(4, 1.6, 7, 7))
