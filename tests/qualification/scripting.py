"""Scripts for tests of the runner, planned and run as those that ship: by pytest with the plugin, in processes of their own."""

from __future__ import annotations

import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indelible.assurance.configuration import folder
from indelible.assurance.qualification import planning
from indelible.assurance.qualification.assignment import RUN, Assignment
from indelible.assurance.qualification.planning import Plan
from indelible.assurance.qualification.results import SITE, ScriptResult, script

PASSWORD = "J7Z-secret&of<the>copy"
HEAD = "import pytest\nMARK = pytest.mark.script\n\n"


@dataclass
class Bench:
    """A configuration, a folder of scripts beside those that ship, and a small database that stands for the copy's."""

    place: Path

    def __post_init__(self) -> None:
        shutil.copytree(folder.SHIPPED / folder.DEFAULTS, self.place / "configuration")
        (self.place / "configuration" / "types").mkdir()
        shutil.copy(folder.SHIPPED / "registers" / "site.yaml", self.place / "configuration" / "types")
        self.scripts.mkdir()
        with sqlite3.connect(self.place / "copy.sqlite3") as made:
            made.execute("CREATE TABLE note (text TEXT)")
            made.execute("INSERT INTO note VALUES (?)", [f"the password is {PASSWORD}"])

    @property
    def scripts(self) -> Path:
        return self.place / "scripts"

    def write(self, text: str, name: str = "test_bench.py") -> None:
        """Write scripts."""
        (self.scripts / name).write_text(HEAD + text, "utf-8")

    def plan(self, *only: str) -> Plan:
        """Plan the scripts with these ids or requirements."""
        return planning.plan(self.place / "configuration", only, self.scripts)

    def assignment(self, plan: Plan, *only: str, attempts: dict[str, int] | None = None) -> Assignment:
        told = self.place / "told.jsonl"
        told.unlink(missing_ok=True)
        copy = {"password": PASSWORD, "address": "http://127.0.0.1:9", "configuration": str(self.place / "configuration"),
                "database": {"engine": "sqlite", "address": str(self.place / "copy.sqlite3")}}  # fmt: skip
        prints = {one.key: one.fingerprint for one in plan.scripts}
        return Assignment(RUN, "RUN-1", str(self.place / "configuration"), copy, str(told), str(self.place), str(self.place / "evidence"),
                          SITE, list(only), attempts or {}, prints)  # fmt: skip

    def run(self, plan: Plan, *only: str, attempts: dict[str, int] | None = None) -> dict[str, ScriptResult]:
        """Run what was planned; gives the results by key."""
        asked = self.assignment(plan, *only, attempts=attempts)
        begun = planning.begin(asked, self.place, self.scripts)
        begun.communicate()
        return {one.key: one for one in map(script, _results(Path(asked.told)))}


def _results(told: Path) -> list[dict[str, Any]]:
    return [line["result"] for line in planning.read(told) if "result" in line]
