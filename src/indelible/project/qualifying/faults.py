"""Proves the runner: seeds one fault after the other into a copy of the product and sees that the scripts of its requirement fail.

Without a fault each of these scripts has to pass, on a copy of the same kind: a test that is red anyway notices nothing. What it
leaves is the record of the tool's adequacy (Annex 11, 4.7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from django.db import connection

from indelible.assurance.qualification import adequacy, faulting, planning
from indelible.assurance.qualification.adequacy import CAUGHT, ELSEWHERE, MISSED, NOT_GREEN, NOT_MADE, Noticed, Proof
from indelible.assurance.qualification.faulting import Fault
from indelible.assurance.qualification.planning import Plan
from indelible.assurance.qualification.results import FAILED, Run, ScriptResult
from indelible.infra import build, clock
from indelible.infra.home import Home
from indelible.kernel import config
from indelible.kernel.errors import Invalid, Missing, Refused, Unavailable
from indelible.project.qualifying import comparing, seeding
from indelible.project.qualifying.seeding import POSTGRES, Asked, Bench

Say = Callable[[str], None]
Results = tuple[ScriptResult, ...]
RULE = "SHA-256 of the decimal digits of the number, read as a whole number, modulo the faults in the order of their ids"
MOST = 5


def prove(place: Home, output: Path, ids: Sequence[str], say: Say, file: Path = faulting.FOLDER) -> dict[str, Any]:
    """Seed the faults named, or all; gives the record. Raises Refused, Invalid or Unavailable before anything was seeded."""
    faults = _chosen(_loaded(file), ids)
    with seeding.endable(), seeding.ready(place, output, say, lambda plan: fit(faults, plan)) as bench:
        green = _healthy(bench, faults)
        proofs = []
        for at, fault in enumerate(faults, 1):
            proofs.append(proof := _proved(bench, fault, green))
            say(f"{at}/{len(faults)} {_line(proof)}")
        return recorded(bench, proofs, {})


def draw(place: Home, output: Path, number: int, say: Say, file: Path = faulting.FOLDER) -> dict[str, Any]:
    """Seed the one fault that the company's number draws; which one it was is told when its run has ended."""
    faults = [one for one in _loaded(file) if _is_one_here(one)]
    with seeding.endable(), seeding.ready(place, output, say, lambda plan: fit(faults, plan)) as bench:
        fault = faulting.drawn(faults, number)
        say(f"One of {len(faults)} faults is drawn; its name is told after the run")
        proof = _proved(bench, fault, _healthy(bench, [fault], quiet=True))
        say(_line(proof))
        return recorded(bench, [proof], {"drawn_by": number, "rule": RULE, "faults": [one.id for one in faults]})


def fit(faults: Iterable[Fault], plan: Plan) -> None:
    """Check faults against package, plan and catalogue; raises Refused with all that does not fit."""
    try:
        faulting.check(faults, plan.scripts, faulting.requirements(), [one["left_out"] for one in plan.left_out])
    except faulting.Broken as broken:
        raise _unusable(broken) from None


def recorded(bench: Bench, proofs: list[Proof], also: dict[str, Any]) -> dict[str, Any]:
    """Write the record of a proof and give it; `ok` only where every fault that is one here was noticed."""
    counts = adequacy.counts(proofs)
    record = {
        "id": f"ADQ-{clock.real():%Y%m%dT%H%M%SZ}", "official": False, "why_not_official": [seeding.SEEDED],
        "clause": "Annex 11, 4.7: adequacy of automated testing tools", "ended": clock.iso(clock.real()), "seconds": bench.seconds(),
        "build": build.identity().name, "build_sha256": build.identity().package, "configuration": config.current().sha256,
        "engine": connection.vendor, "tool": planning.tools(), "counts": counts, **also, "proofs": adequacy.told(proofs),
        "ok": bool(proofs) and not any(counts[one] for one in adequacy.FINDINGS),
    }  # fmt: skip
    return record | {"file": str(adequacy.write(record, bench.output))}


def _loaded(file: Path) -> list[Fault]:
    try:
        return faulting.load(file)
    except faulting.Broken as broken:
        raise _unusable(broken) from None


def _unusable(broken: faulting.Broken) -> Refused:
    return Refused(rule="faults_are_sound", text=f"The faults cannot be seeded: {broken.errors[0]}",
                   missing=tuple(Missing(one) for one in broken.errors), do="Mend the list of faults.")  # fmt: skip


def _chosen(faults: list[Fault], ids: Sequence[str]) -> list[Fault]:
    known = {one.id: one for one in faults}
    if unknown := [one for one in ids if one not in known]:
        raise Invalid(rule="input", text=f"There is no fault {', '.join(unknown)}.",
                      missing=(Missing(f"One of: {', '.join(known)}; or all.", field="faults"),))  # fmt: skip
    return [known[one] for one in dict.fromkeys(ids)] if ids else faults


def _is_one_here(fault: Fault) -> bool:
    return fault.engine != POSTGRES or connection.vendor == POSTGRES


def _healthy(bench: Bench, faults: list[Fault], *, quiet: bool = False) -> dict[str, Results]:
    """Run the scripts of all these faults once on the product as it is, by the kind of database of their copies."""
    found: dict[str, Results] = {}
    for engine in ("", POSTGRES):
        mine = [one for one in faults if _is_one_here(one) and (one.engine == POSTGRES) == (engine == POSTGRES)]
        wanted = {script.key: script for fault in mine for script in fault.slice(bench.scripts)}
        if wanted:
            bench.say("Their scripts on the product as it is" if not quiet else "Its scripts on the product as it is")
            found[engine] = bench.run(Asked([*wanted.values()], engine=engine, quiet=quiet)).results
    return found


def _proved(bench: Bench, fault: Fault, green: dict[str, Results]) -> Proof:
    scripts = fault.slice(bench.scripts)
    keys = tuple(one.key for one in scripts)
    if not _is_one_here(fault):
        return _proof(fault, keys, ELSEWHERE, f"it is one on {fault.engine} only")
    if not scripts:
        return _proof(fault, keys, ELSEWHERE, "its scripts are about something that this configuration does not have")
    if red := adequacy.red(green.get(POSTGRES if fault.engine == POSTGRES else "", ()), keys):
        return _proof(fault, keys, NOT_GREEN, "; ".join(red))
    try:
        run = bench.run(Asked(scripts, fault, (FAILED,), fault.founding, fault.engine, quiet=True))
    except (Refused, Unavailable) as why:
        return _proof(fault, keys, NOT_MADE, str(why))
    if differing := comparing.unexplained(run.compared):
        return _proof(fault, keys, NOT_MADE, f"the copy differs otherwise: {'; '.join(differing)}", run)
    seen = adequacy.noticed(run, tuple(one.script for one in scripts))
    return _proof(fault, keys, CAUGHT if seen else MISSED, "" if seen else _instead(run), run, seen)


def _instead(run: Run) -> str:
    """Say what the scripts gave where none of them failed."""
    told = [f"{one.key} {one.verdict}{f': {one.note}' if one.note else ''}" for one in run.results]
    return "; ".join([*told[:MOST], *([f"and {len(told) - MOST} more"] if len(told) > MOST else [])])


def _proof(
    fault: Fault, keys: tuple[str, ...], verdict: str, note: str, run: Run | None = None, seen: Noticed | None = None
) -> Proof:
    text = (build.PACKAGE / fault.file).read_text("utf-8")
    line = text.count("\n", 0, text.find(fault.find)) + 1
    return Proof(
        fault.id, fault.title, fault.area, fault.file, line, fault.find, fault.replace, fault.requirement, verdict, keys, seen,
        run.build_sha256 if run else "", run.id if run else "", run.seconds if run else 0.0, note,
    )  # fmt: skip


def _line(proof: Proof) -> str:
    told = f"{proof.id} ({proof.title}, {proof.requirement}): {proof.verdict}"
    if proof.noticed is None:
        return f"{told}: {proof.note}"
    one = proof.noticed
    return f"{told} by {one.script}, step {one.step} {one.action}: expected {one.expected!r}, found {one.actual!r} ({proof.seconds:.0f} s)"
