"""Which records a plan would touch, counted: those that stay on the declaration they have, and those that hold what goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count

from indelible.assurance.configuration.differing import Difference
from indelible.kernel import config
from indelible.kernel.configuration import Configuration
from indelible.kernel.models import AccessGrant, Record
from indelible.kernel.types import TypeDeclaration


@dataclass(frozen=True, slots=True)
class Affected:
    """Records that a change of a key touches: how many, and a sentence."""

    key: str
    records: int
    text: str


def affected(old: Configuration, new: Configuration, changes: Iterable[Difference]) -> Iterator[Affected]:
    """Count what each changed part touches, each part once."""
    parts = {tuple(one.steps[:4]): one for one in changes}
    types = sorted({steps[1] for steps in parts if steps[0] == "types" and len(steps) > 1 and steps[1] in old.types})
    for name in types:
        yield from _open(name, parts)
        yield from _fields(old.types[name], new.types.get(name), parts)
    for role in sorted({steps[1] for steps in parts if steps[0] == "roles"}):
        held = AccessGrant.objects.filter(role=role, until_at=None).count()
        if held:
            yield Affected(f"roles.{role}", held, f"{held} people hold the role {role}.")
    yield from _retention(old, new)


def _open(name: str, parts: dict[tuple[str, ...], Difference]) -> Iterator[Affected]:
    if not any(steps[:3] == ("types", name, "lifecycle") for steps in parts):
        return
    states = open_states(name)
    if total := sum(states.values()):
        where = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
        yield Affected(
            f"types.{name}.lifecycle", total,
            f"{total} open {name} records ({where}) stay on the lifecycle of the baseline they were made under.",
        )  # fmt: skip


def _fields(
    old: TypeDeclaration, new: TypeDeclaration | None, parts: dict[tuple[str, ...], Difference]
) -> Iterator[Affected]:
    for field in old.live_fields():
        after = new.field_by_id(field.id) if new else None
        if ("types", old.type, "fields", str(field.id)) not in parts or (after is not None and not after.retired):
            continue
        if held := holding(old.type, field.id):
            yield Affected(
                f"types.{old.type}.fields.{field.id}",
                held,
                f"{held} {old.type} records hold a value of {field.title!r}; it stays with them.",
            )


def _retention(old: Configuration, new: Configuration) -> Iterator[Affected]:
    for name, declared in sorted(old.types.items()):
        after = new.types.get(name)
        if after is None:
            continue
        before, then = old.retention[declared.retention], new.retention[after.retention]
        if before != then and (count := Record.objects.filter(type=name).count()):
            yield Affected(
                f"types.{name}.retention", count,
                f"{count} existing {name} records: {_kept(before.years)} becomes {_kept(then.years)} from {then.starts!r}.",
            )  # fmt: skip


def open_states(name: str) -> Counter[str]:
    """Count the records of a type that something can still leave, by state; each read under its own baseline."""
    rows = Record.objects.filter(type=name).values_list("state", "baseline").annotate(count=Count("pk")).order_by()
    found: Counter[str] = Counter()
    for state, baseline, count in rows:
        if not config.at(baseline).type(name).lifecycle[state].final:
            found[state] += count
    return found


def holding(name: str, field: int) -> int:
    """Count the records of a type that hold a value in a field."""
    return Record.objects.filter(type=name, content__has_key=str(field)).count()


def shorter(before: int | None, after: int | None) -> bool:
    """Say whether records would be kept less long: without years they are kept."""
    return after is not None and (before is None or after < before)


def _kept(years: int | None) -> str:
    return "kept for ever" if years is None else f"{years} years"
