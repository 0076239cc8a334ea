"""The console command: hands the project's works to the command line. Django is imported only once a home is known."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from indelible.faces.cli import main as command_line
from indelible.faces.cli.ports import Founding, Ports, Proving, Qualifying
from indelible.infra.home import Home
from indelible.project import occupied, restoring

Say = Callable[[str], None]


def main() -> None:
    """Run `indelible`."""
    command_line.run(Ports(
        found=_found, upgrade=_upgrade, load_demo=_load_demo, advance=_advance, tamper=_tamper, code=_code,
        check_configuration=_check, serve=_serve, is_served=occupied.is_served,
        check_backup=restoring.check, rehearse_backup=restoring.rehearse, restore=restoring.restore,
        plan_qualification=_plan_qualification, prepare_qualification=_prepare_qualification, qualify=_qualify,
        prove_runner=_prove_runner,
    ))  # fmt: skip


def _found(home: Home, asked: Founding, say: Say) -> dict[str, Any]:
    from indelible.project import founding

    return founding.found(home, asked, say)


def _upgrade(home: Home, check: bool, say: Say) -> dict[str, Any]:
    from indelible.project import founding

    return founding.upgrade(home, check=check, say=say)


def _load_demo(home: Home, day: date | None, say: Say) -> dict[str, Any]:
    from indelible.kernel import sequencer
    from indelible.project.demo import loading

    if loading.is_loaded():
        return loading.summary()
    told = loading.load(home, as_of=day, say=say)
    sequencer.drain()
    return told


def _advance(span: timedelta) -> dict[str, Any]:
    from indelible.project.demo import passing

    return passing.advance(span)


def _tamper() -> dict[str, Any]:
    from indelible.project.demo import tampering

    return tampering.tamper()


def _code(user_id: str) -> str:
    from indelible.project.demo import phones

    return phones.code(user_id)


def _check(folder: Path) -> dict[str, Any]:
    from indelible.project import founding

    return founding.check(folder)


def _plan_qualification(home: Home, only: Sequence[str]) -> dict[str, Any]:
    from indelible.project.qualifying import qualify

    return qualify.plan(home, only)


def _prepare_qualification(home: Home, say: Say) -> dict[str, Any]:
    from indelible.project.qualifying import qualify

    return qualify.prepare(home, say)


def _qualify(home: Home, asked: Qualifying, say: Say) -> dict[str, Any]:
    from indelible.project.qualifying import qualify

    return qualify.qualify(home, asked.output, asked.only, say, trial=asked.trial, delta=asked.delta)


def _prove_runner(home: Home, asked: Proving, say: Say) -> dict[str, Any]:
    from indelible.project.qualifying import faults, mutants

    if asked.mutants:
        return mutants.kill(home, asked.output, asked.mutants, asked.seed, say, asked.only)
    if asked.dice is not None:
        return faults.draw(home, asked.output, asked.dice, say)
    return faults.prove(home, asked.output, asked.faults, say)


def _serve(home: Home, host: str, port: int, say: Say) -> int:
    os.environ["INDELIBLE_HOME"] = str(home.path)
    from indelible.project import serving

    return serving.serve(home, host, port, say)
