"""The only place that says what the plugin is told by whoever starts it: one JSON file, for planning or for running."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

PLAN, RUN = "plan", "run"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be done: `told` takes one JSON line for each thing that happened, evidence lies below `output`."""

    mode: str
    run: str
    reading: str  # the configuration folder, as YAML
    copy: dict[str, Any]  # the disposable copy; in planning without an address
    told: str  # the file of JSON lines
    output: str = ""
    evidence: str = ""
    origin: str = ""
    only: list[str] = field(default_factory=list)  # scripts, single cases of them, requirements; empty for all
    attempts: dict[str, int] = field(default_factory=dict)  # how often a script was executed before, by key
    fingerprints: dict[str, str] = field(default_factory=dict)  # of the plan, by key: another one is refused
    until: list[str] = field(
        default_factory=list
    )  # verdicts after which nothing more is asked; a qualification runs to its end

    def wants(self, script: str, requirements: tuple[str, ...], case: str = "") -> bool:
        """Say whether a script, or one case of it, is among those that were asked for."""
        return not self.only or bool({script, f"{script}[{case}]", *requirements} & {*self.only})

    def write(self, file: Path) -> Path:
        """Write it for the plugin, readable by its owner alone: it holds the copy's password."""
        file.touch(mode=0o600)
        file.write_text(json.dumps(asdict(self)), "utf-8")
        return file


def read(file: Path) -> Assignment:
    """Read what `write` wrote; raises OSError, ValueError or TypeError where it is none."""
    return Assignment(**json.loads(file.read_text("utf-8")))
