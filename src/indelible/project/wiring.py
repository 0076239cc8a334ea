"""The only place that knows everything: it finds the module folders and loads what they register."""

from __future__ import annotations

import importlib.util
import pkgutil

from indelible import modules

PARTS = ("rules", "reactions", "acts", "gates", "panels", "filling", "readiness", "schedules", "probes")
REGISTERS = (
    "indelible.practice.wet_ink",
    "indelible.practice.remarks",
    "indelible.practice.extensions",
    "indelible.practice.separation",
    "indelible.practice.belonging",
    "indelible.practice.exceptions",
    "indelible.practice.correcting",
    "indelible.practice.confirming",
    "indelible.practice.waiting",
    "indelible.practice.linking",
    "indelible.practice.duties",
    "indelible.practice.choosing",
    "indelible.practice.glance",
    "indelible.practice.capacity",
    "indelible.practice.identity",
    "indelible.practice.enrolment",
    "indelible.assurance.configuration.applying",
    "indelible.assurance.boards.probes",
    "indelible.assurance.boards.readiness",
    "indelible.assurance.boards.responsibility",
    "indelible.assurance.boards.guide",
    "indelible.assurance.boards.asking",
    "indelible.project.refreshing",
)  # above the kernel, and the door asks for what they register


def list_modules() -> list[str]:
    """Give the names of the module folders; nobody lists them by hand."""
    return sorted(found.name for found in pkgutil.iter_modules(modules.__path__) if found.ispkg)


def load() -> None:
    """Import what the modules register, and who decides what the kernel does not.

    Named rules, completions, reactions, gates, panels, what forms leave out, what is asked before a signature,
    what comes back by itself.
    """
    for target in REGISTERS:
        importlib.import_module(target)
    for name in list_modules():
        for part in PARTS:
            target = f"{modules.__name__}.{name}.{part}"
            if importlib.util.find_spec(target) is not None:
                importlib.import_module(target)
