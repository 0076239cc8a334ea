"""What one difference is called, before anything follows from it. Pure."""

from __future__ import annotations

import pwd
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from indelible.assurance.drift import areas
from indelible.kernel.fields.kinds import CONTROL

NOTHING = "nothing"
MOST = 20  # differences of one area that are named one by one; more are told as one
LONGEST, LONGEST_KEY = 18_000, 300


@dataclass(frozen=True, slots=True)
class Found:
    """One difference: the key, what was approved, what is there, where, and who did it as far as the machine says."""

    key: str
    before: str
    after: str
    where: str
    who: str = ""

    @property
    def area(self) -> areas.Area:
        """Give what kind of key it is."""
        return areas.of(self.key)

    @property
    def title(self) -> str:
        """Give a line for lists."""
        return f"{self.area.label}: {self.key.partition('.')[2] or self.key}"[:300]

    @property
    def stops_signing(self) -> bool:
        """Say whether signing waits for it."""
        return areas.stops_signing(self.key)

    def told(self) -> dict[str, Any]:
        """Give it as data: key, before, after, where, who, gxp, requirements, clauses, mend."""
        return {"key": self.key, "before": self.before, "after": self.after, "where": self.where, "who": self.who, "gxp": True,
                "stops_signing": self.stops_signing, "requirements": list(areas.requirements(self.key)),
                "clauses": list(self.area.clauses), "mend": self.area.mend}  # fmt: skip


def gathered(found: list[Found]) -> list[Found]:
    """Give findings as they are told: an area in which nearly everything differs is one finding that lists the keys."""
    by_area: dict[str, list[Found]] = {}
    for one in (replace(each, key=CONTROL.sub("?", each.key)[:LONGEST_KEY]) for each in found):
        by_area.setdefault(one.key.partition(".")[0], []).append(one)
    return [told for name in sorted(by_area) for told in _told(name, by_area[name])]


def _told(name: str, found: list[Found]) -> list[Found]:
    if len(found) <= MOST:
        return sorted(found, key=lambda one: one.key)
    listed = "\n".join(sorted(one.key.partition(".")[2] for one in found))
    # What must stop signing stops it among many others, too.
    key = next((f"{name}.{one.key.partition('.')[2]} and {len(found) - 1} more" for one in found if one.stops_signing),
               f"{name}.{len(found)} of them")  # fmt: skip
    return [Found(key, "as approved", listed[:LONGEST], found[0].where)]


def written_by(path: Path) -> str:
    """Give to whom a file belongs and when it was last written, as the file system says; empty where it cannot be asked."""
    try:
        stat = path.stat()
    except OSError:
        return ""
    try:
        owner = pwd.getpwuid(stat.st_uid).pw_name
    except KeyError:
        owner = f"number {stat.st_uid}"
    return f"The file is the account {owner}'s, last written {datetime.fromtimestamp(stat.st_mtime, UTC):%Y-%m-%dT%H:%M:%S+00:00}"
