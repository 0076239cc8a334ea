"""What must hold between the roles and the type that keeps personnel files: a role asks for what there can be, and can wake."""

from __future__ import annotations

from collections.abc import Mapping

from indelible.assurance.configuration.checks.known import Fault, Faults, named, repeated
from indelible.kernel.configuration import Role
from indelible.kernel.types import TypeDeclaration

ITEM, KIND = "personnel_item", "kind"
MANAGER_SAYS = "approved"


def asked(roles: Mapping[str, Role], types: Mapping[str, TypeDeclaration]) -> Faults:
    """Check what roles ask of a personnel file: kinds that exist, of roles that are granted, and somebody to sign the first."""
    asking = {name: role for name, role in roles.items() if role.file}
    for name, role in asking.items():
        yield from _kinds(name, role, types.get(ITEM))
    managers = [name for name, role in roles.items() if MANAGER_SAYS in role.signs]
    if asking and not any(name not in asking for name in managers):
        first = next(iter(asking))
        message = (
            f"Every role that signs {MANAGER_SAYS!r} asks for a personnel file itself, so nobody could sign the first job "
            "description; let one of them ask for nothing."
        )
        yield Fault((first, "file"), message, key=True)


def _kinds(name: str, role: Role, item: TypeDeclaration | None) -> Faults:
    steps = (name, "file")
    if role.everybody:
        yield Fault(steps, "What everybody holds without a grant cannot sleep; take `file` away.", key=True)
    field = item.field(KIND) if item else None
    if field is None:
        yield Fault(steps, f"The type {ITEM!r}, which keeps personnel files, is not declared; copy its file back.", key=True)
        return
    yield from named(role.file, field.choices, "kind of item in a personnel file", steps)
    yield from repeated(role.file, "The kind", steps)
