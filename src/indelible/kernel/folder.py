"""The only place that knows how a configuration folder is laid out, and that copies the shipped one into it."""

from __future__ import annotations

import shutil
from pathlib import Path

import indelible.modules

GENERAL = ("company", "roles", "meanings", "retention", "policies")
TYPES = "types"


def assemble(target: Path) -> None:
    """Copy the shipped defaults and the declaration of every module's types into a folder; raises FileExistsError."""
    shipped = Path(indelible.modules.__file__).parent
    (target / TYPES).mkdir(parents=True)
    for name in GENERAL:
        shutil.copyfile(shipped / "defaults" / f"{name}.yaml", target / f"{name}.yaml")
    for path in sorted(shipped.glob("*/*.yaml")):
        if path.parent.name != "defaults" and path.stem != "requirements":
            shutil.copyfile(path, target / TYPES / path.name)
