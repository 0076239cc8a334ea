"""IQ: what is installed, specified against found, on the live installation and in its own process.

Each check is a script with steps. What cannot be seen from here says so and waits for a person; it is never a pass. What `doctor`
and `drift` look at is not looked at again in another way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache

from indelible.assurance import doctor
from indelible.assurance.qualification.evidence import Recorder
from indelible.assurance.qualification.installation import database, host, package, past
from indelible.assurance.qualification.installation.check import Check, Found
from indelible.assurance.qualification.results import ScriptResult


def checks() -> list[Check]:
    """Give every check, in the order in which they are made."""
    ask = _doctor()
    return [
        Check("IQ-SYS-001", "The machine", "State what the machine is.", ("URS-SYS-002",), host.machine),
        Check("IQ-SYS-002", "Room on the disk, file store, malware scanner, identity provider",
              "What the product needs of its machine is there.", ("URS-SYS-002",),
              ask("home", "disk", "file store", "left files", "malware scanner", "identity provider")),
        Check("IQ-SYS-003", "Files of the package", "What is installed is what was released.", ("URS-SYS-012",), package.files),
        Check("IQ-SYS-004", "Dependencies and bill of materials", "What the product rests on is installed whole, and is named.",
              ("URS-SYS-012",), package.dependencies),
        Check("IQ-SYS-005", "Support by the makers", "What the product rests on is still supported.", ("URS-SYS-002",), package.support),
        Check("IQ-SYS-006", "Settings of the environment", "The server runs with the settings that were approved.", ("URS-SYS-003",),
              package.environment),
        Check("IQ-SYS-007", "Approved state", "Nothing differs from the state that was approved.", ("URS-CFG-009",),
              package.approved_state),
        Check("IQ-SYS-008", "Rights on the home's files", "Nobody but the product's account reads secrets or changes the home.",
              ("URS-SYS-010",), host.permissions),
        Check("IQ-SYS-009", "Storage", "State on what the home lies.", ("URS-SYS-002",), host.storage),
        Check("IQ-SYS-010", "Listening ports and outbound connections", "Nothing listens or is called that nobody knows of.",
              ("URS-SYS-002",), host.network),
        Check("IQ-SYS-011", "TLS and proxies", "People reach the server over https.", ("URS-IDN-031", "URS-IDN-032"), host.tls),
        Check("IQ-SYS-012", "Loops beside the web", "What the system does by itself is being done.", ("URS-TIM-003",), host.jobs),
        Check("IQ-SYS-013", "Work that must not lie still", "Log, timers and mail move on.", ("URS-LED-004", "URS-TIM-003"),
              ask("log", "timers", "mail", "continuity set")),
        Check("IQ-SYS-014", "Accounts", "Each account is one person's; none has a name that everybody tries first.",
              ("URS-IDN-002", "URS-IDN-003"), ask("accounts")),
        Check("IQ-SYS-015", "Backups", "A backup was made and a restore rehearsed within the declared days.", ("URS-RET-006",), past.backups),
        Check("IQ-SYS-016", "Genesis and baseline", "State what this installation is and which configuration it runs.",
              ("URS-SYS-016", "URS-CFG-007"), past.genesis),
        Check("IQ-LED-001", "Version and settings of the database", "The database is new enough, and set as specified.", ("URS-SYS-002",),
              database.server),
        Check("IQ-LED-002", "Schema and durability", "The tables are of this build, a commit is on the disk.", ("URS-SYS-007", "URS-LED-005"),
              ask("database", "schema", "durability")),
        Check("IQ-LED-003", "Guards", "Every guard of the truth is in place, in the text of this build.", ("URS-LED-001",), database.guarded),
        Check("IQ-LED-004", "What the product's account must never do, tried", "The database refuses every change of the truth.",
              ("URS-SYS-009", "URS-LED-001"), database.forbidden, negative=True),
        Check("IQ-LED-005", "Roles and grants", "The product's account has its rights and no others.", ("URS-SYS-009",), database.rights),
        Check("IQ-TIM-001", "Clocks", "The clocks of server and database agree and do not jump.", ("URS-TIM-001", "URS-TRL-002"),
              ask("clock", "database clock")),
        Check("IQ-SYS-021", "Encryption of the storage", "Nobody reads a disk that was taken away.", ("URS-SYS-010",), host.encryption),
        Check("IQ-SYS-022", "Certificate of TLS", "What lies between people and the product cannot be read on the way.", ("URS-IDN-031",),
              host.certificate),
        Check("IQ-SYS-023", "Rules of the network", "Nothing leaves that nobody knows of.", ("URS-SYS-002",), host.firewall),
        Check("IQ-SYS-024", "Place of the backups", "What takes away the machine leaves its backups.", ("URS-RET-001",), past.place_of_backups),
    ]  # fmt: skip


def wanted(only: list[str]) -> list[Check]:
    """Give the checks that were asked for, by their ids or requirements; all without any."""
    asked = {*only}
    return [one for one in checks() if not asked or one.id in asked or asked & {*one.requirements}]


def planned(only: list[str]) -> dict[str, str]:
    """Give the titles of the checks that were asked for, by their keys."""
    return {one.id: one.title for one in wanted(only)}


def examine(recorder: Recorder, only: list[str], attempts: dict[str, int]) -> Iterator[ScriptResult]:
    """Make each check that was asked for."""
    for one in wanted(only):
        yield one.make(recorder, attempts.get(one.id, 0) + 1)


def _doctor() -> Callable[..., Callable[[], Iterator[Found]]]:
    """Give what takes over answers of `doctor`, who is asked once."""
    answers = cache(doctor.examine)

    def ask(*names: str) -> Callable[[], Iterator[Found]]:
        def look() -> Iterator[Found]:
            for one in answers():
                if one.name in names:
                    yield Found(one.name.capitalize(), "indelible doctor", one.expected, one.found, one.ok)

        return look

    return ask
