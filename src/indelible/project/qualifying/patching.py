"""The only place that makes a faulty product: a copy of the whole package in scratch with one change; what is installed stays as it is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from indelible.infra import build


class Change(Protocol):
    """One change of one file of the package: a fault or a mutant."""

    @property
    def id(self) -> str:
        """Give its name."""
        ...

    @property
    def file(self) -> str:
        """Give the file, below the package."""
        ...

    def patched(self, text: str) -> str:
        """Give its text with the change; raises ValueError where it does not fit."""
        ...


@contextmanager
def tree(change: Change, package: Path = build.PACKAGE) -> Iterator[Path]:
    """Give a folder for PYTHONPATH with the changed package, as long as the block lasts; raises ValueError where the change does not fit."""
    with tempfile.TemporaryDirectory(prefix="indelible-faulty-") as scratch:
        copy = Path(scratch) / package.name
        shutil.copytree(
            package, copy
        )  # with what Python compiled: it looks at the times, so what is changed is compiled anew
        file = copy / change.file
        file.write_text(change.patched(file.read_text("utf-8")), "utf-8")
        yield Path(scratch)
