"""The only place that says what came back from the copy: status, words, JSON, and the rule by which something was refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import pages, paper

NOTHING: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of the copy; `where` is the address that it sends its reader to ("" where it sends nobody on)."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Give the body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def json(self) -> Any:
        """Give the body as JSON; an empty mapping where it is none."""
        try:
            return json.loads(self.content)
        except ValueError:
            return NOTHING

    @property
    def where(self) -> str:
        """Give the address that this answer leads to."""
        return self.headers.get("Location", self.headers.get("location", ""))

    @property
    def words(self) -> str:
        """Give what people read on the page."""
        return pages.words(self.text)

    @property
    def rule(self) -> str:
        """Give the rule that refused, as the problem document or the page names it; "" where none is named."""
        said = self.json
        return str(said.get("rule", "")) if isinstance(said, dict) and said else pages.rule(self.text)

    @property
    def missing(self) -> list[str]:
        """Give the fields that a refusal says are missing, in order of their names."""
        said = self.json
        found = said.get("missing", []) if isinstance(said, dict) else []
        return sorted({str(one.get("field")) for one in found if one.get("field")})

    @property
    def number(self) -> str:
        """Give the number of the record that an act was done on or made."""
        said = self.json
        return str(said.get("number", "")) if isinstance(said, dict) else ""

    @property
    def state(self) -> str:
        """Give the state in which an act left its record."""
        said = self.json
        return str(said.get("state", "")) if isinstance(said, dict) else ""

    @property
    def ok(self) -> bool:
        """Say whether it was done: 2xx, or led on as a form does that was taken."""
        return 200 <= self.status < 400

    @property
    def paper(self) -> str:
        """Give the text of a PDF."""
        return paper.text(self.content)

    @property
    def said(self) -> str:
        """Give the outcome in the words of expected results: `201`, or `422 required_fields: title`."""
        if self.ok:
            return str(self.status)
        named = f": {', '.join(self.missing)}" if self.missing else ""
        return f"{self.status} {self.rule}{named}".strip()

    @property
    def signed(self) -> str:
        """Give the outcome of signing: `signed`, `refused: RULE`, `look again`, or `refused: components`."""
        if self.status == 200 and "Signed" in self.text and 'id="receipt-title"' in self.text:
            return "signed"
        if self.status == 409 and "Look again" in self.words:
            return "look again"
        if self.rule:
            return f"refused: {self.rule}"
        return (
            "refused: components"
            if self.status == 422 and pages.asks_for(self.text, "password")
            else f"not signed, {self.status}"
        )


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of the product's command line."""

    code: int
    output: str
    errors: str

    @property
    def json(self) -> Any:
        """Give what it printed as JSON; an empty mapping where it printed none."""
        try:
            return json.loads(self.output)
        except ValueError:
            return NOTHING
