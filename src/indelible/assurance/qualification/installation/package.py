"""IQ of what is installed: the product's files, what they rest on, how long that is supported."""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from collections.abc import Iterator
from datetime import date
from importlib import metadata
from typing import Any

from django.conf import settings
from django.db import connection

from indelible.assurance.drift import approved, areas, compare, picture
from indelible.assurance.qualification.installation.check import Found, noted, same, unseen
from indelible.infra import build, clock

MANIFEST = (
    "release-manifest.json"  # beside the package, where a release was installed: {"package": hash, "files": {name: hash}}
)
SHOWN = 10
# When the makers end their support, as they said on the day below. A date that is not in the table is looked up by a person.
WRITTEN = "2026-11-30"
SUPPORT = {
    "Python 3.11": "2027-10-31", "Python 3.12": "2028-10-31", "Python 3.13": "2029-10-31", "Python 3.14": "2030-10-31",
    "PostgreSQL 14": "2026-11-12", "PostgreSQL 15": "2027-11-11", "PostgreSQL 16": "2028-11-09", "PostgreSQL 17": "2029-11-08",
    "PostgreSQL 18": "2030-11-14", "Debian 11": "2026-08-31", "Debian 12": "2028-06-30", "Debian 13": "2030-06-30", "Ubuntu 22.04": "2027-04-01",
    "Ubuntu 24.04": "2029-05-31", "Django 5.2": "2028-04-30",
}  # fmt: skip


def files() -> Iterator[Found]:
    """Compare every file of the package with the manifest of its release, or (without one) with the state that was approved."""
    identity = build.identity()
    yield noted("Version", "metadata of the package", identity.version)
    yield noted("Build", "SHA-256 over the files of the package", identity.package)
    found, manifest = build.manifest(), _manifest()
    if manifest is not None:
        yield same("Files of the package", MANIFEST, "as released", _differing(manifest["files"], found) or "as released")
        return
    known = approved.newest()
    if known is None or known.fault:
        yield unseen(
            "Files of the package",
            "as released",
            f"there is no {MANIFEST} and no approved state: compare the build's hash with the release notes",
        )
        return
    sealed = {
        name.partition(".")[2]: sha256 for name, sha256 in known.picture.items() if name.startswith(("package.", "mail."))
    }
    short = {name: sha256[: picture.SHORT] for name, sha256 in found.items() if areas.is_gxp(f"package.{name}")}
    yield same(
        "Files of the package", f"approved state {known.number}", "as approved", _differing(sealed, short) or "as approved"
    )


def dependencies() -> Iterator[Found]:
    """Compare every installed package with its own RECORD, and name them all (the bill of materials is the evidence)."""
    wrong = build.unlike_their_record()
    told = "; ".join(f"{name}: {', '.join(some[:3])}" for name, some in sorted(wrong.items())[:SHOWN])
    yield same("Files of the dependencies", "RECORD of each package", "as recorded", told or "as recorded")
    yield noted("Dependencies", "SHA-256 over their RECORD files", build.identity().dependencies)
    made = bill()
    unknown = [one["name"] for one in made["components"] if not one["licenses"]]
    yield Found("Bill of materials", "CycloneDX 1.5", "stated, not empty", f"{len(made['components'])} packages", True, made)
    yield noted("Packages without a licence in their metadata", "bill of materials", ", ".join(unknown) or "none")


def bill() -> dict[str, Any]:
    """Give the bill of materials in the form of CycloneDX: every installed package with version, licence and hash of its RECORD."""
    parts = [_part(one) for one in sorted(metadata.distributions(), key=lambda one: one.name.lower())]
    return {"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1, "components": parts,
            "metadata": {"component": {"type": "application", "name": "indelible", "version": build.identity().version,
                                       "hashes": [{"alg": "SHA-256", "content": build.identity().package}]}}}  # fmt: skip


def _part(one: metadata.Distribution) -> dict[str, Any]:
    said = one.metadata
    licence = str(said["License-Expression"] or said["License"] or "").strip()
    licence = licence or next(
        (line.rpartition("::")[2].strip() for line in said.get_all("Classifier") or () if "License" in line), ""
    )
    record = hashlib.sha256((one.read_text("RECORD") or one.version).encode()).hexdigest()
    return {
        "type": "library", "name": one.name, "version": one.version, "purl": f"pkg:pypi/{one.name.lower()}@{one.version}",
        "licenses": [{"license": {"name": licence.splitlines()[0][:100]}}] if licence else [],
        "properties": [{"name": "indelible:sha256-of-RECORD", "value": record}],
    }  # fmt: skip


def environment() -> Iterator[Found]:
    """Compare every setting of the environment with the state that was approved."""
    known = approved.newest()
    sealed = known.picture if known is not None and not known.fault else None
    for key, value in sorted(picture.environment().items()):
        expected = sealed.get(key, "not set") if sealed is not None else ""
        name = key.removeprefix(picture.OF_ENVIRONMENT)
        yield (
            same(name, "settings of the server", expected, value)
            if sealed is not None
            else noted(name, "settings of the server", value)
        )
    for key in sorted(sealed or ()):
        if key.startswith(picture.OF_ENVIRONMENT) and key not in picture.environment():
            yield same(key.removeprefix(picture.OF_ENVIRONMENT), "settings of the server", (sealed or {})[key], "not set")


def approved_state() -> Iterator[Found]:
    """Compare what runs with what was approved, as drift does: every difference is one item."""
    found = compare.look()
    for one in found:
        yield Found(one.key, one.where, one.before[:1000], one.after[:1000], False)
    if not found:
        yield same("Everything that drift compares", "the sealed approved state", "as approved", "as approved")


def support() -> Iterator[Found]:
    """Say how long the makers support what this installation rests on."""
    today = clock.real().date()
    for name in _resting_on():
        until = SUPPORT.get(name)
        if until is None:
            yield unseen(f"Support of {name}", "ends in the future", f"the table of {WRITTEN} does not know it")
        else:
            yield Found(
                f"Support of {name}",
                f"table of {WRITTEN}",
                f"ends after {today.isoformat()}",
                f"ends {until}",
                date.fromisoformat(until) > today,
            )


def _resting_on() -> Iterator[str]:
    yield f"Python {sys.version_info.major}.{sys.version_info.minor}"
    yield f"Django {'.'.join(metadata.version('django').split('.')[:2])}"
    if connection.vendor == "postgresql":
        yield f"PostgreSQL {connection.get_database_version()[0]}"
    try:
        told = platform.freedesktop_os_release()
    except OSError:
        told = {"NAME": platform.system(), "VERSION_ID": platform.release()}
    yield f"{told.get('NAME', 'Linux').split()[0]} {told.get('VERSION_ID', '')}".strip()


def _manifest() -> dict[str, Any] | None:
    for place in (build.PACKAGE / MANIFEST, settings.HOME.path / MANIFEST):
        if place.is_file():
            told: dict[str, Any] = json.loads(place.read_text("utf-8"))
            return told
    return None


def _differing(expected: dict[str, str], found: dict[str, str]) -> str:
    wrong = [f"{name} {'is gone' if name not in found else 'is not of it' if name not in expected else 'was changed'}"
             for name in sorted(expected.keys() | found.keys()) if expected.get(name) != found.get(name)]  # fmt: skip
    return "; ".join(wrong[:SHOWN]) + (f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else "")
