"""What the matrix says, forward and backward, as plain data: requirement to tests and results, obligation to requirements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

from indelible.assurance.catalogue.requirement import Obligation, Requirement

One = TypeVar("One")
COVERED, LEVERAGED, EXCLUDED = "covered", "leveraged", "excluded"
FAILED, NO_TEST, THINNER, STALE, NOT_RUN = "failed", "no test", "thinner than its risk", "stale", "not run"
PROCEDURAL, OPEN = "procedural", "open"
# From what is worst to what is well: an obligation is no better than the worst of the requirements that serve it.
STATES = (FAILED, NO_TEST, THINNER, STALE, NOT_RUN, OPEN, EXCLUDED, LEVERAGED, PROCEDURAL, COVERED)
WELL = frozenset({COVERED, LEVERAGED, PROCEDURAL})


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement with what it serves, how deeply it has to be tested, and what its tests gave."""

    requirement: Requirement
    obligations: tuple[str, ...]
    risk_class: int  # 1 (worst) to 3
    priority: str
    needed: str  # the depth that its priority asks for, in words
    scripts: tuple[str, ...]  # keys
    verdicts: tuple[tuple[str, str], ...]  # key and verdict of its last attempt; "not run" where there is none
    state: str
    why: str = ""
    attempts: int = 0  # executions of its scripts in the run, repeated ones included


@dataclass(frozen=True, slots=True)
class Answer:
    """One obligation with what answers it: requirements of the product, records of the company, or neither yet."""

    obligation: Obligation
    requirements: tuple[str, ...]
    product: str  # the state of the product's part; "" where it has none
    duty: str  # "met", "not met"; "" where people have no part
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Orphan:
    """A script that nothing asks for, or a result that nobody planned."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The traceability matrix of one run, or of what was planned where there is none. `official`: the run was no trial."""

    rows: tuple[Row, ...]
    answers: tuple[Answer, ...]
    orphans: tuple[Orphan, ...]
    run: str = ""
    official: bool = False

    def counts(self) -> dict[str, int]:
        """Count requirements: total, covered (leveraged ones among them), excluded, uncovered."""
        said = Counter(row.state for row in self.rows)
        well = said[COVERED] + said[LEVERAGED]
        return {"total": len(self.rows), "covered": well, "excluded": said[EXCLUDED],
                "uncovered": len(self.rows) - well - said[EXCLUDED]}  # fmt: skip

    def gaps(self) -> list[Row]:
        """Give the requirements in scope that are not covered, the worst first."""
        left = [row for row in self.rows if row.state not in WELL and row.state != EXCLUDED]
        return sorted(left, key=lambda row: (STATES.index(row.state), row.requirement.id))

    def of(self, requirement: str) -> Row:
        """Give the row of a requirement; raises KeyError."""
        return _found(self.rows, requirement, lambda row: row.requirement.id)

    def answer(self, obligation: str) -> Answer:
        """Give what answers an obligation; raises KeyError."""
        return _found(self.answers, obligation, lambda one: one.obligation.id)

    def tested_by(self, script: str) -> list[str]:
        """Give the requirements of a script or of one of its cases: the way back."""
        keys = (script, f"{script}[")
        return [row.requirement.id for row in self.rows if any(k == script or k.startswith(keys[1]) for k in row.scripts)]

    def as_data(self) -> dict[str, Any]:
        """Give it as JSON can carry it; requirements and obligations by their ids, with fingerprints."""
        return {
            "run": self.run, "official": self.official, "counts": self.counts(),
            "requirements": [_row(row) for row in self.rows],
            "obligations": [_answer(one) for one in self.answers],
            "orphans": [asdict(one) for one in self.orphans],
        }  # fmt: skip


def _found(among: Iterable[One], name: str, named: Callable[[One], str]) -> One:
    for one in among:
        if named(one) == name:
            return one
    raise KeyError(name)


def _row(row: Row) -> dict[str, Any]:
    return {
        "id": row.requirement.id, "fingerprint": row.requirement.fingerprint, "source": row.requirement.source,
        "obligations": list(row.obligations), "risk_class": row.risk_class, "priority": row.priority, "needed": row.needed,
        "scripts": list(row.scripts), "verdicts": dict(row.verdicts), "attempts": row.attempts, "state": row.state, "why": row.why,
    }  # fmt: skip


def _answer(one: Answer) -> dict[str, Any]:
    return {
        "id": one.obligation.id, "source": one.obligation.source, "clause": one.obligation.clause, "kind": one.obligation.kind,
        "who": one.obligation.who, "requirements": list(one.requirements), "product": one.product, "duty": one.duty,
        "state": one.state, "why": one.why,
    }  # fmt: skip
