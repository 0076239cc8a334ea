"""What the command line needs from the project, which alone knows everything: handed in at the start, never imported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from indelible.infra.home import Home

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Founding:
    """What a new installation is told at its beginning."""

    name: str
    environment: str
    owner_url: str
    admin_user: str
    admin_name: str
    accept_sqlite: str
    zone: str
    configuration: Path | None = None
    preset: str = "phase-2"


@dataclass(frozen=True, slots=True)
class Restoring:
    """What a restore is told: from which backup, into which folder, and which positions are known to have been given."""

    backup: Path
    target: Path
    owner_url: str = ""
    accept_sqlite: str = ""
    last_position: int | None = None


@dataclass(frozen=True, slots=True)
class Qualifying:
    """What a qualification is told: into which folder, and which scripts alone (by their ids or by requirement), empty for all.

    `trial`: nothing of it counts. `delta`: it is the next one after the package that lies in the folder.
    """

    output: Path
    only: tuple[str, ...] = ()
    trial: bool = False
    delta: bool = False


@dataclass(frozen=True, slots=True)
class Proving:
    """What a proof of the runner is told: into which folder, and whether faults by id (none: all), one by dice, or mutants by a seed."""

    output: Path
    faults: tuple[str, ...] = ()
    dice: int | None = None
    mutants: int = 0
    seed: int = 0
    only: tuple[str, ...] = ()  # the scripts that judge mutants, by their ids or by requirement; empty for all of five areas


@dataclass(frozen=True, slots=True)
class Ports:
    """The project's own works. Each is called after Django was set up for the home."""

    found: Callable[[Home, Founding, Say], dict[str, Any]]
    upgrade: Callable[[Home, bool, Say], dict[str, Any]]
    load_demo: Callable[[Home, date | None, Say], dict[str, Any]]
    advance: Callable[[timedelta], dict[str, Any]]
    tamper: Callable[[], dict[str, Any]]
    code: Callable[[str], str]
    check_configuration: Callable[[Path], dict[str, Any]]
    serve: Callable[[Home, str, int, Say], int]
    is_served: Callable[[Home], bool]
    check_backup: Callable[[Path, Say, Path | None], dict[str, Any]]
    rehearse_backup: Callable[[Path, str, Say, Path | None], dict[str, Any]]
    restore: Callable[[Restoring, Say], dict[str, Any]]
    plan_qualification: Callable[[Home, Sequence[str]], dict[str, Any]]
    prepare_qualification: Callable[[Home, Say], dict[str, Any]]
    qualify: Callable[[Home, Qualifying, Say], dict[str, Any]]
    prove_runner: Callable[[Home, Proving, Say], dict[str, Any]]
