"""Commands that examine an installation: verify, rebuild, doctor."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, alarmed, answered, fail, say, show

CHAIN_READ = "The events are as they were recorded; versions, signatures, other rows and files were not read"


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command("verify", epilog="Example: indelible --home /srv/quality verify --json")(answered(verify))
    app.command("rebuild", epilog="Example: indelible --home /srv/quality rebuild")(answered(rebuild))
    app.command("doctor", epilog="Example: indelible --home /srv/quality doctor")(answered(doctor))


def verify(
    context: typer.Context,
    chain: Annotated[bool, typer.Option("--chain", help="Only the events, quickly: hashes, links, order, heads.")] = False,
    as_json: Json = False,
) -> None:
    """Re-read everything and name what is not as it was recorded; what is found opens an incident, once."""
    session: Session = context.obj
    session.open()
    from indelible.assurance import verify as verifying
    from indelible.assurance import watching

    report = (verifying.verify_chain if chain else verifying.verify)(progress=_progress)
    counts = ", ".join(f"{number} {name}" for name, number in report.counts.items())
    lines = [f"  {finding.message}" for finding in report.findings]
    good = CHAIN_READ if chain else "Everything is as it was recorded"
    head = f"{good}: {counts}." if report.ok else f"{len(lines)} findings in {counts}:"
    opened = alarmed(watching.verified(report))
    show(asdict(report) | {"incidents": opened}, as_json=as_json, text="\n".join([head, *lines]))
    if not report.ok:
        raise typer.Exit(FINDING)


def _progress(what: str, done: int) -> None:
    say(f"  {what} {done:,}" if done else f"  {what}")


def rebuild(
    context: typer.Context,
    apply: Annotated[bool, typer.Option("--apply", help="Mend the rows that differ.")] = False,
    as_json: Json = False,
) -> None:
    """Build the projections anew from the truth, compare them, and with --apply mend what differs."""
    session: Session = context.obj
    session.open()
    from indelible.assurance import rebuild as rebuilding

    result = rebuilding.rebuild(apply=apply)
    counts = ", ".join(f"{number} {name}" for name, number in result.counts.items())
    show(
        asdict(result), as_json=as_json, text=f"{counts}; {len(result.differences)} differences{', mended' if apply else ''}"
    )
    if result.differences and not apply:
        raise typer.Exit(FINDING)


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Say what is at fault and how to mend it."""
    session: Session = context.obj
    if not session.home.path.is_dir():
        fail(f"{session.home.path} is no folder; there is nothing to examine.", WRONG_USE)
    session.open(must_exist=False)
    from indelible.assurance import doctor as examining

    checks = examining.examine()
    lines = [f"{'ok ' if c.ok else 'NO '} {c.name}: {c.found}" + ("" if c.ok else f"\n    {c.mend}") for c in checks]
    show({"checks": [asdict(check) for check in checks]}, as_json=as_json, text="\n".join(lines))
    if not all(check.ok for check in checks):
        raise typer.Exit(FINDING)
