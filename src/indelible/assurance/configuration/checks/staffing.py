"""Who is left to sign: for every signing step, how many people remain after all separations (D34)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from indelible.assurance.configuration.checks.invariants import SEPARATING
from indelible.kernel.configuration import Configuration
from indelible.kernel.types import Move, SignatureNeed, TypeDeclaration


@dataclass(frozen=True, slots=True)
class Shortage:
    """A step that too few people can sign: an error where it can stand still, else a warning."""

    type: str
    state: str
    move: str
    meaning: str
    roles: tuple[str, ...]
    left: int
    needed: int

    @property
    def error(self) -> bool:
        """Say whether the step cannot be signed at all when the author is one of the holders."""
        return self.left < self.needed

    def __str__(self) -> str:
        remain = "nobody is" if self.left <= 0 else "1 person is" if self.left == 1 else f"{self.left} people are"
        return (
            f"{'error' if self.error else 'warning'}: {self.type}.{self.move} from {self.state}: {remain} left to sign "
            f"{self.meaning} as {' or '.join(self.roles)}, {self.needed} needed; give the role to another person."
        )


def warnings(
    configuration: Configuration, holders: Mapping[str, int], *, separating: Collection[str] = SEPARATING
) -> list[Shortage]:
    """Give every signing step with fewer than two people to spare; `holders` says how many hold each role.

    Steps that a relation signs (the owner, named reviewers) are not counted: the record says who they are.
    """
    found = []
    for name, declaration in sorted(configuration.types.items()):
        for state in declaration.order:
            for verb, move in sorted(declaration.lifecycle[state].moves.items()):
                for need, roles, left in _steps(configuration, declaration, move, holders, separating):
                    count = need.count if isinstance(need.count, int) else 1
                    if left < count + 1:
                        found.append(Shortage(name, state, verb, need.meaning, roles, left, count))
    return found


def _steps(
    configuration: Configuration,
    declaration: TypeDeclaration,
    move: Move,
    holders: Mapping[str, int],
    separating: Collection[str],
) -> Iterator[tuple[SignatureNeed, tuple[str, ...], int]]:
    asked = {*move.requires, *declaration.lifecycle[move.to].requires}
    for need in move.signs:
        roles = tuple(name for name in need.by if name in configuration.roles)
        if len(roles) < len(need.by) or any(configuration.roles[name].everybody for name in roles):
            continue
        left = sum(holders.get(name, 0) for name in roles)
        if asked & set(separating) and any(_may_write(configuration, declaration, name) for name in roles):
            left -= 1
        yield need, roles, left - _taken(move, need)


def _taken(move: Move, need: SignatureNeed) -> int:
    # Nobody signs twice in one step, so those who must give its other signatures from the same roles are gone.
    others = (other for other in move.signs if other is not need and set(other.by) <= set(need.by) and not other.when)
    return sum(other.count for other in others if isinstance(other.count, int))


def _may_write(configuration: Configuration, declaration: TypeDeclaration, role: str) -> bool:
    """Say whether a holder of this role can be the author or an editor of such a record."""
    writers = {*declaration.create, *(name for state in declaration.lifecycle.values() for name in state.edit)}
    return any(name != "system" and not _exclude(configuration, name, role) for name in writers)


def _exclude(configuration: Configuration, one: str, other: str) -> bool:
    roles = configuration.roles
    if one not in roles:
        return False
    return other in roles[one].never_with or one in roles[other].never_with
