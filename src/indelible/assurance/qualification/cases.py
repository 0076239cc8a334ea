"""The only place that says for what a script can be repeated: the types, roles, moves and settings of the running configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from indelible.assurance.qualification.reading import Reading
from indelible.assurance.qualification.steps import Unsound


def moves(reading: Reading) -> Iterable[str]:
    """Give every declared move: type, state, verb."""
    return (f"{kind} {state} {verb}" for kind, state in _states(reading) for verb in reading.moves(kind, state))


def _states(reading: Reading) -> Iterable[tuple[str, str]]:
    return ((kind, state) for kind in reading.types for state in reading.states(kind))


def begun(reading: Reading) -> Iterable[str]:
    """Give the types of which people begin records."""
    return (kind for kind, declared in reading.types.items() if {*declared.get("create", [])} - {"system"})


def edited(reading: Reading) -> Iterable[str]:
    """Give the types whose new records people edit."""
    return (kind for kind in begun(reading) if reading.states(kind)[reading.types[kind]["initial"]].get("edit"))


def gxp(reading: Reading) -> Iterable[str]:
    """Give the types that are declared to hold regulated records."""
    return (kind for kind, declared in reading.types.items() if declared.get("gxp"))


KNOWN: dict[str, Callable[[Reading], Iterable[str]]] = {
    "types": lambda reading: reading.types,
    "begun": begun,
    "edited": edited,
    "gxp": gxp,
    "roles": lambda reading: reading.roles,
    "meanings": lambda reading: reading.meanings,
    "settings": lambda reading: reading.policies,
    "states": lambda reading: (f"{kind} {state}" for kind, state in _states(reading)),
    "moves": moves,
}


def of(name: object, reading: Reading) -> list[str]:
    """Give the cases of a kind in a stable order, or those that a script lists itself; raises Unsound for an unknown kind."""
    if isinstance(name, list | tuple):
        return [str(one) for one in name]
    if name not in KNOWN:
        raise Unsound(f"There are no cases {name!r}; there are: {', '.join(KNOWN)}.")
    return sorted(KNOWN[str(name)](reading))


def lacks(needs: Iterable[str], reading: Reading) -> str:
    """Give the first thing that a script needs and the configuration does not have; "" where all is there.

    `type`, `type.state`, `type.state.move`, `type:field`, `role:name`, `policy:name` (set, and neither zero nor empty).
    """
    return next((one for one in needs if not _has(one, reading)), "")


def _has(need: str, reading: Reading) -> bool:
    sort, _, name = need.partition(":")
    if sort in ("role", "policy"):
        return bool({"role": reading.roles, "policy": reading.policies}[sort].get(name))
    kind, *rest = sort.split(".")
    if kind not in reading.types or (name and name not in reading.fields(kind)):
        return False
    states = reading.states(kind)
    return not rest or (rest[0] in states and (len(rest) == 1 or rest[1] in (states[rest[0]].get("moves") or {})))
