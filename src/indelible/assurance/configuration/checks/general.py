"""What must hold in the files beside the types: company, roles, meanings, retention classes, policies."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from zoneinfo import available_timezones

from indelible.assurance.configuration.checks.invariants import QUALITY
from indelible.assurance.configuration.checks.known import Fault, Faults, Known, blank, named, one, repeated
from indelible.assurance.configuration.positions import shown
from indelible.assurance.configuration.service_targets import SERVICE_TARGETS
from indelible.kernel.configuration import Company, Meaning, Policies, RetentionClass, Role
from indelible.kernel.types import RELATIONS

FILE_TYPE = re.compile(r"[a-z0-9]{1,10}")


def company(found: Company, known: Known) -> Faults:
    """Check the company: a name, and a zone that exists."""
    del known
    yield from blank(found.name, "The name", ("name",))
    yield from one(found.zone, _zones(), "time zone", ("zone",))


def roles(found: Mapping[str, Role], known: Known) -> Faults:
    """Check roles: meanings and roles that they name, and nothing that contradicts itself."""
    for name, role in found.items():
        yield from blank(role.label, "The label", (name, "label"))
        yield from named(role.signs, known.meanings, "meaning", (name, "signs"))
        if name in RELATIONS:
            yield Fault((name,), f"{name!r} is a relation to a record and cannot be a role; rename it.", key=True)
        if role.everybody and role.scoped:
            yield Fault((name, "scoped"), "What everybody holds has no scope; take `scoped` or `everybody` away.")
        yield from _never_with(name, role, found)


def _never_with(name: str, role: Role, found: Mapping[str, Role]) -> Faults:
    steps = (name, "never_with")
    yield from named(role.never_with, found, "role", steps)
    for index, other in enumerate(role.never_with):
        if other == name:
            yield Fault((*steps, index), "A role cannot exclude itself; take the name away.")
        elif role.everybody or (other in found and found[other].everybody):
            holder = name if role.everybody else other
            yield Fault((*steps, index), f"Everybody holds {holder!r}; nothing can exclude it. Take the name away.")


def meanings(found: Mapping[str, Meaning], known: Known) -> Faults:
    """Check meanings: each is a sentence, and the word of the Quality Unit is given for one record at a time."""
    del known
    for name, meaning in found.items():
        if name in QUALITY and meaning.series:
            yield Fault(
                (name,), f"{name!r} is the word of the Quality Unit and is never given in a series; write `series: false`."
            )
        yield from blank(meaning.label, "The label", (name, "label"))
        yield from blank(meaning.text, "The sentence that people sign", (name, "text"))


def retention(found: Mapping[str, RetentionClass], known: Known) -> Faults:
    """Check retention classes: each says what starts its clock."""
    del known
    for name, kept in found.items():
        yield from blank(kept.label, "The label", (name, "label"))
        yield from blank(kept.starts, "What starts the clock", (name, "starts"))


def policies(found: Policies, known: Known) -> Faults:
    """Check policies: days that exist, file types as they end a name."""
    yield from named(found.trail_readers, known.roles, "role", ("trail_readers",))
    yield from named(found.factor_roles, known.roles, "role", ("factor_roles",))
    yield from named(found.sso_only_roles, known.roles, "role", ("sso_only_roles",))
    if found.sso_only_roles and not found.sso_issuer:
        yield Fault(("sso_only_roles",), "Without `sso_issuer` these people could not sign in at all; name the provider.")
    yield from _service_targets(found)
    yield from repeated(found.holidays, "The day", ("holidays",))
    for index, day in enumerate(found.holidays):
        if not is_day(day):
            yield Fault(("holidays", index), f"{shown(day)} is no day; write YYYY-MM-DD, such as 2026-12-25.")
    yield from repeated(found.upload_types, "The file type", ("upload_types",))
    for index, ending in enumerate(found.upload_types):
        if not FILE_TYPE.fullmatch(ending):
            message = f"{shown(ending)} is no file type; write how the name ends, such as pdf."
            yield Fault(("upload_types", index), message)


def _service_targets(found: Policies) -> Faults:
    for name, value in found.service_targets.items():
        where = ("service_targets", name)
        if name not in SERVICE_TARGETS:
            yield Fault(where, f"{shown(name)} is no service target; known are: {', '.join(SERVICE_TARGETS)}.")
        elif value not in SERVICE_TARGETS[name].allowed:
            yield Fault(where, f"{value} cannot be measured or is out of range; {SERVICE_TARGETS[name].said}.")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def reachable(found: Policies, makes_accounts: Collection[str]) -> Faults:
    """Check that somebody who makes accounts can sign in while the identity provider is away."""
    if makes_accounts and set(makes_accounts) <= set(found.sso_only_roles):
        names = ", ".join(sorted(makes_accounts))
        yield Fault(
            ("sso_only_roles",), f"Whoever makes accounts ({names}) must get in while the provider is away; leave one out."
        )


def is_day(text: str) -> bool:
    """Say whether a text is a calendar day as the product writes it."""
    try:
        return len(text) == 10 and bool(date.fromisoformat(text))
    except ValueError:
        return False
