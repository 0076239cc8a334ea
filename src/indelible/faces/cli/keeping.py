"""Commands that examine an installation: verify, rebuild, doctor."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from indelible.faces.cli.session import FINDING, Json, Session, answering, say, show


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("verify")(verify)
    app.command("rebuild")(rebuild)
    app.command("doctor")(doctor)


def verify(context: typer.Context, as_json: Json = False) -> None:
    """Re-read everything and name what is not as it was recorded.

    Example: indelible --home /srv/quality verify --json
    """
    session: Session = context.obj
    session.open()
    from indelible.assurance import verify as verifying
    with answering():
        report = verifying.verify(progress=_progress)
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    lines = [f"  {finding.message}" for finding in report.findings]
    head = f"Everything is as it was recorded: {counts}." if report.ok else f"{len(lines)} findings in {counts}:"
    show(asdict(report), as_json=as_json, text="\n".join([head, *lines]))
    if not report.ok:
        raise typer.Exit(FINDING)


def _progress(what: str, done: int) -> None:
    say(f"  {what} {done:,}" if done else f"  {what}")


def rebuild(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Mend the rows that differ.")] = False,
    as_json: Json = False,
) -> None:
    """Build the projections anew from the truth, compare them, and with --apply mend what differs.

    Example: indelible --home /srv/quality rebuild
    """
    session: Session = context.obj
    session.open()
    from indelible.assurance import rebuild as rebuilding
    with answering():
        result = rebuilding.rebuild(apply=apply)
    counts = ", ".join(f"{number} {name}" for name, number in result.counts.items())
    show(
        asdict(result), as_json=as_json, text=f"{counts}; {len(result.differences)} differences{', mended' if apply else ''}"
    )
    if result.differences and not apply:
        raise typer.Exit(FINDING)


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Say what is at fault and how to mend it.

    Example: indelible --home /srv/quality doctor
    """
    session: Session = context.obj
    session.open(must_exist=False)
    from indelible.assurance import doctor as examining
    with answering():
        checks = examining.examine()
    lines = [f"{'ok ' if c.ok else 'NO '} {c.name}: {c.found}" + ("" if c.ok else f"\n    {c.mend}") for c in checks]
    show({"checks": [asdict(check) for check in checks]}, as_json=as_json, text="\n".join(lines))
    if not all(check.ok for check in checks):
        raise typer.Exit(FINDING)
