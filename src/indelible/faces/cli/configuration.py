"""Commands for the configuration: check the folder, plan and apply it, show what runs, list and compare baselines."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from indelible.faces.cli.people import Stdin, authenticated
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, show
from indelible.kernel.configuration import Configuration


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    config = typer.Typer(no_args_is_help=True, help="The company's configuration.", rich_markup_mode=None)
    begin = "Example: indelible --home /srv/quality config"
    config.command("check", epilog=f"{begin} check")(answered(check))
    config.command("show", epilog=f"{begin} show --json")(answered(show_running))
    config.command("baselines", epilog=f"{begin} baselines")(answered(baselines))
    config.command("diff", epilog=f"{begin} diff 1 2")(answered(diff))
    config.command("plan", epilog=f"{begin} plan")(answered(plan))
    config.command("apply", epilog=f"{begin} apply --change CC-042 --as admin")(answered(apply))
    config.command("write", epilog=f"{begin} write ./as-it-runs --baseline 3")(answered(write))
    config.command("specification", epilog=f"{begin} specification --output specification")(answered(specification))
    app.add_typer(config, name="config")


def check(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="A configuration folder; without it the home's own.")] = None,
    as_json: Json = False,
) -> None:
    """Read the folder and name every fault with its place; a folder that is named needs no home."""
    session: Session = context.obj
    session.open(must_exist=folder is None)
    told = session.ports.check_configuration(folder or session.home.configuration)
    lines = "\n".join(f"{e['file']}:{e['line']}:{e['column']}: {e['path']}: {e['message']}" for e in told["errors"])
    show(told, as_json=as_json, text=lines or f"The configuration is sound: {told['sha256'][:12]}.")
    if told["errors"]:
        raise typer.Exit(FINDING)


def show_running(context: typer.Context, as_json: Json = False) -> None:
    """Show the configuration in force."""
    session: Session = context.obj
    session.open()
    from indelible.kernel import config

    running = config.current()
    types = ", ".join(sorted(running.types))
    text = f"Baseline {running.sha256[:12]} of {running.company.name}\ntypes: {types}\nroles: {', '.join(running.roles)}"
    show({"sha256": running.sha256, **running.model_dump(mode="json")}, as_json=as_json, text=text)


def baselines(context: typer.Context, as_json: Json = False) -> None:
    """List the baselines that were applied."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.configuration import applying
    from indelible.practice import lookup

    by = {one["number"]: one for one in applying.applications()}
    rows: list[dict[str, Any]] = [
        {"number": number, "sha256": sha256, "at": at.isoformat(), "change": by.get(number, {}).get("change"),
         "plan": by.get(number, {}).get("plan")}
        for number, sha256, at in lookup.list_baselines()
    ]  # fmt: skip
    lines = [f"{row['number']:>4}  {row['sha256'][:12]}  {row['at']}  {row['change'] or 'the beginning'}" for row in rows]
    show({"baselines": rows}, as_json=as_json, text="\n".join(lines))


def diff(context: typer.Context, first: Annotated[str, typer.Argument(help="A baseline's number.")],
         second: Annotated[str, typer.Argument(help="Another one's.")], as_json: Json = False) -> None:  # fmt: skip
    """Compare two baselines key by key."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.configuration import planning
    from indelible.assurance.configuration.differing import differences

    found = differences(_baseline(first), _baseline(second))
    changes = [{"key": one.key, "before": one.before, "after": one.after} for one in found]
    lines = [f"{one.key}: {planning.told(one.before)} -> {planning.told(one.after)}" for one in found]
    show({"changes": changes}, as_json=as_json, text="\n".join(lines) or "No difference.")


def plan(
    context: typer.Context,
    folder: Annotated[Path | None, typer.Argument(help="A configuration folder; without it the home's own.")] = None,
    archive: Annotated[
        Path | None, typer.Option(help="Write the proposed files there, as one file to attach to the change record.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what applying the folder would change: every key before and after, the records touched, and the plan's hash.

    Nothing is written. What would destroy something that records rest on is refused, each with its rule and its line.
    """
    session: Session = context.obj
    session.open()
    from indelible.assurance.configuration import loader, planning, proposals

    place = folder or session.home.configuration
    try:
        proposal = proposals.of_folder(place)
    except loader.Broken as broken:
        missing = [{"text": str(one)} for one in broken.errors]
        fail(f"{place} is no configuration that could be planned; see `indelible config check`.", FINDING, missing=missing)
    found = planning.plan(proposal)
    if archive is not None and not found.refusals:
        archive.write_bytes(proposals.packed(proposal.files))
    show(found.as_data(), as_json=as_json, text=found.as_text())
    if found.refusals:
        raise typer.Exit(FINDING)


def apply(
    context: typer.Context,
    change: Annotated[str, typer.Option(help="The change record that was approved for exactly this plan.")],
    acting: Annotated[
        str, typer.Option("--as", help="The user id of the administrator; without it who the change names as applier.")
    ] = "",
    password_stdin: Stdin = False,
    as_json: Json = False,
) -> None:
    """Apply what an approved change proposes: the next baseline, at once, for every process; all of it or nothing."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.configuration import applying, planning
    from indelible.kernel import acts, reactions, records

    record = records.find(change)
    applying.may_be_applied(record)
    who = acting or applying.applier_of(record)
    ctx = authenticated(who, via="command", stdin=password_stdin)
    outcome = acts.run(ctx, f"{applying.CHANGE}.apply", record.pk, seen=record.position)
    reactions.run_pending()
    base = planning.in_force()
    told = {"number": base.number, "sha256": base.configuration.sha256, "change": outcome.number, "event": outcome.leaf}
    show(
        told,
        as_json=as_json,
        text=f"Baseline {base.number} ({base.configuration.sha256[:12]}) is in force, by {outcome.number}.",
    )


def write(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or an empty one.")],
    baseline: Annotated[str, typer.Option(help="A baseline's number; without it the one in force.")] = "",
    as_json: Json = False,
) -> None:
    """Write a baseline as files: as they were attached where a change brought them, else without comments."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.configuration import applying, planning

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        fail(f"{folder} is not empty; name a folder that is not there yet.", WRONG_USE)
    number = int(baseline) if baseline.isdigit() else planning.in_force().number
    configuration = _baseline(baseline or str(number))
    files = applying.files_of(number)
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    told = {"folder": str(folder), "sha256": configuration.sha256, "files": sorted(files)}
    show(told, as_json=as_json, text=f"{len(files)} files of baseline {number} ({configuration.sha256[:12]}) in {folder}")


def _baseline(number: str) -> Configuration:
    from indelible.kernel import config
    from indelible.practice import lookup

    by_number = {str(number): sha256 for number, sha256, _ in lookup.list_baselines()}
    if number not in by_number:
        fail(f"There is no such baseline; there are: {', '.join(by_number)}.", WRONG_USE)
    return config.at(by_number[number])


def specification(
    context: typer.Context,
    output: Annotated[Path, typer.Option("--output", help="A folder, made where there is none.")],
    as_json: Json = False,
) -> None:
    """Write the Configuration Specification of what runs: Markdown with drawings of the lifecycles, PDF and JSON."""
    session: Session = context.obj
    session.open()
    from indelible.assurance.specification import content, writing

    told = content.gather()
    written = writing.write(told, output)
    show(
        {"output": str(output), "files": written, **told.about},
        as_json=as_json,
        text=f"Written into {output}: {len(written)} files.",
    )
