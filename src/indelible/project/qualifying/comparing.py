"""The only place that compares a copy with production, item by item: both are described by the same code, each by its own process.

What may differ stands in one table with its reason. Any other difference fails the run: then what was tested is not what runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from types import MappingProxyType

from django.conf import settings
from django.db import connection

from indelible.assurance import backup
from indelible.assurance.drift import picture, stored
from indelible.assurance.qualification.results import Compared
from indelible.infra import build, environment, guards
from indelible.kernel import config, records
from indelible.kernel.models import Baseline, Record

ABSENT = "not there"
LOOPBACK = "the copy is reached from this machine alone, without a proxy and without TLS"
EXPLAINED: dict[str, str] = {
    "genesis.simulated": "a copy is SIMULATED, so that production can never serve it and its clock can be moved",
    "genesis.state": "a copy is released by itself, so that every act of the released state can be tested",
    "genesis.environment": "a copy is never production",
    "configuration.baseline": "the copy begins with this configuration as its first baseline; its hash is compared above",
    "people.active": "the copy has a cast of its own, one person for each role, and nobody of the company",
    "environment.INDELIBLE_HOME": "the copy lies in a folder of its own, which is removed afterwards",
    "environment.INDELIBLE_OWNER_URL": "given to single commands of the owner, never to a server",
    "environment.INDELIBLE_HOSTS": LOOPBACK,
    "environment.INDELIBLE_TLS": LOOPBACK,
    "environment.INDELIBLE_PROXIES": LOOPBACK,
    "environment.INDELIBLE_MONITORS": LOOPBACK,
    "environment.INDELIBLE_URL": LOOPBACK,
    "environment.INDELIBLE_MAIL": "mail of the copy goes to the qualification, which reads it, and to nobody else",
    "environment.INDELIBLE_MAIL_FROM": "mail of the copy goes to the qualification, which reads it, and to nobody else",
    "environment.INDELIBLE_LOG": "how much the server's log says; nothing that is recorded",
}


def taken() -> dict[str, str]:
    """Describe this process's home by items: build, configuration, schema, guards, database, genesis, people."""
    identity, installation = build.identity(), Record.objects.get(type="installation")
    sealed = Baseline.objects.order_by("-number")[0]
    found = {
        "build.version": identity.version, "build.package": identity.package, "build.dependencies": identity.dependencies,
        "configuration.sha256": config.current().sha256, "configuration.baseline": str(sealed.number),
        "schema.migrations": ", ".join(sorted(backup.migrations("default"))),
        "genesis.simulated": "yes" if records.values(installation).get("simulated") else "no",
        "genesis.state": installation.state, "genesis.environment": settings.ENVIRONMENT,
        "people.active": str(Record.objects.filter(type="person", state="active").count()),
        "database.engine": connection.vendor,
    }  # fmt: skip
    found |= {f"guard.{name}": _short(text) for name, text in guards.list_definitions().items()}
    return found | stored.take()


def surroundings(given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Give the settings of the live server by item, or those with which a copy is served; secrets by the same fingerprint."""
    if given is None:
        told = {name: value for name, value in picture.served_environment().items() if name != picture.MODULE}
    else:
        told = environment.told(settings.SECRET_KEY.encode(), given)
    return {f"{picture.OF_ENVIRONMENT}{name}": value for name, value in told.items()}


def compare(
    live: Mapping[str, str], copy: Mapping[str, str], also: Mapping[str, str] = MappingProxyType({})
) -> tuple[Compared, ...]:
    """Compare two descriptions; what differs has its explanation, or none. `also` explains what this one copy was made to differ in."""
    return tuple(
        Compared(key, one, other, _why(key, also) if one != other else "")
        for key in sorted(live.keys() | copy.keys())
        for one, other in [(live.get(key, ABSENT), copy.get(key, ABSENT))]
    )


def unexplained(compared: tuple[Compared, ...]) -> list[str]:
    """Give the differences that nothing explains, in words."""
    return [
        f"{one.item}: production {one.production or 'empty'}, copy {one.copy or 'empty'}"
        for one in compared
        if not one.sound
    ]


def _why(key: str, also: Mapping[str, str]) -> str:
    return next((why for pattern, why in ({**also, **EXPLAINED}).items() if fnmatchcase(key, pattern)), "")


def _short(text: str) -> str:
    return f"SHA-256 {hashlib.sha256(text.encode()).hexdigest()[:32]}"
