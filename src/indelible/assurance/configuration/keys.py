"""The one table that says of every key what follows from a change of it: GxP or harmless, clauses, what is tested again.

What stands in no row of HARMLESS is GxP-relevant: the flag itself is GxP, so it is changed here, by a release, and by no
configuration (Annex 11-10). Clauses: 11.10(d) is one of 21 CFR Part 11, A11-12 one of Annex 11. Which requirements of the product
are concerned says the catalogue (`assurance.catalogue.touching`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

ANY, REST = "*", "**"

# Only what is neither read as content nor decides about anything: pictures, the place of a card, a sentence beside a form.
HARMLESS = (
    "types.*.icon", "types.*.group", "types.*.help", "types.*.columns", "types.*.layout", "types.*.layout.**",
    "types.*.fields.*.help", "types.*.fields.*.begins_with", "types.*.lifecycle.*.look", "types.*.lifecycle.*.moves.*.help",
    "types.*.lifecycle.*.moves.*.danger", "types.*.skeletons.*.label", "roles.*.help",
)  # fmt: skip
# Signature, trail, authority and retention: a change of these has no emergency route.
PROTECTED = (
    "meanings.**", "retention.**", "types.*.retention", "types.*.gxp", "types.*.gxp.**", "types.*.create", "types.*.keeps",
    "types.*.restrict.**", "types.*.certify.**", "types.*.confirm.**", "types.*.reassign.**", "types.*.lifecycle.*.seen_by",
    "types.*.lifecycle.*.edit", "types.*.lifecycle.*.amend", "types.*.lifecycle.*.amend.**", "types.*.lifecycle.*.requires",
    "types.*.lifecycle.*.moves.*.by", "types.*.lifecycle.*.moves.*.signs", "types.*.lifecycle.*.moves.*.signs.**",
    "types.*.lifecycle.*.moves.*.order", "types.*.lifecycle.*.moves.*.requires", "types.*.lifecycle.*.moves.*.reason",
    "types.*.fields.*.critical", "types.*.fields.*.occurrence", "types.*.fields.*.occurrence.**", "types.*.fields.*.phase",
    "roles.*.label", "roles.*.signs", "roles.*.never_with", "roles.*.scoped", "roles.*.everybody", "roles.*.file",
    "policies.idle_minutes", "policies.absolute_hours", "policies.password_length", "policies.invitation_hours",
    "policies.token_days", "policies.reason_length", "policies.factor_roles", "policies.synced_passkeys_sign",
    "policies.trail_readers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """Which clauses a key serves, and what is tested again when it changes."""

    keys: str
    clauses: tuple[str, ...]
    tests: tuple[str, ...]


SERVES = (
    Served("company.**", ("A11-10", "11.10(e)"), ("time zone in trail, due dates and printed copies",)),
    Served("roles.**", ("11.10(d)", "11.10(g)", "A11-12"), ("every role against every declared move",)),
    Served("meanings.**", ("11.50(a)(3)", "11.70", "A11-14"), ("every signing step shows and seals its meaning",)),
    Served("retention.**", ("11.10(c)", "A11-17"), ("records of every class are kept and found",)),
    Served("policies.idle_minutes", ("11.10(d)", "11.200(a)(1)", "A11-12"), ("a session ends when it is idle",)),
    Served("policies.absolute_hours", ("11.10(d)", "11.200(a)(1)", "A11-12"), ("a session ends after its longest time",)),
    Served("policies.password_length", ("11.300(b)", "A11-12"), ("a short password is refused",)),
    Served("policies.invitation_hours", ("11.300(c)", "A11-12"), ("a one-time link ends",)),
    Served("policies.token_days", ("11.300(b)", "A11-12"), ("a token ends",)),
    Served("policies.upload_*", ("11.10(a)", "A11-5"), ("files are taken and refused as declared",)),
    Served("policies.reason_length", ("11.10(e)", "A11-9"), ("an act without a reason is refused",)),
    Served("policies.factor_roles", ("11.10(d)", "11.200(a)", "A11-12"), ("a second factor is asked for",)),
    Served("policies.synced_passkeys_sign", ("11.200(a)", "11.300(c)"), ("which passkeys sign",)),
    Served("policies.trail_readers", ("11.10(e)", "A11-9"), ("who sees refused attempts",)),
    Served("policies.*_days", ("A11-7.2", "A11-16"), ("an incident opens without backup or rehearsal",)),
    Served("policies.holidays", ("11.10(f)",), ("due dates in business days",)),
    Served("types.*.retention", ("11.10(c)", "A11-17"), ("records of every class are kept and found",)),
    Served("types.*.gxp", ("11.1(b)", "A11-4.3"), ("the inventory of records and predicates",)),
    Served("types.*.create", ("11.10(d)", "11.10(g)", "A11-12"), ("every role against every declared move",)),
    Served("types.*.fields.**", ("11.10(a)", "11.10(h)", "A11-5", "A11-6"), ("fields of the type: entry, checks, trail, print",)),
    Served("types.*.number.**", ("11.10(a)", "A11-4.8"), ("numbers are given once and in order",)),
    Served("types.*.revisions.**", ("11.10(k)(2)", "A11-10"), ("revisions: one in force, one in work",)),
    Served("types.*.lifecycle.*.moves.*.signs.**", ("11.50", "11.70", "11.200", "A11-14"), ("signing steps of the type",)),
    Served("types.*.lifecycle.*.due.**", ("11.10(f)",), ("due dates of the type",)),
    Served("types.*.lifecycle.**", ("11.10(f)", "11.10(g)", "A11-12"), ("every declared move, by whom and in which order",)),
    Served("types.**", ("11.10(a)", "11.10(f)", "A11-10"), ("the type from its first record to its end",)),
)  # fmt: skip


def is_gxp(key: str) -> bool:
    """Say whether a key is GxP-relevant: everything is that no row calls harmless."""
    return not any(_fits(pattern, key) for pattern in HARMLESS)


def is_protected(key: str) -> bool:
    """Say whether a key, or something below it, belongs to signature, trail, authority or retention."""
    return any(_fits(pattern, key) or _begins(pattern, key) for pattern in PROTECTED)


def clauses(key: str) -> tuple[str, ...]:
    """Give the clauses that a key serves, from the first row that knows it."""
    return _row(key).clauses


def tests(key: str) -> tuple[str, ...]:
    """Give in words what must be tested again when a key changes."""
    return _row(key).tests


def touches(pattern: str, key: str) -> bool:
    """Say whether a pattern fits a key, or names what lies below it; a key that says more than its pattern is one of it."""
    return _fits(pattern, key) or _begins(pattern, key) or _below(pattern, key)


@cache
def _row(key: str) -> Served:
    return next((row for row in SERVES if _fits(row.keys, key)), Served(REST, ("A11-10",), ()))


def _fits(pattern: str, key: str) -> bool:
    wanted, steps = pattern.split("."), key.split(".")
    if wanted[-1] == REST:
        wanted, steps = wanted[:-1], steps[: len(wanted) - 1]
    return len(wanted) == len(steps) and all(map(_step, wanted, steps))


def _begins(pattern: str, key: str) -> bool:
    """Say whether what a pattern names lies below a key, which was added or taken away as a whole."""
    wanted, steps = pattern.split("."), key.split(".")
    return len(steps) < len(wanted) and all(map(_step, wanted, steps))


def _below(pattern: str, key: str) -> bool:
    """Say whether a key lies below what a pattern names: one entry of a list, or one key of a value."""
    wanted = pattern.split(".")
    return wanted[-1] not in (ANY, REST) and _fits(f"{pattern}.{REST}", key)


def _step(wanted: str, step: str) -> bool:
    if ANY not in wanted or wanted == ANY:
        return wanted in (ANY, step)
    before, _, after = wanted.partition(ANY)
    return step.startswith(before) and step.endswith(after)
