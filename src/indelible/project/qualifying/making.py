"""Makes the home of a copy, in a process of its own: genesis SIMULATED, the same configuration as its baseline, and a cast.

A process serves one home, so whoever qualifies starts this one for the other home (`python -m indelible.project.qualifying.making`):
the request comes as JSON on stdin, what was made goes as JSON to stdout.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Any

import django

from indelible.project.founding import OWNER


def make(asked: dict[str, Any]) -> dict[str, Any]:
    """Make the home that the environment names: tables, guards, runtime role, genesis, registers, people; gives what was made."""
    from django.conf import settings
    from django.db import connections

    from indelible.kernel import acts, sequencer
    from indelible.kernel.context import SYSTEM
    from indelible.kernel.models import Record
    from indelible.practice import simulation
    from indelible.project import founding, installing, roles
    from indelible.project.qualifying import casting

    owner_url = os.environ.get(OWNER, "")
    configuration = installing.read_configuration(settings.HOME.configuration)
    with founding.as_owner(owner_url):
        installing.migrate()
        installing.found(configuration, name=f"Disposable copy of {configuration.company.name}"[:200], simulated=True)
        if owner_url:
            roles.set_password(connections["default"], asked["database_password"])
    acts.run(SYSTEM, "installation.simulate_release", Record.objects.get(type="installation").id,
             reason="A disposable copy: nothing in it is a record")  # fmt: skip
    simulation.install()
    made = casting.everybody(asked["people"], asked["password"])
    installing.approve_state("The state in which this copy began")
    sequencer.drain()
    return made | picture()


def seal() -> dict[str, Any]:
    """Let a home that was poured begin: what runs now is its approved state."""
    from indelible.kernel import sequencer
    from indelible.practice import simulation
    from indelible.project import installing

    simulation.install()
    installing.approve_state("The state in which this copy began")
    sequencer.drain()
    return picture()


def picture() -> dict[str, Any]:
    """Give what this copy is, item by item, as its own process sees it; the live installation is described by the same code."""
    from indelible.project.qualifying import comparing

    return {"picture": comparing.taken()}


def main() -> None:
    """Do what stdin asks for."""
    asked = json.load(sys.stdin)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "indelible.project.settings")
    django.setup()
    from indelible.kernel.errors import Invalid, Refused, Unavailable

    try:
        told = make(asked) if asked else seal()
    except (Invalid, Refused) as refused:
        told = {"refused": str(refused), "rule": refused.rule, "missing": [asdict(one) for one in refused.missing]}
    except Unavailable as problem:
        told = {"refused": str(problem), "rule": "copy_is_made", "missing": []}
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
