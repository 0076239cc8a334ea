"""Commands for the configuration: check the folder, show what runs, list and compare baselines."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answering, fail, show


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    config = typer.Typer(no_args_is_help=True, help="The company's configuration.")
    config.command("check")(check)
    config.command("show")(show_running)
    config.command("baselines")(baselines)
    config.command("diff")(diff)
    config.command("plan")(later)
    config.command("apply", context_settings={"ignore_unknown_options": True, "allow_extra_args": True})(later)
    app.add_typer(config, name="config")


def check(context: typer.Context, as_json: Json = False) -> None:
    """Read the folder and name every fault with its place.

    Example: indelible --home /srv/quality config check
    """
    session: Session = context.obj
    session.open()
    told = session.ports.check_configuration(session.home)
    lines = "\n".join(f"{e['file']}:{e['line']}:{e['column']}: {e['path']}: {e['message']}" for e in told["errors"])
    show(told, as_json=as_json, text=lines or f"The configuration is sound: {told['sha256'][:12]}.")
    if told["errors"]:
        raise typer.Exit(FINDING)


def show_running(context: typer.Context, as_json: Json = False) -> None:
    """Show the configuration in force.

    Example: indelible --home /srv/quality config show --json
    """
    session: Session = context.obj
    session.open()
    from indelible.kernel import config
    with answering():
        running = config.current()
    types = ", ".join(sorted(running.types))
    text = f"Baseline {running.sha256[:12]} of {running.company.name}\ntypes: {types}\nroles: {', '.join(running.roles)}"
    show({"sha256": running.sha256, **running.model_dump(mode="json")}, as_json=as_json, text=text)


def baselines(context: typer.Context, as_json: Json = False) -> None:
    """List the baselines that were applied.

    Example: indelible --home /srv/quality config baselines
    """
    session: Session = context.obj
    session.open()
    from indelible.kernel import config
    with answering():
        found = config.list_baselines()
    rows = [{"number": number, "sha256": sha256, "at": at.isoformat()} for number, sha256, at in found]
    show(
        {"baselines": rows},
        as_json=as_json,
        text="\n".join(f"{r['number']:>4}  {r['sha256'][:12]}  {r['at']}" for r in rows),
    )


def diff(context: typer.Context, first: Annotated[str, typer.Argument(help="A baseline's number.")],
         second: Annotated[str, typer.Argument(help="Another one's.")], as_json: Json = False) -> None:  # fmt: skip
    """Compare two baselines key by key.

    Example: indelible --home /srv/quality config diff 1 2
    """
    session: Session = context.obj
    session.open()
    from indelible.kernel import config
    with answering():
        by_number = {str(number): sha256 for number, sha256, _ in config.list_baselines()}
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


def later() -> None:
    """Comes with a later version: changes by an approved change record. Example: indelible config plan"""
    fail("Plan and apply come with a later version; until then a new home is the way to another configuration.", WRONG_USE)


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for name, item in value.items() for k, v in _flat(item, f"{path}.{name}" if path else name).items()}
    if isinstance(value, list) and any(isinstance(item, dict) for item in value):
        return {k: v for index, item in enumerate(value) for k, v in _flat(item, f"{path}.{index}").items()}
    return {path: value}
