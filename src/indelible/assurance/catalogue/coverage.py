"""The only place that decides whether a requirement is covered, and what that means for the obligation that asks for it.

Pure: scripts as planned, one run or none, and what was found of the company's own records come in. What is green here is released
on, so every doubt is a state of its own: missing, skipped, failed, stale and too thin are never "covered".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field

from indelible.assurance.catalogue import depth, duties
from indelible.assurance.catalogue.loading import Catalogue
from indelible.assurance.catalogue.planned import Planned
from indelible.assurance.catalogue.requirement import Requirement
from indelible.assurance.catalogue.trace import (
    COVERED,
    EXCLUDED,
    FAILED,
    LEVERAGED,
    NO_TEST,
    NOT_RUN,
    STALE,
    THINNER,
    Matrix,
    Orphan,
    Row,
)
from indelible.assurance.qualification.results import PASSED, SKIPPED, Run, ScriptResult

Records = Callable[[str], bool | None] | Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Ground:
    """What holds now and a run is compared with; what is empty is not compared.

    `settled`: keys of scripts whose failed attempts have a closed test deviation. `leveraged`: requirements for which the
    release's own evidence was reviewed and signed for. `fingerprints`: requirements as they were when the run was planned.
    """

    build_sha256: str = ""
    configuration_sha256: str = ""
    settled: Collection[str] = ()
    leveraged: Collection[str] = ()
    fingerprints: Mapping[str, str] = field(default_factory=dict)


def trace(
    catalogue: Catalogue,
    scripts: Iterable[Planned],
    run: Run | None,
    *,
    records: Records | None = None,
    ground: Ground | None = None,
) -> Matrix:
    """Give the matrix. `records` says of an obligation whether a record of the company shows it as met (None: not known)."""
    planned, ground = list(scripts), ground or Ground()
    by_requirement: dict[str, list[Planned]] = defaultdict(list)
    for script in planned:
        for name in dict.fromkeys(script.requirements):
            by_requirement[name].append(script)
    results: dict[str, list[ScriptResult]] = defaultdict(list)
    for result in run.results if run else ():
        results[result.key].append(result)
    seen = _Seen(run, results, ground, _outdated(run, ground))
    rows = tuple(_row(one, by_requirement[one.id], seen, catalogue) for one in _in_order(catalogue))
    answers = tuple(duties.answers(catalogue, {row.requirement.id: row for row in rows}, _asked(records)))
    orphans = tuple(_orphans(catalogue, planned, results))
    return Matrix(rows, answers, orphans, run.id if run else "", run.official if run else False)


@dataclass(frozen=True, slots=True)
class _Seen:
    run: Run | None
    results: Mapping[str, list[ScriptResult]]
    ground: Ground
    outdated: str

    def attempts(self, key: str) -> list[ScriptResult]:
        return sorted(self.results.get(key, ()), key=lambda one: (one.attempt, one.started))


def _in_order(catalogue: Catalogue) -> list[Requirement]:
    return sorted(catalogue.requirements.values(), key=lambda one: one.id)


def _asked(records: Records | None) -> Callable[[str], bool | None]:
    if records is None:
        return lambda _: None
    return records.get if isinstance(records, Mapping) else records


def _outdated(run: Run | None, ground: Ground) -> str:
    if run is None:
        return ""
    if ground.build_sha256 and run.build_sha256 != ground.build_sha256:
        return f"{run.id} ran on another build ({run.build})"
    if ground.configuration_sha256 and run.configuration_sha256 != ground.configuration_sha256:
        return f"{run.id} ran on another configuration (baseline {run.baseline})"
    return ""


def _row(one: Requirement, scripts: list[Planned], seen: _Seen, catalogue: Catalogue) -> Row:
    last = {script.key: seen.attempts(script.key) for script in scripts}
    state, why = _state(one, scripts, seen, catalogue)
    return Row(
        requirement=one, obligations=one.clauses, risk_class=min((risk.risk_class for risk in one.risks), default=3),
        priority=one.priority, needed=depth.needed(one.priority), scripts=tuple(last), state=state, why=why,
        verdicts=tuple((key, tries[-1].verdict if tries else NOT_RUN) for key, tries in last.items()),
        attempts=sum(map(len, last.values())),
    )  # fmt: skip


def _state(one: Requirement, scripts: list[Planned], seen: _Seen, catalogue: Catalogue) -> tuple[str, str]:
    if one.id in catalogue.excluded:
        return EXCLUDED, catalogue.excluded[one.id]
    if not scripts:
        return _without_test(one, seen.ground)
    outdated = seen.outdated or _changed(one, scripts, seen)
    found = (
        (FAILED, "" if outdated else _failed(scripts, seen)),
        (THINNER, depth.too_thin(one, scripts)),
        (NOT_RUN, "" if seen.run else "nothing has run yet"),
        (STALE, outdated),
        (NOT_RUN, _left(scripts, seen)),
    )
    return next(((state, why) for state, why in found if why), (COVERED, ""))


def _without_test(one: Requirement, ground: Ground) -> tuple[str, str]:
    if one.id not in ground.leveraged:
        return NO_TEST, "no script names it"
    kept = depth.never_leveraged(one)
    return (NO_TEST, kept) if kept else (LEVERAGED, "by the reviewed evidence of the release")


def _changed(one: Requirement, scripts: list[Planned], seen: _Seen) -> str:
    then = seen.ground.fingerprints.get(one.id)
    if then and then != one.fingerprint:
        return "its text, risk or clauses were changed since the tests were tied to it"
    for script in scripts:
        tries = seen.attempts(script.key)
        if script.fingerprint and tries and tries[-1].fingerprint != script.fingerprint:
            return f"{script.key} was changed since it ran"
    return ""


def _failed(scripts: list[Planned], seen: _Seen) -> str:
    for script in scripts:
        tries = [one for one in seen.attempts(script.key) if one.verdict != SKIPPED]
        if tries and tries[-1].verdict != PASSED:
            return f"{script.key}: {tries[-1].verdict}"
        if any(one.verdict != PASSED for one in tries) and script.key not in seen.ground.settled:
            return f"{script.key} passed after a failure that no closed test deviation explains"
    return ""


def _left(scripts: list[Planned], seen: _Seen) -> str:
    skipped = [one.key for one in scripts if (tries := seen.attempts(one.key)) and tries[-1].verdict == SKIPPED]
    missing = [one.key for one in scripts if not seen.attempts(one.key)]
    parts = [f"{word}: {', '.join(keys)}" for word, keys in (("skipped", skipped), ("not run", missing)) if keys]
    return "; ".join(parts)


def _orphans(catalogue: Catalogue, planned: list[Planned], results: Mapping[str, list[ScriptResult]]) -> Iterable[Orphan]:
    keys = [script.key for script in planned]
    for script in planned:
        if not script.requirements:
            yield Orphan(script.key, "it names no requirement")
        for name in script.requirements:
            if name not in catalogue.requirements:
                yield Orphan(script.key, f"it names {name}, which is no requirement")
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        yield Orphan(key, "two scripts have this name")
    for key in sorted({*results} - {*keys}):
        yield Orphan(key, "it was executed and is not planned")
