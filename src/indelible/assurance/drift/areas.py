"""The one table that says what is harmless, what an area touches, and what stops signing; what it does not list is GxP.

Keys are those of a picture and of findings: `environment.INDELIBLE_TLS`, `package.kernel/acts.py`, `guard.event_guard`.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from indelible.assurance.catalogue import touching

# What people see or where it listens, and nothing that is recorded, signed or allowed. Everything else is GxP-relevant.
HARMLESS: dict[str, str] = {
    "environment.INDELIBLE_HOME": "where the folder lies",
    "environment.INDELIBLE_OWNER_URL": "given to single commands of the owner, never to a server",
    "environment.INDELIBLE_WORKERS": "how many processes serve",
    "environment.INDELIBLE_THREADS": "how many requests one process serves at a time",
    "environment.INDELIBLE_LOG": "how much the server's log says; the audit trail is not part of it",
    "package.faces/web/static/indelible/brand.svg": "the logo",
    "configuration.types.*.icon": "the picture beside a name",
    "configuration.types.*.group": "where a list stands in the navigation",
}


@dataclass(frozen=True, slots=True)
class Area:
    """One kind of key: how people call it, the clauses that it touches, how it is put back, and whether it can only be that."""

    label: str
    clauses: tuple[str, ...]
    mend: str
    only_put_back: bool = False


AREAS: dict[str, Area] = {
    "approved_state": Area("Approved state", ("Annex 11-10", "11.10(c)"), "Restore the record from a backup that verifies.", True),
    "baseline": Area("Baseline", ("Annex 11-10", "11.10(c)", "11.10(e)"),
                     "Restore the database from a backup that verifies: a baseline comes through the door alone.", True),
    "configuration": Area("Configuration", ("Annex 11-10", "11.10(k)(2)"),
                          "Put the file back as it was, or let the edit be planned, approved and applied.", True),
    "environment": Area("Environment", ("Annex 11-10", "11.10(a)"),
                        "Give the server the setting again that was approved, and start it anew."),
    "package": Area("Package", ("11.10(a)", "11.10(k)(2)", "Annex 11-10"), "Install the release again, byte for byte."),
    "mail": Area("Mail template", ("11.10(a)", "Annex 11-10"), "Put the file of the release back."),
    "dependency": Area("Dependency", ("11.10(a)", "Annex 11-10"), "Install the versions of the release again, with their hashes."),
    "dependency_files": Area("Dependency", ("11.10(a)", "Annex 11-10"), "Install that package again.", True),
    "database": Area("Database", ("11.10(c)", "Annex 11-7.1", "Annex 11-10"), "Give the setting its approved value again, as the database's owner."),
    "table": Area("Table", ("11.10(c)", "11.10(e)"), "Find out who changed it; bring the table back as the build makes it."),
    "guard": Area("Guard", ("11.10(c)", "11.10(e)", "Annex 11-9"),
                  "Find out who changed it, install the guards again with `indelible upgrade`, then run `indelible verify`.", True),
    "right": Area("Right in the database", ("11.10(d)", "11.10(g)", "Annex 11-12"),
                  "Take the right away, or give it back, as the database's owner; `indelible upgrade` gives exactly the declared ones."),
    "permission": Area("Permission", ("11.10(d)", "11.10(g)", "Annex 11-12"),
                       "Find out who wrote the row; bring it back with `indelible rebuild --apply`.", True),
    "time": Area("Time", ("11.10(e)", "11.50(a)"), "Set zone and time source of the machine as they were."),
    "clock": Area("Clock", ("11.10(e)", "11.50(a)"), "Let one time service keep both machines' clocks.", True),
    "job": Area("Job", ("11.10(f)", "Annex 11-10"), "Start the server anew; its log says why the job ended.", True),
}  # fmt: skip

# Which requirements of the catalogue rest on an area; a key of the configuration says more (`catalogue.touching`).
SERVES: dict[str, tuple[str, ...]] = {
    "approved_state": ("URS-CFG-009", "URS-CFG-011"),
    "baseline": ("URS-CFG-003", "URS-CFG-007"),
    "configuration": ("URS-CFG-003", "URS-CFG-009"),
    "environment": ("URS-IDN-031", "URS-IDN-032", "URS-SYS-003"),
    "package": ("URS-SYS-012", "URS-SYS-013"),
    "mail": ("URS-NTF-002", "URS-NTF-003"),
    "dependency": ("URS-SYS-012", "URS-VAL-006"),
    "dependency_files": ("URS-SYS-012", "URS-VAL-006"),
    "database": ("URS-LED-005", "URS-VAL-006"),
    "table": ("URS-LED-001", "URS-LED-007"),
    "guard": ("URS-LED-001", "URS-TRL-005"),
    "right": ("URS-LED-001", "URS-SYS-009"),
    "permission": ("URS-AUT-001", "URS-AUT-013"),
    "time": ("URS-TIM-001", "URS-TRL-002"),
    "clock": ("URS-SIG-002", "URS-SIG-012"),
    "job": ("URS-NTF-002", "URS-TIM-003"),
}

# What is found there differs a little each time, and is one drift all the same.
VOLATILE = ("clock", "job")

# Guards, authority and signing: while these differ, a signature would be worth nothing (D28).
STOPS_SIGNING = (
    "guard.*", "permission.*", "right.*", "baseline.*", "approved_state.*", "table.event", "table.version", "table.signature",
    "table.access_grant", "database.session_replication_role", "package.kernel/*", "package.infra/guards.py",
    "package.infra/canonical.py", "package.practice/factors.py", "package.practice/accounts.py", "package.faces/web/signing.py",
    "package.faces/web/factors.py", "package.modules/people/*",
)  # fmt: skip


def of(key: str) -> Area:
    """Give the area of a key."""
    return AREAS[key.partition(".")[0]]


def requirements(key: str) -> tuple[str, ...]:
    """Give the requirements of the catalogue that rest on a key, in order."""
    area, _, rest = key.partition(".")
    touched = touching.requirements(rest) if area == "configuration" and rest else ()
    return tuple(sorted({*SERVES[area], *touched}))


def is_gxp(key: str) -> bool:
    """Say whether a key matters: everything does that the table of harmless ones does not list."""
    return not any(fnmatchcase(key, pattern) for pattern in HARMLESS)


def stops_signing(key: str) -> bool:
    """Say whether signing waits until a key is as approved again, or until it was decided on."""
    return any(fnmatchcase(key, pattern) for pattern in STOPS_SIGNING)
