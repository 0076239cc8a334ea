"""The only place that compares what runs with what was approved, and gives every difference that matters. It changes nothing.

Two kinds: what differs from the newest approved state, key by key; and what no approval could allow, such as a missing guard.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from indelible.assurance.drift import approved, areas, folder, picture, rights
from indelible.assurance.drift.approved import Approved
from indelible.assurance.drift.finding import NOTHING, Found, gathered, written_by
from indelible.assurance.drift.picture import Picture
from indelible.assurance.examination import host
from indelible.assurance.rereading.protection import protection
from indelible.assurance.rereading.report import Findings
from indelible.infra import build, canonical, clock, running
from indelible.kernel import config
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Baseline, Event, Record


def look() -> list[Found]:
    """Compare everything; raises Django's DatabaseError where the database does not answer, OSError where files cannot be read."""
    known = approved.newest()
    found = [*_state(known), *_baseline(), *folder.compared(known.folder if known else ""), *_guards(), *rights.compared(),
             *_dependency_files(), *_jobs(), *_clock()]  # fmt: skip
    if known is not None and not known.fault:
        found += differences(known.picture, picture.take())
    return gathered(_once(found))


def differences(before: Picture, now: Picture) -> Iterator[Found]:
    """Give the keys of two pictures that differ and matter."""
    for key in sorted(before.keys() | now.keys()):
        old, new = before.get(key), now.get(key)
        if old != new and areas.is_gxp(key):
            yield Found(key, NOTHING if old is None else old, NOTHING if new is None else new, *_place(key))


def _state(known: Approved | None) -> Iterator[Found]:
    if approved.TYPE not in config.current().types:
        return  # this company's configuration keeps no approved state: guards, rights and baseline are compared all the same
    if known is None:
        yield Found("approved_state.none", "an approved state, sealed", NOTHING, "the ledger")
    elif known.fault:
        yield Found(f"approved_state.{known.number}", "as it was sealed", known.fault, f"{known.number} in the ledger")


def _baseline() -> Iterator[Found]:
    """See that the configuration in force is the one that was sealed, through the door."""
    row = Baseline.objects.order_by("-number")[0]
    key, sha256 = f"baseline.{row.number}", bytes(row.sha256).hex()
    if (there := canonical.sha256(row.content).hex()) != sha256:
        yield Found(key, f"SHA-256 {sha256}", f"SHA-256 {there}", "table baseline")
    installation = Record.objects.filter(type=INSTALLATION).values("pk")
    if not Event.objects.filter(record_id__in=installation, payload__contains=sha256).exists():
        yield Found(f"{key}.event", "an event of the installation that names it", NOTHING, "table baseline")


def _guards() -> Iterator[Found]:
    findings = Findings()
    protection(findings)
    for one in findings.all:
        before, after = (NOTHING if value is None else str(value) for value in (one.old, one.new))
        yield Found(f"guard.{one.field}", before, after, f"table {one.table}")


def _dependency_files() -> Iterator[Found]:
    for name, files in build.unlike_their_record().items():
        told = f"{len(files)} files are gone or of another size: {', '.join(files[:5])}"
        yield Found(f"dependency_files.{name}", "as its RECORD says", told, "site-packages")


def _jobs() -> Iterator[Found]:
    for one in running.list_silent(settings.HOME.path):
        since = clock.iso(one.since) if one.since else "the server began"
        yield Found(f"job.{one.name}", f"a sign of life every {one.allowed.total_seconds():.0f} seconds", f"silent since {since}",
                    "the process beside the web")  # fmt: skip


def _clock() -> Iterator[Found]:
    good, told = host.database_clock()
    if not good:
        yield Found("clock.offset", f"at most {clock.STEP_TOLERANCE.total_seconds():.0f} s apart", told.partition(",")[0],
                    "the clocks of server and database")  # fmt: skip


def _once(found: list[Found]) -> list[Found]:
    """Leave out that a table has another shape where it is named already what of it is missing."""
    told = {one.where for one in found if one.key.startswith("guard.")}
    return [one for one in found if not (one.key.startswith("table.") and one.where in told)]


def _place(key: str) -> tuple[str, str]:
    area, _, rest = key.partition(".")
    if area in ("package", "mail"):
        path = build.PACKAGE / rest
        return str(path), written_by(path)
    if area == "environment":
        return "the environment of the server", ""
    if area == "table":
        return f"table {rest}", ""
    if area in ("database", "right"):
        return f"database {Path(str(connection.settings_dict['NAME'])).name}", ""
    return {"dependency": "site-packages", "time": "this machine"}[area], ""
