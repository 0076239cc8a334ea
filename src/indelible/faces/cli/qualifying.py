"""The command that qualifies an installation: plan, IQ on what runs, OQ and PQ on a copy of it, and what is left of the run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from indelible.faces.cli.ports import Proving, Qualifying
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, say, show

EVERYTHING = "all"


def add_to(app: typer.Typer) -> None:
    """Add this command."""
    app.command("qualify", epilog="Example: indelible --home /srv/quality qualify --output /srv/validation")(
        answered(qualify)
    )


def qualify(
    context: typer.Context,
    *,
    output: Annotated[
        Path | None, typer.Option(help="The folder for runs, evidence and documents: empty, or that of earlier runs.")
    ] = None,
    only: Annotated[
        str, typer.Option(help="Ids of scripts or requirements, separated by commas; without them everything runs.")
    ] = "",
    plan: Annotated[
        bool, typer.Option("--plan", help="Only list the scripts with their expected results; none runs.")
    ] = False,
    prepare: Annotated[
        bool,
        typer.Option("--prepare", help="Only make the drafts of requirements and scripts that the ledger lacks; none runs."),
    ] = False,
    trial: Annotated[
        bool, typer.Option("--trial", help="Run although the approved protocols hold other scripts; nothing of it counts.")
    ] = False,
    delta: Annotated[
        bool,
        typer.Option(
            "--delta", help="All runs again after a change; told against the package in the folder: what people repeat."
        ),
    ] = False,
    faults: Annotated[
        str, typer.Option(help="Prove the runner instead: seed these faults into copies (ids separated by commas, or all).")
    ] = "",
    fault_seed: Annotated[
        int | None,
        typer.Option(min=0, help="Prove the runner by the one fault that this number draws; its name is told afterwards."),
    ] = None,
    mutants: Annotated[int, typer.Option(min=0, help="Prove the runner by this many mutants of the code that decides.")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Which mutants are drawn.")] = 0,
    as_json: Json = False,
) -> None:
    """Examine the installation (IQ), test a disposable copy of it (OQ, PQ), and keep the evidence; only people release."""
    session: Session = context.obj
    session.open()
    wanted = tuple(one.strip() for one in only.split(",") if one.strip())
    if plan:
        told = session.ports.plan_qualification(session.home, wanted)
        show(told, as_json=as_json, text=_planned(told))
        return
    if prepare:
        made = session.ports.prepare_qualification(session.home, say)
        show(made, as_json=as_json, text=_prepared(made))
        return
    if output is None:
        fail(
            "Say where the run, its evidence and its documents go: --output DIR; or --plan to see what would run.", WRONG_USE
        )
    if asked := _proof(Proving(output.absolute(), _ids(faults), fault_seed, mutants, seed, wanted), faults):
        told = session.ports.prove_runner(session.home, asked, say)
        show(told, as_json=as_json, text=_proved(told))
        raise typer.Exit(0 if told["ok"] else FINDING)
    if delta and wanted:
        fail("After a change every test of the machine runs again: --delta goes without --only.", WRONG_USE)
    told = session.ports.qualify(session.home, Qualifying(output.absolute(), wanted, trial, delta), say)
    show(told, as_json=as_json, text=_ran(told))
    if not told["ok"]:
        raise typer.Exit(FINDING)


def _ids(given: str) -> tuple[str, ...]:
    ids = tuple(one.strip() for one in given.split(",") if one.strip())
    return () if ids == (EVERYTHING,) else ids


def _proof(asked: Proving, faults: str) -> Proving | None:
    """Give what is to be proven, or nothing; says what does not go together."""
    chosen = bool(faults.strip()) + (asked.dice is not None) + bool(asked.mutants)
    if chosen > 1:
        fail("Prove the runner by one thing at a time: --faults, --fault-seed or --mutants.", WRONG_USE)
    if asked.only and chosen and not asked.mutants:
        fail("Each fault has its own scripts: --only goes with --mutants, or with a qualification.", WRONG_USE)
    return asked if chosen else None


def _proved(told: dict[str, Any]) -> str:
    lines = ["NOT OFFICIAL: " + why for why in told["why_not_official"]]
    for one in told["proofs"]:
        by = one["noticed"]
        seen = (
            f"{by['script']} step {by['step']}, {by['action']}: expected {by['expected']}, found {by['actual']}"
            if by
            else one["note"]
        )
        lines.append(f"{one['id']}  {one['verdict']}  {one['title']}\n    {seen}")
    lines += [f"SURVIVED {one}" for one in told.get("survivors", ())] + [
        f"RED WITHOUT A MUTANT {one}" for one in told.get("not_green", ())
    ]
    if "ratio" in told:
        lines.append(
            f"Killed {told['killed']} of {told['mutants']} mutants ({told['ratio']:.0%}), seed {told['seed']}, {told['possible']} possible"
        )
    return "\n".join(
        [
            *lines,
            f"{', '.join(f'{name}: {n}' for name, n in told['counts'].items())}; in {told['seconds']:.0f} s; {told['file']}",
        ]
    )


def _planned(told: dict[str, Any]) -> str:
    lines = [f"{key}  {title}" for key, title in told["installation"].items()]
    for one in told["scripts"]:
        case = f"[{one['case']}]" if one["case"] else ""
        lines.append(f"{one['script']}{case}  {one['title']}  ({', '.join(one['requirements']) or 'no requirement'})")
        lines += [f"    {at}. {step['action']}: {step['expected']}" for at, step in enumerate(one["steps"], 1)]
    return "\n".join([*lines, f"{len(told['installation'])} checks and {len(told['scripts'])} scripts; nothing was run."])


def _prepared(told: dict[str, Any]) -> str:
    lines = [f"{told['system']} stands for this system."]
    for name in ("requirements", "scripts"):
        made, same, differ = (told[name][part] for part in ("made", "same", "differ"))
        lines.append(f"{len(made)} {name} made as drafts, {len(same)} were there, {len(differ)} are there in another text.")
        lines += [f"ANOTHER TEXT {number}: this build ships another one; people decide" for number in differ]
    return "\n".join([*lines, "Next: the documents that hold them. See the guide, Validating."])


def _ran(told: dict[str, Any]) -> str:
    tests, needs = told["tests"], told["requirements"]
    lines = [f"{told['run']}: {told['state']}, build {told['build']}, configuration {told['configuration'][:12]}"]
    lines += [f"NOT OFFICIAL: {why}" for why in told["why_not_official"]]
    lines += [
        f"Requirements {needs['total']}: {needs['covered']} covered, {needs['excluded']} excluded, {needs['uncovered']} uncovered"
    ]
    ended = f"{tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped"
    lines += [f"Tests {tests['planned']} planned: {tests['run']} run, {ended}, in {told['seconds']:.0f} s"]
    lines += [f"FAILED {one['script']} ({', '.join(one['requirements'])}): {one['note']}" for one in told["failed"]]
    lines += [f"FOR A PERSON {one['script']} {one['title']}: {one['note']}" for one in told["manual"]]
    lines += [f"SKIPPED {one['script']}: {one['note']}" for one in told["skipped"]]
    lines += [f"NOT COVERED {one['requirement']}: {one['state']}. {one['why']}".rstrip(". ") for one in told["uncovered"]]
    lines += [f"ORPHAN {one['script']}: {one['why']}" for one in told["orphans"]]
    if since := told["delta"]:
        again = ", ".join(since["repeat"]) or "none"
        lines.append(f"Since {since['previous']}: {since['changes']} changes. People execute again "
                     f"{len(since['repeat'])} of {len(since['by_people'])} scripts: {again}")  # fmt: skip
    lines += [f"NO RESULT {key}" for key in told["missing"]]
    lines += [f"THE COPY DIFFERS {one}" for one in told["differences"]]
    lines += [f"Slowest: {one['script']} {one['seconds']:.1f} s" for one in told["slowest"]]
    return "\n".join(lines)
