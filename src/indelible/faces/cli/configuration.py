"""Commands for the configuration: check the folder, show what runs, list and compare baselines."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, show


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    config = typer.Typer(no_args_is_help=True, help="The company's configuration.", rich_markup_mode=None)
    begin = "Example: indelible --home /srv/quality config"
    config.command("check", epilog=f"{begin} check")(answered(check))
    config.command("show", epilog=f"{begin} show --json")(answered(show_running))
    config.command("baselines", epilog=f"{begin} baselines")(answered(baselines))
    config.command("diff", epilog=f"{begin} diff 1 2")(answered(diff))
    config.command("plan", epilog=f"{begin} plan")(answered(plan))
    config.command("apply", epilog=f"{begin} apply --change CC-042")(answered(apply))
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
    from indelible.practice import lookup

    found = lookup.list_baselines()
    rows = [{"number": number, "sha256": sha256, "at": at.isoformat()} for number, sha256, at in found]
    text = "\n".join(f"{number:>4}  {sha256[:12]}  {at.isoformat()}" for number, sha256, at in found)
    show({"baselines": rows}, as_json=as_json, text=text)


def diff(context: typer.Context, first: Annotated[str, typer.Argument(help="A baseline's number.")],
         second: Annotated[str, typer.Argument(help="Another one's.")], as_json: Json = False) -> None:  # fmt: skip
    """Compare two baselines key by key."""
    session: Session = context.obj
    session.open()
    from indelible.kernel import config
    from indelible.practice import lookup

    by_number = {str(number): sha256 for number, sha256, _ in lookup.list_baselines()}
    if first not in by_number or second not in by_number:
        fail(f"There is no such baseline; there are: {', '.join(by_number)}.", WRONG_USE)
    old, new = (_flat(config.at(by_number[n]).model_dump(mode="json")) for n in (first, second))
    changes = [
        {"key": key, "before": old.get(key), "after": new.get(key)}
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    ]
    text = (
        "\n".join(f"{c['key']}: {json.dumps(c['before'])} -> {json.dumps(c['after'])}" for c in changes) or "No difference."
    )
    show({"changes": changes}, as_json=as_json, text=text)


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


def plan(as_json: Json = False) -> None:
    """Say what applying the folder would change; not in this version."""
    _later(as_json=as_json)


def apply(change: Annotated[str, typer.Option(help="The approved change record.")] = "", as_json: Json = False) -> None:
    """Apply the folder under an approved change record; not in this version."""
    _later(as_json=as_json or bool(change))


def _later(*, as_json: bool) -> NoReturn:
    del as_json  # `fail` sees it for itself
    fail("Plan and apply come with a later version; until then a new home is the way to another configuration.", WRONG_USE)


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, item in value.items() for k, v in _flat(item, f"{path}.{name}" if path else name).items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return {k: v for index, item in enumerate(value) for k, v in _flat(item, f"{path}.{index}").items()}
    return {path: value}
