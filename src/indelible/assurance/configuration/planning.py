"""What applying a proposed configuration would change: read, compared with the baseline in force, and given one hash.

The hash covers number and hash of the baseline in force and the hash of the proposed configuration, in canonical form. So it is
the same for any order of files and keys, and another one as soon as something else was applied: who approved a plan approved
exactly this step (Annex 11-10, 21 CFR 11.10(k)(2)).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from indelible.assurance.catalogue import touching
from indelible.assurance.configuration import destructive, keys
from indelible.assurance.configuration.affected import Affected, affected
from indelible.assurance.configuration.destructive import Refusal
from indelible.assurance.configuration.differing import Difference, differences
from indelible.assurance.configuration.proposals import Proposal
from indelible.infra import canonical
from indelible.kernel import config
from indelible.kernel.configuration import Configuration
from indelible.kernel.errors import Unavailable
from indelible.kernel.models import Baseline

FORMAT = 1
LONGEST_VALUE = 100


@dataclass(frozen=True)
class Base:
    """The baseline on which a plan rests."""

    number: int
    configuration: Configuration


@dataclass(frozen=True)
class Plan:
    """One step from the baseline in force to a proposed configuration."""

    base: Base
    proposal: Proposal
    changes: tuple[Difference, ...]
    affected: tuple[Affected, ...]
    refusals: tuple[Refusal, ...]

    @cached_property
    def hash(self) -> str:
        """Give the hash that a change record names and people sign."""
        return hash_of(self.base.number, self.base.configuration.sha256, self.proposal.configuration.sha256)

    @property
    def protected(self) -> bool:
        """Say whether it touches signature, trail, authority or retention, which have no emergency route."""
        return any(keys.is_protected(one.key) for one in self.changes)

    def as_data(self) -> dict[str, Any]:
        """Give the plan as JSON can carry it."""
        return {
            "hash": self.hash, "base": {"number": self.base.number, "sha256": self.base.configuration.sha256},
            "target": self.proposal.configuration.sha256, "gxp": any(keys.is_gxp(one.key) for one in self.changes),
            "protected": self.protected,
            "changes": [
                {"key": one.key, "how": one.how, "before": one.before, "after": one.after, "gxp": keys.is_gxp(one.key),
                 "requirements": list(named), "tests": list(again), "clauses": list(keys.clauses(one.key))}
                for one in self.changes for named, again in (touching.of_change(one),)
            ],
            "affected": [asdict(one) for one in self.affected], "refusals": [asdict(one) for one in self.refusals],
        }  # fmt: skip

    def as_text(self) -> str:
        """Give the plan for people, a line for each key."""
        if not self.changes:
            return f"Nothing would change: baseline {self.base.number} is what the folder says."
        requirements, again = touching.of_changes(self.changes)
        clauses = sorted({clause for one in self.changes for clause in keys.clauses(one.key)})
        lines = [f"Plan {self.hash}", f"on baseline {self.base.number} ({self.base.configuration.sha256[:12]})", ""]
        lines += [_line(one, self.base.configuration, self.proposal.configuration) for one in self.changes]
        lines += ["", *(f"affects: {one.text}" for one in self.affected)] if self.affected else []
        lines += [
            "",
            f"requirements: {', '.join(requirements) or 'none'}",
            f"clauses: {', '.join(clauses)}",
            f"to be tested again: {'; '.join(again)}",
        ]
        lines += ["", *(f"REFUSED {one}" for one in self.refusals)] if self.refusals else []
        return "\n".join(lines)


def plan(proposal: Proposal) -> Plan:
    """Compare a proposal with the baseline in force; raises Unavailable before `indelible init`."""
    base = in_force()
    changes = tuple(differences(base.configuration, proposal.configuration))
    return Plan(
        base, proposal, changes, tuple(affected(base.configuration, proposal.configuration, changes)),
        tuple(destructive.refusals(base.configuration, proposal)),
    )  # fmt: skip


def in_force() -> Base:
    """Give the newest baseline; raises Unavailable before `indelible init`."""
    row = Baseline.objects.order_by("-number").values_list("number", "sha256").first()
    if row is None:
        raise Unavailable("this home has no baseline yet: run `indelible init`")
    return Base(row[0], config.at(bytes(row[1]).hex()))


def hash_of(number: int, base: str, target: str) -> str:
    """Give the hash of the step from a baseline to a configuration."""
    step = {"format": FORMAT, "base": {"number": number, "sha256": base}, "target": target}
    return canonical.sha256(canonical.encode(step)).hex()


def title_of(key: str, *configurations: Configuration) -> str:
    """Give what people call the field that a key names by its id; nothing for other keys."""
    steps = key.split(".")
    if len(steps) < 4 or steps[0] != "types" or steps[2] != "fields":
        return ""
    declared = (one.types.get(steps[1]) for one in configurations)
    found = (one.field_by_id(int(steps[3])) for one in declared if one is not None and steps[3].isdigit())
    return next((field.title for field in found if field is not None), "")


def told(value: Any) -> str:
    """Give a value in one short line."""
    if value is None:
        return "(absent)"
    if isinstance(value, dict):
        return f"{{{', '.join(sorted(value)[:6])}{', ...' if len(value) > 6 else ''}}}"
    text = value if isinstance(value, str) else canonical.encode(value)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."


def _line(one: Difference, *configurations: Configuration) -> str:
    sign = {"added": "+", "changed": "~", "removed": "-"}[one.how]
    title = title_of(one.key, *configurations)
    named = f"{one.key}{f' ({title})' if title else ''}"
    return f"{sign} {'GxP' if keys.is_gxp(one.key) else '   '} {named}: {told(one.before)} -> {told(one.after)}"
