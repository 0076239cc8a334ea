"""What a company configured, as one value (D11). Pure: the loader and the command line need no Django for it."""

from __future__ import annotations

from functools import cached_property

from indelible.infra import canonical
from indelible.kernel.errors import NotFound
from indelible.kernel.types import (
    Company,
    Meaning,
    Name,
    Part,
    Policies,
    RetentionClass,
    Role,
    TypeDeclaration,
)


class Configuration(Part):
    """Everything that a company configured: roles, meanings, retention, policies and types."""

    company: Company
    roles: dict[Name, Role]
    meanings: dict[Name, Meaning]
    retention: dict[Name, RetentionClass]
    policies: Policies
    types: dict[Name, TypeDeclaration]

    @cached_property
    def text(self) -> str:
        """Give the canonical text, the same for any order of files and keys."""
        return canonical.encode(self.model_dump(mode="json"))

    @cached_property
    def sha256(self) -> str:
        """Give the hash that baselines, versions and statements name."""
        return canonical.sha256(self.text).hex()

    def type(self, name: str) -> TypeDeclaration:
        """Find a type; raises NotFound for one that is not declared."""
        try:
            return self.types[name]
        except KeyError:
            raise NotFound(name) from None
