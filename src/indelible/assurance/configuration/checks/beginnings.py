"""What must hold where a record is begun from another one: the link back leads there, and values fit their fields."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from indelible.assurance.configuration.checks.known import Fault, Faults, live, one
from indelible.kernel.types import Beginning, TypeDeclaration


def beginnings(declarations: Mapping[str, TypeDeclaration], types: Collection[str]) -> Iterator[tuple[str, Fault]]:
    """Check every `begins_from`, which only all types together show; gives the type's name with the fault."""
    for name, declared in sorted(declarations.items()):
        for source, beginning in declared.begins_from.items():
            for fault in _beginning(declared, source, beginning, declarations.get(source), types):
                yield name, fault


def _beginning(
    declared: TypeDeclaration, source: str, beginning: Beginning, other: TypeDeclaration | None, types: Collection[str]
) -> Faults:
    at = ("begins_from", source)
    yield from one(source, types, "type", at, key=True)
    yield from live(declared, beginning.link, (*at, "link"))
    link = declared.field(beginning.link)
    if link is not None and not link.retired and (link.kind != "links" or (link.to and source not in link.to)):
        yield Fault((*at, "link"), f"{beginning.link!r} does not link to {source!r}; name a links field that does.")
    for mine, theirs in beginning.fields.items():
        yield from live(declared, mine, (*at, "fields", mine), key=True)
        if other is None:
            continue
        yield from live(other, theirs, (*at, "fields", mine))
        here, there = declared.field(mine), other.field(theirs)
        if here is not None and there is not None and here.kind != there.kind:
            message = f"{mine!r} is of kind {here.kind} and {theirs!r} of kind {there.kind}; take over what fits."
            yield Fault((*at, "fields", mine), message)
