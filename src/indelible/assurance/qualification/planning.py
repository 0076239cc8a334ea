"""The only place that collects the scripts that ship, and a company's own, against a configuration: planned, and none of them run."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from indelible.assurance.qualification.assignment import PLAN, Assignment
from indelible.assurance.qualification.reading import Reading
from indelible.infra import build, children
from indelible.kernel.errors import Refused, Unavailable

TOOL, PLUGIN = "pytest", "indelible.assurance.qualification.plugin"
OWN = "scripts"  # the folder of a home in which a company's own scripts lie
SECOND = ".2"


@dataclass(frozen=True, slots=True)
class Script:
    """One planned script, for one case: what will be done and what is expected, known before anything runs."""

    script: str
    case: str
    title: str
    aim: str
    level: str
    module: str
    requirements: tuple[str, ...]
    negative: bool
    fingerprint: str
    steps: tuple[dict[str, str], ...]  # action, given, expected, by

    @property
    def key(self) -> str:
        """Give the name of script and case."""
        return f"{self.script}[{self.case}]" if self.case else self.script


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run, and which scripts are about something that this configuration does not have."""

    scripts: tuple[Script, ...]
    left_out: tuple[dict[str, str], ...] = ()  # left_out (the id), title, lacks


def files(own: Path | None = None, only: Iterable[str] = ()) -> list[Path]:
    """Give the files with scripts: those that ship with this build, and a company's own; with `only` those that name one of these ids."""
    shipped = [path for path in build.PACKAGE.rglob("test_*.py") if "__pycache__" not in path.parts]
    found = sorted(shipped) + (sorted(own.rglob("test_*.py")) if own is not None and own.is_dir() else [])
    asked = [one.partition("[")[0] for one in only]  # a single case of a script stands in the file of its script
    return [path for path in found if not asked or any(one in path.read_text("utf-8", "replace") for one in asked)]


def plan(configuration: Path, only: Iterable[str] = (), own: Path | None = None) -> Plan:
    """Plan every script for a configuration folder; raises Unavailable without pytest, Refused for a script that is unsound."""
    with tempfile.TemporaryDirectory(prefix="indelible-plan-") as scratch:
        place, told = Path(scratch), Path(scratch) / "told.jsonl"
        people = cast(Reading(configuration))
        copy = {"address": "", "people": people, "password": "", "configuration": str(configuration)}
        asked = Assignment(PLAN, "", str(configuration), copy, str(told), scratch, scratch, only=list(only))
        done = begin(asked, place, own)
        said, _ = done.communicate()
        lines = list(read(told))
    if unsound := [f"{one['unsound']}: {one['text']}" for one in lines if "unsound" in one]:
        raise Refused(rule="scripts_are_sound", text=f"A script cannot be planned: {unsound[0]}", do="Mend the script.")
    if done.returncode not in (0, 5):  # 5: no script was found, which whoever asked sees
        raise Refused(
            rule="scripts_are_sound", text=f"The scripts cannot be planned: {said.strip()[-3000:]}", do="Mend them."
        )
    scripts = tuple(script(one["planned"]) for one in lines if "planned" in one)
    return Plan(scripts, tuple({one["left_out"]: one for one in lines if "left_out" in one}.values()))


def begin(asked: Assignment, place: Path, own: Path | None = None, log: Path | None = None) -> subprocess.Popen[str]:
    """Start pytest with the plugin, in a process of its own that knows no other plugin; raises Unavailable where there is none.

    What it says goes into `log`, or is there to be read.
    """
    if importlib.util.find_spec(TOOL) is None:
        raise Unavailable("pytest is not installed, and the scripts of the qualification are run by it. "
                          "Install it beside the product: pip install 'indelible[qualify]'.")  # fmt: skip
    (place / "pytest.ini").write_text("[pytest]\naddopts =\n", "utf-8")
    command = [
        sys.executable, "-m", TOOL, "-p", PLUGIN, "-p", "no:cacheprovider", "-c", str(place / "pytest.ini"), "--rootdir", str(place),
        "--noconftest", "--import-mode=importlib", "--strict-markers", "-q", "--no-header", "--tb=short",
        "--indelible-assignment", str(asked.write(place / "assignment.json")), *map(str, files(own, asked.only)),
    ]  # fmt: skip
    with log.open("w", encoding="utf-8") if log else nullcontext(subprocess.PIPE) as out:
        return subprocess.Popen(
            command, cwd=place, env=surroundings(), stdout=out, stderr=subprocess.STDOUT, text=True, start_new_session=True,
            preexec_fn=children.end_with_parent,  # noqa: PLW1509 - one call of the system, which takes no lock
        )  # fmt: skip


def surroundings() -> dict[str, str]:
    """Give the environment of the process that runs scripts: no other plugins, no options of somebody's shell, no home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "INDELIBLE_", "DJANGO_"))}
    path = os.pathsep.join([str(build.PACKAGE.parent), *filter(None, [os.environ.get("PYTHONPATH", "")])])
    return {**kept, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}


def tools() -> dict[str, str]:
    """Give what takes part in a run beside the product, with versions."""
    return {"Python": sys.version.split()[0]} | {name: metadata.version(name) for name in ("pytest", "requests", "pypdf")}


def read(told: Path) -> Iterator[dict[str, Any]]:
    """Read what the plugin has told so far; a line that is not whole yet is left out."""
    if told.exists():
        for line in told.read_text("utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def script(data: dict[str, Any]) -> Script:
    """Make a planned script of its plain data."""
    return Script(**data | {"requirements": tuple(data["requirements"]), "steps": tuple(data["steps"])})


def told(scripts: Iterable[Script]) -> list[dict[str, Any]]:
    """Give a plan as plain data."""
    return [asdict(one) for one in scripts]


def orphans(scripts: Iterable[Script], known: Iterable[str] | None = None) -> list[str]:
    """Give the scripts that name no requirement, or (where the requirements are given) one that nobody knows."""
    wanted = None if known is None else {*known}
    return [one.key for one in scripts
            if not one.requirements or (wanted is not None and not {*one.requirements} <= wanted)]  # fmt: skip


def cast(reading: Reading) -> list[dict[str, str]]:
    """Give who takes part in the copy: one person for each role, a second one where the role is granted and signs."""
    found = []
    for role, declared in reading.roles.items():
        second = declared.get("signs") and not declared.get("everybody")
        found += [(role, f"q.{role}")] + ([(role, f"q.{role}{SECOND}")] if second else [])
    return [{"user_id": user, "role": role, "name": name_of(user), "number": "", "department": ""} for role, user in found]


def name_of(user: str) -> str:
    """Give the printed name of a person of the copy."""
    role = user.removeprefix("q.").removesuffix(SECOND).replace("_", " ").capitalize()
    return f"{role} {'Two' if user.endswith(SECOND) else 'One'}"
