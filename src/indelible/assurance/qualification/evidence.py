"""The only place that keeps what a step has shown: exchanges, queries, pages and files, each hashed, none with a credential.

What a step asks and gets is written down by itself (`note`, `file`), as JSON or as bytes; nobody chooses what to keep. Texts
that must not be read by anybody (`hide`) are blanked in whatever way HTTP, HTML or JSON would write them.
"""

from __future__ import annotations

import hashlib
import html
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from indelible.assurance.qualification.results import Evidence

WITHHELD = "[withheld]"
SHORTEST = 6  # a shorter text would be found in innocent words


class Undeclared(Exception):
    """Something was asked of the product while no step runs: a script says its steps first, and acts in them alone."""


@dataclass(slots=True)
class Recorder:
    """Keeps the evidence of the step that runs: `place` is the run's folder, `root` is what names of files are relative to."""

    root: Path
    place: Path
    hidden: set[str] = field(default_factory=set)
    by: str = ""
    _folder: str = ""
    _step: int = 0
    _kept: list[Evidence] = field(default_factory=list)

    def begin(self, script: str, step: int) -> None:
        """Keep what comes from now on as the evidence of a step."""
        self._folder, self._step, self._kept, self.by = script, step, [], ""

    def end(self) -> tuple[Evidence, ...]:
        """Give the evidence of the step; nothing is kept until the next one begins."""
        kept, self._folder = tuple(self._kept), ""
        return kept

    def hide(self, value: str) -> None:
        """Blank a text in all evidence from now on: a password, a token, the number of a session."""
        if len(value) >= SHORTEST:
            self.hidden |= {value, quote(value), quote_plus(value), html.escape(value), json.dumps(value)[1:-1]}

    def clean(self, text: str) -> str:
        """Give a text without what must not be read."""
        for value in sorted(self.hidden, key=len, reverse=True):
            text = text.replace(value, WITHHELD)
        return text

    def note(self, kind: str, data: Any, by: str = "") -> Evidence:
        """Keep data as JSON: kind is exchange, query, event or log; `by` is the user id that acted. Raises Undeclared."""
        self.by = by or self.by
        text = json.dumps(data, ensure_ascii=False, indent=1, default=str)
        return self._keep(kind, f"{kind}.json", self.clean(text).encode())

    def file(self, kind: str, name: str, content: bytes) -> Evidence:
        """Keep bytes as they are, but for credentials: kind is page, pdf or file. Raises Undeclared."""
        for value in self.hidden:
            content = content.replace(value.encode(), WITHHELD.encode())
        return self._keep(kind, name, content)

    def _keep(self, kind: str, name: str, content: bytes) -> Evidence:
        if not self._folder:
            raise Undeclared("Nothing is asked of the product before a step runs: do it inside of a step.")
        plain = "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in name)[-60:]
        path = self.place / self._folder / f"{self._step:02}-{len(self._kept) + 1:03}-{plain}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        self._kept.append(Evidence(path.relative_to(self.root).as_posix(), kind, sha256, len(content)))
        return self._kept[-1]


def folder_of(key: str) -> str:
    """Give the folder's name for a script and its case, whatever signs the case has."""
    plain = "".join(letter if letter.isalnum() or letter in ".-_" else "_" for letter in key)
    return plain if plain == key else f"{plain}-{hashlib.sha256(key.encode()).hexdigest()[:6]}"
