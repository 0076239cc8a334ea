"""IQ of what the ledger says of the installation itself: genesis, baseline, backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from indelible.assurance import backup
from indelible.assurance.qualification.installation.check import Found, noted, same, unseen
from indelible.infra import build, canonical, clock
from indelible.kernel import config, records
from indelible.kernel.gather import INSTALLATION
from indelible.kernel.models import Baseline, Record

NEVER = "never"


def genesis() -> Iterator[Found]:
    """State what this installation is; see that production is no demonstration, and that the baseline is the one that was sealed."""
    installation = Record.objects.get(type=INSTALLATION)
    values, sealed = records.values(installation), Baseline.objects.order_by("-number")[0]
    yield noted("Installation", "its record", f"{installation.number} {values['name']}, {installation.state}")
    simulated = "simulated" if values.get("simulated") else "real"
    expected = "real" if settings.ENVIRONMENT == "production" else "real or simulated"
    yield Found("Genesis", settings.ENVIRONMENT, expected, simulated, simulated in expected)
    engine = (
        "postgresql" if settings.ENVIRONMENT == "production" and not values.get("founding_exemptions") else connection.vendor
    )
    yield same("Database engine", settings.ENVIRONMENT, engine, connection.vendor)
    yield same("Build", "the installation's record", str(values.get("build") or ""), build.identity().name)
    yield same(
        f"Baseline {sealed.number}",
        "SHA-256 of what is stored",
        bytes(sealed.sha256).hex(),
        canonical.sha256(sealed.content).hex(),
    )


def backups() -> Iterator[Found]:
    """See that backups and rehearsals of a restore are as young as the configuration asks; what is simulated has nothing to lose."""
    policies, installation = config.current().policies, Record.objects.get(type=INSTALLATION)
    if records.values(installation).get("simulated"):
        yield noted("Last backup", "a SIMULATED home holds nothing that could be lost", _told(backup.last_made()))
        return
    for what, last, days in (("Last backup", backup.last_made(), policies.backup_days),
                             ("Last rehearsal of a restore", backup.last_tested(), policies.restore_test_days)):  # fmt: skip
        young = clock.now() - (last or installation.created_at) <= timedelta(days=days)
        yield Found(what, f"the trail since {clock.iso(installation.created_at)}", f"at most {days} days ago, or the first one not due yet",
                    _told(last), young)  # fmt: skip


def place_of_backups() -> Iterator[Found]:
    """Name what a person looks at."""
    yield unseen(
        "Place of the backups",
        "another machine, at another place",
        "where an archive is taken to lies outside of the product",
    )


def _told(at: datetime | None) -> str:
    return clock.iso(at) if at is not None else NEVER
