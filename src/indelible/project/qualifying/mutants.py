"""Proves the runner by mutants: small wrong things at places that a seed draws, each to be noticed by the scripts of five areas."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from indelible.assurance.qualification import adequacy, mutating
from indelible.assurance.qualification.adequacy import CAUGHT, MISSED, Noticed, Proof
from indelible.assurance.qualification.mutating import Mutant
from indelible.assurance.qualification.planning import Plan, Script
from indelible.assurance.qualification.results import ERROR, FAILED, PASSED, SKIPPED, Run
from indelible.infra import build
from indelible.infra.home import Home
from indelible.kernel.errors import Invalid, Missing, Refused, Unavailable
from indelible.project.qualifying import faults, seeding
from indelible.project.qualifying.seeding import Asked, Bench

Say = Callable[[str], None]
STILLBORN = "the product with it makes no copy, or does not serve one"


def kill(place: Home, output: Path, count: int, seed: int, say: Say, only: Collection[str] = ()) -> dict[str, Any]:
    """Draw mutants by a seed and see which of them the scripts notice; gives the record with its kill ratio and the survivors.

    Raises Refused, Invalid or Unavailable before anything was seeded. A survivor is no finding by itself: some mutants change
    nothing that anybody could see. They are listed, so that somebody reads them. `only` names the scripts (or requirements) that judge,
    instead of all of the five areas.
    """
    with seeding.endable(), seeding.ready(place, output, say, lambda plan: _some(plan, only)) as bench:
        scripts = [one for one in bench.scripts if _is_asked(one, only)]
        say(f"{len(scripts)} scripts on the product as it is")
        results = bench.run(Asked(scripts)).results
        green = {one.key for one in results if one.verdict == PASSED}
        red = sorted(one.key for one in results if one.verdict not in (PASSED, SKIPPED))
        judges = [one for one in scripts if one.key in green]
        proofs = []
        for at, mutant in enumerate(mutating.drawn(count, seed), 1):
            proofs.append(proof := _judged(bench, mutant, judges))
            say(f"{at}/{count} {_line(proof)}")
        return faults.recorded(bench, proofs, _ratio(proofs, seed) | {"not_green": red, "scripts": sorted(green)}) | {
            "ok": not red and bool(green)
        }


def _some(plan: Plan, only: Collection[str]) -> None:
    if not any(_is_asked(one, only) for one in plan.scripts):
        raise Invalid(rule="input", text=f"No script has an id or a requirement of these: {', '.join(only)}.",
                      missing=(Missing("Ids of scripts or requirements: indelible qualify --plan lists them.", field="only"),))  # fmt: skip


def _is_asked(script: Script, only: Collection[str]) -> bool:
    if only:
        return bool({script.script, script.key, *script.requirements} & {*only})
    return any(one.split("-")[1] in mutating.AREAS for one in script.requirements if one.count("-") > 1)


def _judged(bench: Bench, mutant: Mutant, judges: list[Script]) -> Proof:
    try:
        run = bench.run(Asked(judges, mutant, (FAILED, ERROR), quiet=True))
    except (Refused, Unavailable) as why:
        return _proof(mutant, CAUGHT, f"{STILLBORN}: {why}")
    seen = adequacy.noticed(run, verdicts=(FAILED, ERROR))
    return _proof(mutant, CAUGHT if seen else MISSED, "", run, seen)


def _proof(mutant: Mutant, verdict: str, note: str, run: Run | None = None, seen: Noticed | None = None) -> Proof:
    return Proof(
        mutant.id, mutant.title, mutant.kind, mutant.file, mutant.line, mutant.was, mutant.now, "", verdict, (), seen,
        run.build_sha256 if run else "", run.id if run else "", run.seconds if run else 0.0, note,
    )  # fmt: skip


def _ratio(proofs: list[Proof], seed: int) -> dict[str, Any]:
    killed = sum(1 for one in proofs if one.verdict == CAUGHT)
    return {
        "seed": seed, "possible": sum(1 for file in mutating.FILES for _ in mutating.possible(file, (build.PACKAGE / file).read_text("utf-8"))),
        "killed": killed, "mutants": len(proofs), "ratio": round(killed / len(proofs), 3) if proofs else 0.0,
        "survivors": [one.title for one in proofs if one.verdict == MISSED],
    }  # fmt: skip


def _line(proof: Proof) -> str:
    if proof.verdict == MISSED:
        return f"SURVIVED {proof.title}"
    by = f"{proof.noticed.script}, step {proof.noticed.step}" if proof.noticed else proof.note.splitlines()[0][:160]
    return f"killed {proof.title}: {by} ({proof.seconds:.0f} s)"
