"""The only place that makes a backup: database, files, configuration and keys of one moment, while people go on writing.

Everything is read from one snapshot of the database; files are immutable and named by their content, so they can be
copied after it. The backup is whole and durable under its name, or it is not there (Annex 11-7.2; 11.10(c)).
"""

from __future__ import annotations

import json
import os
import pwd
import socket
import tempfile
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections, models

from indelible.infra import archive, build, clock, rows
from indelible.infra.archive import Archive, Damaged, Member, Source
from indelible.infra.storage import Store
from indelible.kernel import acts
from indelible.kernel.context import SYSTEM
from indelible.kernel.errors import Refused
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import TRUTH, Event, Pending, Record, Restriction
from indelible.practice.models import Upload

NOTED, RESTORED = f"{INSTALLATION}.note_backup", f"{INSTALLATION}.note_restore"
TESTED = f"{INSTALLATION}.note_restore_test"
COUNTED = {
    "events": "event", "versions": "version", "signatures": "signature", "files": "blob", "records": "record",
    "refusals": "refusal", "baselines": "baseline", "positions": "log_position", "restricted": "restriction",
}  # fmt: skip
# Not carried over: after a restore everybody signs in anew, and what a migration makes by itself is made by it.
LEFT_OUT = frozenset({
    "django_session", "presence", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions",
})  # fmt: skip

Tell = Callable[[str], None]


def create(target: Path, tell: Tell) -> Archive:
    """Make a backup at `target` (or in that folder) and give it; raises Refused for a home that cannot be backed up whole."""
    path = _place(target)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as scratch, rows.moment() as using:
        tell("Rows")
        try:
            counted, sources = _rows(using, Path(scratch))
            tell("Files")
            files, absent = _files(using)
            told = {
                **_facts(using), "tables": counted, "absent": absent,
                "counts": {name: counted[table] for name, table in COUNTED.items()},
            }  # fmt: skip
            return archive.write(path, told, [*_home(Path(scratch)), *sources, *files])
        except rows.Unreadable as problem:
            raise _not_whole(f"{problem}.") from None
        except Damaged as damage:
            raise _not_whole(f"{settings.HOME.path / damage.faults[0].member} {damage.faults[0].text}.") from None


def note(made: Archive) -> bool:
    """Write into the installation's trail that a backup was made; says whether this installation's configuration knows how."""
    manifest = made.manifest
    return noted(NOTED, f"Backup {made.fingerprint[:16]} of everything up to position {manifest['position']}, made by the "
                        f"operating system's account {account()}")  # fmt: skip


def noted(act: str, reason: str) -> bool:
    """Record an operator's work as an event of the installation, where its configuration in force declares the act."""
    record = Record.objects.get(type=INSTALLATION)
    try:
        acts.run(SYSTEM, act, record.id, reason=reason)
    except Refused as refusal:
        if refusal.rule not in ("declared_act", "declared_move"):
            raise
        return False
    return True


def account() -> str:
    """Give who runs this process, as the operating system says: nobody has signed in here."""
    user = os.geteuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:
        name = f"number {user}"  # in a container an account need not have a name
    return f"{name} on {socket.gethostname()}"


def note_test(told: dict[str, Any], seconds: float) -> bool:
    """Write into the installation's trail that a restore was rehearsed, from what and how long it took; says as `note`."""
    return noted(TESTED, f"Rehearsed a restore of backup {told['sha256'][:16]}, made at {told['manifest']['made']}, up to position "
                         f"{told['position']}: restored into scratch and verified in {seconds:.0f} seconds, by the operating system's "
                         f"account {account()}")  # fmt: skip


def last_made() -> datetime | None:
    """Give when the last backup was made that the trail knows of."""
    return _last(NOTED)


def last_tested() -> datetime | None:
    """Give when a restore was rehearsed or done the last time that the trail knows of."""
    return max((at for act in (TESTED, RESTORED) if (at := _last(act))), default=None)


def ledger() -> str:
    """Give the hash of the first event: by it a backup is known as one of this installation."""
    return _first_leaf("default")


def _last(act: str) -> datetime | None:
    record = Record.objects.filter(type=INSTALLATION).values("pk")[:1]
    found = Event.objects.filter(record_id__in=record, payload__contains=f'"act":"{act}"').order_by("-position")
    return found.values_list("at", flat=True).first()


def _first_leaf(using: str) -> str:
    return bytes(Event.objects.using(using).order_by("pk").values_list("leaf", flat=True)[0]).hex()


def tables() -> list[type[models.Model]]:
    """Give every table that is carried over, in the order in which it can be loaded: the truth before what rests on it."""
    found: dict[type[models.Model], None] = {**dict.fromkeys(TRUTH), Pending: None}
    found |= dict.fromkeys(apps.get_models(include_auto_created=True))
    return [one for one in found if one._meta.managed and one._meta.db_table not in LEFT_OUT]


def member_of(table: type[models.Model]) -> str:
    """Give the name under which a table stands in a backup."""
    return f"rows/{table._meta.db_table}.jsonl"


def migrations(using: str) -> list[str]:
    """Give the migrations that the tables have seen."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return sorted({f"{app}.{name}" for app, name in cursor.fetchall()})


def _place(target: Path) -> Path:
    path = target.absolute()
    if path.is_dir():
        path /= f"indelible-{clock.real():%Y%m%dT%H%M%SZ}.tar"
    if path.exists():
        raise Refused(rule="backup_replaces_nothing", text=f"{path} is there already.", do="Choose another name.")
    if not path.parent.is_dir():
        raise Refused(rule="backup_has_a_place", text=f"{path.parent} is no folder.", do="Make it, or choose another one.")
    return path


def _facts(using: str) -> dict[str, Any]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT max(seq) FROM log_position")
        position = cursor.fetchone()[0]
    return {
        "product": "indelible", "made": clock.iso(clock.real()), "build": build.identity().name,
        "engine": connections[using].vendor, "environment": settings.ENVIRONMENT, "schema": migrations(using),
        "ledger": _first_leaf(using), "position": position, "pending": Pending.objects.using(using).count(),
    }  # fmt: skip


def _rows(using: str, scratch: Path) -> tuple[dict[str, int], list[Source]]:
    counted, sources = {}, []
    for table in tables():
        path, lines = scratch / f"{table._meta.db_table}.jsonl", 0
        with path.open("wb") as out:
            for line in rows.dump(table, using):
                out.write(line)
                lines += 1
        counted[table._meta.db_table] = lines - 1  # the first one names the columns
        sources.append(archive.measured(member_of(table), path))
    return counted, sources


def _files(using: str) -> tuple[list[Source], list[str]]:
    """Measure every file that a row names; what is absent may be so only where content was withheld (D32)."""
    store, sources, absent = Store(settings.HOME.files), [], []
    for sha256 in _named(using):
        if not store.has(sha256):
            absent.append(sha256)
            continue
        path = store.path(sha256)
        # Its name is its hash; whether that is true is seen when it is copied.
        sources.append(Source(Member(f"files/{sha256[:2]}/{sha256}", path.stat().st_size, sha256), path))
    if absent and not Restriction.objects.using(using).exists():
        raise _not_whole(f"The file {absent[0]} is not in {store.root}, and nothing was withheld.")
    return sources, absent


def _not_whole(text: str) -> Refused:
    return Refused(
        rule="backup_is_whole", text=text,
        do="No backup was made. See `indelible verify`; a file can be put back from an earlier backup, where it has the same name.",
    )  # fmt: skip


def _named(using: str) -> Iterator[str]:
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT sha256 FROM blob")
        known = {sha256 for (sha256,) in cursor.fetchall()}
    store = Store(settings.HOME.files)
    brought = set(Upload.objects.using(using).values_list("sha256", flat=True)) - known
    yield from sorted(known | {sha256 for sha256 in brought if store.has(sha256)})


def _home(scratch: Path) -> Iterator[Source]:
    home = settings.HOME
    kept = scratch / "home.json"
    # The address of the database is left out: it belongs to this server, and its password to this role.
    kept.write_text(json.dumps({"environment": settings.ENVIRONMENT, "secret": home.read().secret}), "utf-8")
    yield archive.measured("home.json", kept)
    for folder in (home.configuration, home.path / "keys"):
        for path in sorted(found for found in folder.rglob("*") if found.is_file()):
            yield archive.measured(path.relative_to(home.path).as_posix(), path)
