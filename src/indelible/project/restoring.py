"""The only place that makes a home from a backup: everything is proven in a scratch home before the target is touched.

Whatever engine made a backup, its rows are first loaded into an embedded database in a folder of its own, past the
guards, and re-read by the product's own verification. Only then the target is made; if that fails, nothing is left.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from indelible.faces.cli.ports import Restoring
from indelible.infra import archive, home, ids
from indelible.infra.archive import Archive, Damaged
from indelible.infra.home import Home
from indelible.kernel.errors import Missing, Refused

Say = Callable[[str], None]
COMMAND = [sys.executable, "-c", "from indelible.project.main import main; main()"]
SHOWN = 20


def check(path: Path, say: Say, keep: Path | None = None) -> dict[str, Any]:
    """Prove a backup: every byte, then a restore into scratch that is verified; raises Refused naming what is damaged.

    What was restored is left in the folder `keep`, to be looked into. It is no home: nothing says in it that it was restored.
    """
    if keep is not None:
        _is_free(Home(keep))
    made = _whole(path, say)
    with tempfile.TemporaryDirectory(prefix="indelible-backup-") as scratch:
        place = Home(Path(scratch))
        report = _build(made, place, Restoring(path, place.path), say)
        if keep is not None:
            place.settings_file.unlink()
            keep.mkdir(mode=0o700, parents=True, exist_ok=True)
            for one in sorted(place.path.iterdir()):
                shutil.move(one, keep / one.name)
    return {"ok": True, **archive.told(made), "verified": report}


def rehearse(path: Path, ledger: str, say: Say, keep: Path | None = None) -> dict[str, Any]:
    """Prove a backup of the installation with this ledger in another process; raises Refused as `check`, and for one of another.

    `keep` is as with `check`.
    """
    made = _whole(path, say)
    if made.manifest.get("ledger") != ledger:
        raise Refused(
            rule="backup_is_of_this_installation", text=f"{path} is not a backup of this installation, or was made before backups said so.",
            do="Nothing was noted. Rehearse with a backup that was made here; another one is proven by `indelible backup verify`.",
        )  # fmt: skip
    _proven(path, say, keep)
    return {"ok": True, **archive.told(made)}


def restore(asked: Restoring, say: Say) -> dict[str, Any]:
    """Make a home from a backup; raises Refused, before the target is touched, for what is damaged or does not fit."""
    target = Home(asked.target.absolute())
    _is_free(target)
    made = _whole(asked.backup, say)
    _fits(made, asked)
    lost = _lost(made, asked)
    if asked.owner_url:
        _proven(asked.backup, say)
    with _staging(target) as staging:
        _build(made, staging, asked, say, _words(made, lost))
        _move(staging, target, asked.owner_url)
    say("Verifying the restored home")
    verified = _child(target.path, "verify")
    return {"home": str(target.path), **archive.told(made), "lost": lost, "ok": verified["ok"], "verified": verified}


def _whole(path: Path, say: Say) -> Archive:
    try:
        say("Reading every byte of the backup")
        return archive.check(path)
    except Damaged as damage:
        raise _damaged(path, [f"{fault.member}: {fault.text}" for fault in damage.faults]) from None


def _damaged(path: Path, faults: list[str]) -> Refused:
    return Refused(
        rule="backup_is_whole", text=f"{path} cannot be restored from: {faults[0]}.",
        missing=tuple(Missing(f"{fault}.", field=fault.partition(": ")[0]) for fault in faults[:SHOWN]),
        do="Nothing was touched. Take another backup.",
    )  # fmt: skip


def _is_free(target: Home) -> None:
    if target.path.exists() and (not target.path.is_dir() or any(target.path.iterdir())):
        raise Refused(
            rule="target_is_empty", text=f"{target.path} is not empty; nothing is ever restored over something.",
            do="Choose a folder that is empty or not there yet.",
        )  # fmt: skip


def _fits(made: Archive, asked: Restoring) -> None:
    production = made.manifest.get("environment") == "production" and made.manifest.get("engine") == "postgresql"
    if production and not asked.owner_url and not asked.accept_sqlite:
        raise Refused(
            rule="production_on_postgresql",
            text="This backup is of a production home on PostgreSQL; whoever operates a SQLite file can lift its guards.",
            missing=(Missing("--postgres ADDRESS, or --accept-sqlite with the reason why that is accepted."),),
        )  # fmt: skip


def _lost(made: Archive, asked: Restoring) -> dict[str, int] | None:
    """Give the positions that are known to have been given after the backup; None where nothing is known of any."""
    last = asked.last_position
    position = made.manifest["position"]
    first = 0 if position is None else position + 1
    return {"from": first, "to": last} if last is not None and last >= first else None


def _proven(path: Path, say: Say, keep: Path | None = None) -> None:
    say("Restoring into scratch, to verify before the target is touched")
    report = _child(path.parent, "backup", "verify", str(path), *([] if keep is None else ["--keep", str(keep)]))
    if not report["ok"]:
        raise _damaged(path, [one["text"].rstrip(".") for one in report.get("missing", ())] or [report["detail"]])


def _child(place: Path, *command: str) -> dict[str, Any]:
    # A process serves one home: another one is asked by another process, in the product's own words.
    done = subprocess.run(
        [*COMMAND, "--home", str(place), *command, "--json"], stdout=subprocess.PIPE, text=True, check=False
    )
    try:
        answer: dict[str, Any] = json.loads(done.stdout)
    except ValueError:
        raise Refused(
            rule="verified", text=f"`indelible {command[0]}` ended with {done.returncode} and no answer."
        ) from None
    return answer


def _build(made: Archive, place: Home, asked: Restoring, say: Say, note: str = "") -> dict[str, Any]:
    """Make a home from a backup and verify it; raises Refused when it does not verify, and leaves no table behind then."""
    say("Unpacking")
    try:
        archive.extract(made, place.path)
    except Damaged as damage:
        raise _damaged(made.path, [f"{fault.member}: {fault.text}" for fault in damage.faults]) from None
    password = ids.secret(24)
    _write_settings(place, _kept(made, place), asked.owner_url, password)
    os.environ[home.VARIABLE] = str(place.path)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
    import django

    django.setup()
    from indelible.project import reloading

    report = reloading.reload(made, place, asked.owner_url, password, say, note)
    if not report.ok:
        raise _damaged(made.path, [f"rows/{one.table}.jsonl: {one.message.rstrip('.')}" for one in report.findings])
    shutil.rmtree(place.path / "rows", ignore_errors=True)
    os.sync()
    return asdict(report)


def _kept(made: Archive, place: Home) -> dict[str, str]:
    try:
        kept: Any = json.loads(place.settings_file.read_text("utf-8"))
        known = {name: kept[name] for name in ("secret", "environment")}
    except (OSError, ValueError, TypeError, KeyError):
        known = {}
    if not isinstance(known.get("secret"), str) or known["environment"] not in home.ENVIRONMENTS:
        raise _damaged(made.path, ["home.json: does not say secret and environment of a home"])
    return known


def _write_settings(place: Home, kept: dict[str, str], owner_url: str, password: str) -> None:
    from indelible.project import founding

    fresh = home.fresh_settings(founding.runtime_address(owner_url, password), kept["environment"])
    place.write(replace(fresh, secret=kept["secret"]))


def _words(made: Archive, lost: dict[str, int] | None) -> str:
    gone = f"positions {lost['from']} to {lost['to']} are lost" if lost else "no later position is known to be lost"
    return (f"Restored from backup {made.fingerprint[:16]}, made at {made.manifest['made']}, which ends at position "
            f"{made.manifest['position']}; {gone}")  # fmt: skip


@contextmanager
def _staging(target: Home) -> Iterator[Home]:
    """Give a folder beside the target, so that it becomes the target by a rename; it is gone afterwards in any case."""
    beside = target.path.parent if os.access(target.path.parent, os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=beside, prefix=f".{target.path.name}.restoring-") as place:
        yield Home(Path(place))


def _move(staging: Home, target: Home, owner_url: str) -> None:
    """Let the target be there: `home.json` comes last, because with it a folder is a home. A failure undoes everything."""
    from indelible.project import reloading

    stood, moved = target.path.exists(), list[Path]()
    try:
        _is_free(target)
        target.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        for path in sorted(staging.path.iterdir(), key=lambda path: path == staging.settings_file):
            moved.append(target.path / path.name)
            shutil.move(path, moved[-1])
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not stood and target.path.is_dir():
            target.path.rmdir()
        reloading.clear(owner_url)
        raise
    os.sync()
