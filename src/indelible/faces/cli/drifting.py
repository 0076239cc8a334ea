"""Commands for drift: compare what runs with what was approved, and accept a difference under an approved change."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from indelible.faces.cli.people import As, Stdin, authenticated
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, answered, fail, show


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    drift = typer.Typer(
        invoke_without_command=True, rich_markup_mode=None,
        help="Compare what runs with what was approved: exit 0 where nothing differs, 1 where something does.",
    )  # fmt: skip
    drift.callback(epilog="Example: indelible --home /srv/quality drift --json")(answered(check))
    drift.command("accept", epilog="Example: indelible --home /srv/quality drift accept --change CC-042 --as admin")(
        answered(accept)
    )
    app.add_typer(drift, name="drift")


def check(context: typer.Context, as_json: Json = False) -> None:
    """Compare what runs with what was approved, and do what follows: records, one incident, the mark on every page."""
    if context.invoked_subcommand is not None:
        return
    session: Session = context.obj
    session.open()
    from indelible.assurance.drift import following

    told = following.check()
    _show(told, as_json=as_json)
    if told.findings:
        raise typer.Exit(FINDING)


def accept(
    context: typer.Context,
    change: Annotated[str, typer.Option(help="The approved change that names the drift as its source.")] = "",
    reason: Annotated[str, typer.Option(help="Why, where nothing is released yet and no change is asked for.")] = "",
    acting: As = "",
    password_stdin: Stdin = False,
    as_json: Json = False,
) -> None:
    """Make what is there the approved state, as the system administrator, under a change that others approved."""
    session: Session = context.obj
    session.open()
    if not change and not reason:
        fail(
            "Give the change under which it is accepted: --change CC-042; before the first release --reason says why.",
            WRONG_USE,
        )
    if not acting:
        fail("Say who accepts: --as USER_ID.", WRONG_USE)
    from indelible.assurance.drift import following

    following.check()  # what is accepted is what is there now, not what was there some minutes ago
    ctx = authenticated(acting, via="command", stdin=password_stdin)
    accepted = following.accept(ctx, change=change, reason=reason)
    told = following.check()
    _show(told, as_json=as_json, accepted=accepted)
    if told.findings:
        raise typer.Exit(FINDING)


def _show(told: Any, *, as_json: bool, accepted: list[str] | None = None) -> None:
    data = {"state": told.state, "findings": told.findings, "incidents": told.incidents, "ended": told.ended}
    data |= {"accepted": accepted} if accepted is not None else {}
    lines = [f"Accepted: {', '.join(accepted)}."] if accepted else []
    lines += [f"Ended: {', '.join(told.ended)}."] if told.ended else []
    lines += [line for one in told.findings for line in _lines(one)]
    lines += [f"Incident opened: {', '.join(told.incidents)}."] if told.incidents else []
    show(data, as_json=as_json, text="\n".join(lines or ["Everything is as approved."]))


def _lines(one: dict[str, Any]) -> list[str]:
    return [
        f"{one.get('record') or 'NO'} {one['key']}", f"    approved {_short(one['before'])}", f"    found    {_short(one['after'])}",
        f"    where    {one['where']}", f"    since    {one['since']}; {one['who']}",
        f"    concerns {', '.join([*one['clauses'], *one['requirements']])}{'; signing is stopped' if one['stops_signing'] else ''}", f"    {one['mend']}",
    ]  # fmt: skip


def _short(text: str) -> str:
    line = text.replace("\n", " | ")
    return line if len(line) <= 160 else f"{line[:157]}..."
