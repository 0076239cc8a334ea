"""The only place that knows what a line of an access review is: flagged or not, decided or not, whose own, and what it may hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from indelible.kernel.context import Person

LINES, ENTERED = "lines", "entered"
KEEP, CHANGE, REVOKE = "keep", "change", "revoke"
DECISIONS = (KEEP, CHANGE, REVOKE)
DECIDED = ("decision", "reason", "decided_by", "request")  # what an act of deciding writes, and nobody types
LEAVER, TOKEN, ALONE = "leaver", "API token", "Account without a role"
LONGEST = 300  # characters that fit into a cell
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a review: in which table it stands, by which id people name it, and its row."""

    table: str
    id: str
    row: Row

    @property
    def flagged(self) -> bool:
        """Say whether something about it is odd, so that a decision needs a reason."""
        return bool(self.row.get("flags"))

    @property
    def decision(self) -> str:
        """Give what was decided, empty for nothing yet."""
        return str(self.row.get("decision") or "")

    @property
    def leaves(self) -> bool:
        """Say whether it belongs to somebody who has left."""
        return self.table == LINES and LEAVER in str(self.row.get("flags") or "")

    @property
    def alone(self) -> bool:
        """Say whether it is the account of somebody who holds no role."""
        return self.table == LINES and self.row.get("right") == ALONE

    @property
    def token(self) -> bool:
        """Say whether it is a token, by which a program acts."""
        return self.table == LINES and str(self.row.get("right")).startswith(TOKEN)

    @property
    def label(self) -> str:
        """Give it in a few words: whose it is, and what."""
        who = self.row.get("person") or self.row.get("holder") or self.row.get("account")
        where = f" ({self.row['place']})" if self.row.get("place") else ""
        return f"{self.id}: {who}, {self.row.get('right') or self.row.get('account') or 'an account'}{where}"

    def is_of(self, person: Person) -> bool:
        """Say whether a line is about this person's own access."""
        known = {person.user_id, person.name.casefold()}
        named = self.row.get("user_id") if self.table == LINES else str(self.row.get("holder") or "").casefold()
        return named in known


def of(values: Mapping[str, Any]) -> list[Line]:
    """Give the lines of a review: those that the system wrote by their number, those entered by hand as E1, E2 and so on."""
    written = [Line(LINES, str(row["line"]), row) for row in values.get(LINES) or []]
    return [*written, *(Line(ENTERED, f"E{at}", row) for at, row in enumerate(values.get(ENTERED) or [], 1))]


def undecided(values: Mapping[str, Any]) -> list[Line]:
    """Give the lines on which nobody has decided."""
    return [line for line in of(values) if not line.decision]


def kept_together(values: Mapping[str, Any], person: Person | None) -> list[Line]:
    """Give the lines that somebody may keep in one act: without a flag, without a decision, and not the own ones."""
    return [line for line in undecided(values) if not line.flagged and not (person and line.is_of(person))]


def ending(values: Mapping[str, Any]) -> list[Line]:
    """Give the lines whose present right ends: what is revoked, and what is changed into something else."""
    return [line for line in of(values) if line.decision in (CHANGE, REVOKE)]


def decided(values: Mapping[str, Any], chosen: Mapping[str, Row]) -> dict[str, list[Row]]:
    """Give both tables with what was decided put into the chosen lines, by the lines' ids; empty tables are left out."""
    found: dict[str, list[Row]] = {LINES: [], ENTERED: []}
    for line in of(values):
        given = chosen.get(line.id, {})
        found[line.table].append(
            line.row | {name: given[name] for name in given if line.table == LINES or name != "request"}
        )
    return {table: rows for table, rows in found.items() if rows}


def words(lines: list[Line], most: int = 12) -> str:
    """Name some lines in a sentence."""
    named = [line.label for line in lines[:most]]
    return "; ".join([*named, *([f"and {len(lines) - most} more"] if len(lines) > most else [])])


def plain(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Give what a row says apart from its decision."""
    return ((name, value) for name, value in sorted(row.items()) if name not in DECIDED and value is not None)
