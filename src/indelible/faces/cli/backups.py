"""Commands that keep an installation against loss: a backup, its proof, a home from one; and the continuity set."""

from __future__ import annotations

import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from indelible.faces.cli.ports import Restoring
from indelible.faces.cli.session import FINDING, WRONG_USE, Json, Session, alarmed, answered, fail, first_line, say, show

LEAST_REASON, SHOWN = 10, 20
Backup = Annotated[Path, typer.Argument(help="The backup's file.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    backup = typer.Typer(no_args_is_help=True, help="Backups: one file each.", rich_markup_mode=None)
    backup.command("create", epilog="Example: indelible --home /srv/quality backup create /backups")(answered(create))
    backup.command("verify", epilog="Example: indelible --home /srv/quality backup verify /backups/monday.tar")(
        answered(verify)
    )
    backup.command("rehearse", epilog="Example: indelible --home /srv/quality backup rehearse /copies/monday.tar")(
        answered(rehearse)
    )
    app.add_typer(backup, name="backup")
    app.command("drill", epilog="Example: indelible --home /srv/quality drill --backup /copies/monday.tar")(answered(drill))
    app.command("restore", epilog="Example: indelible --home /srv/quality restore /backups/monday.tar --to /srv/again")(
        answered(restore)
    )
    app.command("continuity", epilog="Example: indelible --home /srv/quality continuity")(answered(continuity))


def continuity(context: typer.Context, as_json: Json = False) -> None:
    """Write what is in force into a dated, read-only folder, for hours without the system; the server does it each night."""
    session: Session = context.obj
    session.open()
    from indelible.assurance import continuity as keeping

    made = keeping.make(lambda number: say(f"  {number}"))
    text = f"{made.documents} documents with {made.files} files ({made.bytes:,} bytes) in {made.path}"
    show({"ok": True, **asdict(made)}, as_json=as_json, text=text)


def create(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="The file to be made, or a folder in which it gets a name with its time.")],
    as_json: Json = False,
) -> None:
    """Put database, files, configuration and keys of one moment into one file, while people go on writing.

    The file holds the keys of the installation: it is readable by its owner only, and belongs onto an encrypted medium.
    """
    session: Session = context.obj
    session.open()
    from indelible.assurance import backup, watching
    from indelible.infra import archive
    from indelible.kernel.errors import Refused

    try:
        made = backup.create(path, say)
    except (Refused, OSError) as problem:
        if not isinstance(problem, Refused) or problem.rule == "backup_is_whole":  # and not: the file is there already
            alarmed([watching.failed_backup(first_line(problem))])
        raise
    noted = backup.note(made)
    told = {"ok": True, **archive.told(made), "noted": noted}
    show(told, as_json=as_json, text=_words(told, "Backup"))


def verify(
    context: typer.Context,
    path: Backup,
    keep: Annotated[
        Path | None, typer.Option(help="Leave what was restored in this folder, empty or not there yet. It is no home.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Prove a backup: every byte is as written, and what a restore into scratch gives verifies; no home is needed."""
    session: Session = context.obj
    told = session.ports.check_backup(path, say, keep)
    show(told, as_json=as_json, text=_words(told, "Whole, and a restore into scratch verifies:"))


def rehearse(context: typer.Context, path: Backup, as_json: Json = False) -> None:
    """Prove that this home could be had again from a backup of it, and note in its trail that this was tested, and how long it took."""
    session: Session = context.obj
    session.open()
    from indelible.assurance import backup
    from indelible.infra import clock

    began = clock.real()
    told = _rehearsed(session, path)
    seconds = (clock.real() - began).total_seconds()
    told |= {"seconds": round(seconds), "noted": backup.note_test(told, seconds)}
    noted = "It is noted in the trail." if told["noted"] else "This configuration knows no such note."
    show(
        told,
        as_json=as_json,
        text=f"{_words(told, 'Restored into scratch and verified:')}\nIt took {seconds:.0f} seconds. {noted}",
    )


def drill(
    context: typer.Context,
    backup: Annotated[
        Path | None, typer.Option(help="The backup's file; without it the newest of INDELIBLE_BACKUPS.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Restore a backup into scratch, compare every record, version, signature and file with this home, and file the figures.

    The record that it fills is for people to verify and approve. A difference ends with 1 and opens an incident.
    """
    session: Session = context.obj
    session.open()
    from indelible.assurance import backup as backups
    from indelible.assurance import drilling, watching
    from indelible.infra import clock

    path, began = backup or drilling.newest(), clock.real()
    with tempfile.TemporaryDirectory(prefix="indelible-drill-") as scratch:
        told = _rehearsed(session, path, Path(scratch))
        say("Comparing every record, version, signature and file")
        found = drilling.compare(Path(scratch))
    found.seconds = (clock.real() - began).total_seconds()
    number = drilling.file(found, told)
    if found.ok:
        backups.note_test(told, found.seconds)
    else:
        alarmed(
            [watching.differing_restore(path.name, [f"{one.record}, {one.field}: {one.text}" for one in found.differences])]
        )
    told |= {**found.told(), "filed": number}
    show(told, as_json=as_json, text=_drilled(told))
    if not found.ok:
        raise typer.Exit(FINDING)


def _rehearsed(session: Session, path: Path, keep: Path | None = None) -> dict[str, Any]:
    """Restore a backup of this home into scratch; what cannot be restored is an incident."""
    from indelible.assurance import backup, watching
    from indelible.kernel.errors import Refused

    try:
        return session.ports.rehearse_backup(path, backup.ledger(), say, keep)
    except Refused as problem:
        if problem.rule == "backup_is_whole":
            alarmed([watching.failed_restore_test(first_line(problem))])
        raise


def restore(
    context: typer.Context,
    path: Backup,
    *,
    to: Annotated[Path, typer.Option("--to", help="The new home's folder; empty, or not there yet.")],
    postgres: Annotated[
        str, typer.Option(help="An empty PostgreSQL database, as its owner.", envvar="INDELIBLE_OWNER_URL", show_envvar=True)
    ] = "",
    last_position: Annotated[
        int | None, typer.Option(help="The last position that is known to have been given; what is lost is counted from it.")
    ] = None,
    accept_sqlite: Annotated[str, typer.Option(help="Why a production home of PostgreSQL may go on in SQLite.")] = "",
    as_json: Json = False,
) -> None:
    """Make a home from a backup. Everything is proven before the target is touched; a failed restore leaves nothing."""
    session: Session = context.obj
    if accept_sqlite and len(accept_sqlite.strip()) < LEAST_REASON:
        fail("Give the reason why SQLite is accepted in a sentence.", WRONG_USE)
    os.environ.pop("INDELIBLE_OWNER_URL", None)  # handed on by word, and to no other process
    told = session.ports.restore(Restoring(path, to, postgres, accept_sqlite, last_position), say)
    lost = told["lost"]
    gone = f"Positions {lost['from']} to {lost['to']} are lost." if lost else "No later position is known to be lost."
    show(told, as_json=as_json, text=f"{_words(told, f'Restored into {to} from')}\n{gone}")
    if not told["ok"]:
        raise typer.Exit(FINDING)


def _drilled(told: dict[str, Any]) -> str:
    compared = ", ".join(f"{count:,} {name}" for name, count in told["compared"].items())
    lines = [f"{one['record']}, {one['field']}: {one['text']}" for one in told["differences"][:SHOWN]]
    found = f"{len(told['differences'])} differences" if lines else "Everything is here as it was backed up"
    filed = (
        f"Filed as {told['filed']}, to be verified and approved." if told["filed"] else "This configuration files no drills."
    )
    return "\n".join([
        _words(told, "Restored into scratch and compared:"), *lines, f"{found}: {compared}. This home is {told['ahead']:,} entries ahead.",
        f"It took {told['seconds']:.0f} seconds. {filed}",
    ])  # fmt: skip


def _words(told: dict[str, Any], begin: str) -> str:
    counts = ", ".join(f"{number:,} {name}" for name, number in told["counts"].items() if number)
    return (f"{begin} {told['path']} ({told['bytes']:,} bytes), up to position {told['position']}: {counts}.\n"
            f"Fingerprint {told['sha256']}")  # fmt: skip
