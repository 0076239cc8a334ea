"""The only place that says what a script is before it runs, as far as the matrix asks: plain data, whoever collects it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from indelible.assurance.qualification.results import SITE


@dataclass(frozen=True, slots=True)
class Planned:
    """One script with one case, as it was collected against a configuration."""

    key: str  # OQ-SIG-004 or OQ-SIG-004[document]: as ScriptResult.key
    script: str  # OQ-SIG-004
    case: str  # "" or what it is run for
    requirements: tuple[str, ...]
    level: str  # IQ, OQ, PQ
    negative: bool = False  # holds at least one step that must be refused, or a fault
    second_eyes: bool = True  # takes its actual result by a path that imports nothing of the product
    origin: str = SITE  # RELEASE, SITE, PERSON of assurance.qualification.results
    fingerprint: str = ""  # SHA-256 (hex) of the script as planned; "" where nobody compares it
    scripted: bool = True  # its steps and expectations were written before; an exploratory session is not


class Told(Protocol):
    """What a planned script says of itself, as `assurance.qualification.planning.Script` does."""

    @property
    def key(self) -> str: ...
    @property
    def script(self) -> str: ...
    @property
    def case(self) -> str: ...
    @property
    def requirements(self) -> tuple[str, ...]: ...
    @property
    def level(self) -> str: ...
    @property
    def negative(self) -> bool: ...
    @property
    def fingerprint(self) -> str: ...


def of(one: Told, *, origin: str = SITE, second_eyes: bool = True) -> Planned:
    """Give the plan of one script as the matrix asks for it: machine scripts are written before and take results past the product."""
    return Planned(
        one.key, one.script, one.case, one.requirements, one.level, one.negative, second_eyes, origin, one.fingerprint
    )
