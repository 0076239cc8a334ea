"""The only place that examines the machine: the home's folder, the store's disk, the clocks (D19, D30)."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from indelible.infra import clock, ids, oidc, scanning
from indelible.infra.storage import Store
from indelible.kernel import config
from indelible.kernel.gates import OFFSET_LIMIT

Looked = tuple[bool, str]
FREE_SHARE, FREE_BYTES = 0.10, 1 << 30


def home_file() -> Looked:
    """See that the file with the database's address and the secret is there, readable, and its owner's alone."""
    home = settings.HOME
    home.read()
    mode = home.settings_file.stat().st_mode & 0o777
    return not mode & 0o077, f"{home.settings_file} has mode {mode:o}"


def store() -> Looked:
    """Write a file durably, read it back, take it away again."""
    place = Store(settings.HOME.files)
    content = ids.secret(48).encode()
    stored = place.put([content], limit=len(content))
    read = place.digest(stored.sha256)
    place.withhold(stored.sha256)
    folder = place.path(stored.sha256).parent
    if not any(folder.iterdir()):
        folder.rmdir()
    return read == stored.sha256, f"{place.root}: wrote, read and removed {stored.size} bytes"


def disk() -> Looked:
    """See how much room the disk of the home has left."""
    return room(settings.HOME.path)


def room(path: Path, *, share: float = FREE_SHARE, least: int = FREE_BYTES) -> Looked:
    """Say whether a disk has a share of its size and a least number of bytes left."""
    usage = shutil.disk_usage(path)
    free = usage.free / usage.total
    return free >= share and usage.free >= least, f"{usage.free / (1 << 30):.1f} GiB free, {free:.0%} of the disk"


def scanner() -> Looked:
    """See whether the malware scanner answers, where the environment names one."""
    if not scanning.is_configured():
        return True, "none is named: files are judged by their kind alone"
    try:
        return True, scanning.answers()
    except scanning.NotExamined as problem:
        return False, f"{problem}; no file is accepted meanwhile"


def identity_provider() -> Looked:
    """See whether the identity provider answers as the one that the policies name, where they name one."""
    issuer = config.current().policies.sso_issuer
    if not issuer:
        return True, "none is named: people sign in with passwords"
    found = oidc.provider(issuer)
    if found is None:
        return False, f"{issuer} is named, and the environment has no INDELIBLE_OIDC_CLIENT; nobody signs in there"
    try:
        oidc.ask(found, f"{settings.PUBLIC_URL}/")
    except oidc.Away as problem:
        return False, f"{issuer}: {problem}; passwords go on meanwhile"
    return True, f"{issuer} answers, and calls itself so"


def clock_step() -> Looked:
    """See whether this machine's clock jumped since the process began."""
    step = clock.step()
    return abs(step) <= clock.STEP_TOLERANCE, f"{step.total_seconds():+.1f} s against the steady clock"


def database_clock() -> Looked:
    """See how far the database's clock is from this machine's."""
    offset = offset_of(_told())
    stopped = ", so nobody can sign" if offset > OFFSET_LIMIT else ""
    return offset <= clock.STEP_TOLERANCE, f"{offset.total_seconds():.1f} s apart{stopped}"


def offset_of(told: datetime) -> timedelta:
    """Give how far an instant that somebody tells now is from this machine's."""
    return abs(told - clock.real())


def _told() -> datetime:
    postgres = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ("clock_timestamp()::text" if postgres else "strftime('%Y-%m-%d %H:%M:%f', 'now')"))
        told = datetime.fromisoformat(cursor.fetchone()[0])
    return told if told.tzinfo else told.replace(tzinfo=UTC)
