"""The files that somebody is changing in the browser: kept for that person alone until they are planned, never read by what runs.

A draft rests on the baseline in force when it was begun. When another one came into force since, it is begun anew: what it
says of the other files is no longer true.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from indelible.assurance.configuration import applying, loader, planning, positions, proposals
from indelible.assurance.configuration.proposals import MEMBER, Proposal
from indelible.kernel.context import Context
from indelible.kernel.errors import Invalid, Missing, NotFound
from indelible.practice import drafts

BASE = "base"


@dataclass(frozen=True)
class Drafted:
    """All files as they are with the person's edits, which of them differ from those in force, and whether the draft grew stale."""

    number: int
    files: Mapping[str, str]
    changed: frozenset[str]
    stale: bool = False

    def proposal(self) -> Proposal:
        """Read the files; raises loader.Broken."""
        return proposals.of_files({name: text.encode("utf-8") for name, text in self.files.items()})

    def value(self, name: str, key: str) -> str:
        """Give a single value that stands at the beginning of a line of a file, as it is written; nothing where it is absent."""
        found = re.search(rf"^{re.escape(key)}: *([^#\n]*?) *(?:#.*)?$", self.files.get(name, ""), re.MULTILINE)
        return found[1] if found else ""

    def faults(self) -> list[positions.Problem]:
        """Give what is wrong with the files, each with its line."""
        try:
            self.proposal()
        except loader.Broken as broken:
            return broken.errors
        return []


def find(ctx: Context, form: str) -> Drafted:
    """Give the files in force with this person's edits; `form` is the address under which they are kept."""
    number = planning.in_force().number
    ground = {name: content.decode("utf-8") for name, content in applying.files_in_force().items()}
    kept = drafts.find(ctx, form)
    if kept is None:
        return Drafted(number, ground, frozenset())
    stale = kept.data.get(BASE) != [str(number)]
    edits = {name: values[0] for name, values in kept.data.items() if name != BASE} if not stale else {}
    files = {name: text for name, text in {**ground, **edits}.items() if text}
    return Drafted(
        number, files, frozenset(name for name in {*ground, *files} if ground.get(name) != files.get(name)), stale
    )


def keep(ctx: Context, form: str, name: str, text: str) -> Drafted:
    """Keep one file as it was typed; an empty text takes the file away. Raises Invalid for a name that no configuration has."""
    if not MEMBER.fullmatch(name):
        raise Invalid(rule="input", text="No file of a configuration is called so.",
                      missing=(Missing("A name such as types/sample.yaml.", field="name"),))  # fmt: skip
    before = find(ctx, form)
    edits = {one: [before.files.get(one, "")] for one in before.changed}
    edits[name] = [text.replace("\r\n", "\n")]
    drafts.keep(ctx, form, {BASE: [str(before.number)], **edits})
    return find(ctx, form)


def keep_values(ctx: Context, form: str, name: str, values: Mapping[str, str]) -> Drafted:
    """Set single values at the beginning of lines of one file, and leave everything else in it as it is written."""
    before = find(ctx, form)
    if name not in before.files:
        raise NotFound(name)
    text = before.files[name]
    for key, value in values.items():
        line = re.compile(rf"^{re.escape(key)}:[^#\n]*?(?P<note>\s+#.*)?$", re.MULTILINE)
        found = line.search(text)
        written = f"{key}: {value}{(found['note'] or '') if found else ''}"
        text = f"{text[: found.start()]}{written}{text[found.end() :]}" if found else f"{text.rstrip()}\n{written}\n"
    return keep(ctx, form, name, text) if text != before.files[name] else before


def drop(ctx: Context, form: str) -> None:
    """Forget all edits."""
    drafts.drop(ctx, form)
