"""What a company makes of the shipped catalogue: requirements of its own, exclusions with their reason, risks rated anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from indelible.assurance.catalogue import judging
from indelible.assurance.catalogue.loading import Broken, Catalogue, Problem
from indelible.assurance.catalogue.requirement import Requirement, Risk
from indelible.assurance.configuration import folder

OWN = "own"


@dataclass(frozen=True, slots=True)
class Rating:
    """Risks of a requirement as the company rates them, with its rationale."""

    risks: tuple[Risk, ...]
    because: str
    below_high: str = ""  # why a function that touches records, signatures or access is below high now


def with_own(
    catalogue: Catalogue, own: Iterable[Requirement], excluded: Mapping[str, str], rated: Mapping[str, Rating]
) -> Catalogue:
    """Give the catalogue of a company; raises Broken with every fault. Shipped requirements keep their words, whatever is rated.

    `excluded` and `rated` go by the ids of requirements, shipped or own; a reason has to say something.
    """
    problems = list[Problem]()
    requirements = dict(catalogue.requirements)
    for one in own:
        problems += _judged(one, catalogue, requirements)
        requirements.setdefault(one.id, replace(one, source=OWN))
    for name, why in excluded.items():
        problems += _reasoned(name, why, "excluded", requirements)
    for name, rating in rated.items():
        problems += (found := _reasoned(name, rating.because, "rated", requirements))
        if not found:
            requirements[name] = replace(requirements[name], risks=rating.risks, below_high=rating.below_high)
            others = {other for other in requirements if other != name}
            problems += _judged(requirements[name], catalogue, others)
    if problems:
        raise Broken(problems)
    rationales = {name: rating.because for name, rating in rated.items()}
    return Catalogue(
        catalogue.obligations,
        requirements,
        catalogue.excluded | dict(excluded),
        catalogue.rated | rationales,
        catalogue.drafts,
    )


def _judged(one: Requirement, catalogue: Catalogue, others: Iterable[str]) -> list[Problem]:
    known = judging.Known(
        types={*folder.shipped_types(), *one.types}
    )  # a company's own types are judged where they are declared
    faults = known.of_requirement(one, catalogue.obligations, frozenset(others))
    return [_problem(one, ".".join(str(step) for step in fault.steps), fault.message) for fault in faults]


def _problem(one: Requirement, key: str, message: str) -> Problem:
    return Problem(one.place or one.id, 1, 1, f"{one.id}.{key}", message)


def _reasoned(name: str, why: str, what: str, known: Mapping[str, Requirement]) -> list[Problem]:
    if name not in known:
        return [Problem(what, 1, 1, name, f"No requirement is called {name!r}.")]
    if len(why.split()) < 3:
        return [Problem(what, 1, 1, name, "Say why in a sentence: it is printed and signed.")]
    return []
