"""What every part of the grammar is made of: strict, named, and described key by key (D12)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Key

Name = Annotated[str, Key(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
When = dict[Name, list[str]]

KINDS = ("text", "rich_text", "number", "date", "time", "yes_no", "choice", "person", "links", "files", "table")
Kind = Literal["text", "rich_text", "number", "date", "time", "yes_no", "choice", "person", "links", "files", "table"]


class Part(BaseModel):
    """Every part is strict: an unknown key or a value of another type is an error, never a guess."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)


class Range(Part):
    """Smallest and largest value allowed; decimals and dates are written as text."""

    min: str | None = None
    """The smallest value allowed."""
    max: str | None = None
    """The largest value allowed."""


class Occurrence(Part):
    """The field says when something happened; entered later than this it needs a reason and is marked late (D30)."""

    tolerance_hours: int = Key(default=24, ge=0, le=720)
    """So many hours after it happened the entry is still in time."""


class Column(Part):
    """One column of a table field."""

    name: Name
    """The column's name in the record's content."""
    label: str
    """The heading that people read."""
    kind: Literal["text", "number", "date", "yes_no", "choice"] = "text"
    """What a cell holds."""
    choices: list[str] = []
    """The words of which a cell of kind `choice` holds one."""


class Trend(Part):
    """How many of one kind within how many days are a trend: whether a CAPA answers them is decided before they are closed."""

    of: Name
    """The choice field that says of which kind a record is."""
    sharing: list[Name] = []
    """Link fields: two records that both name something there are alike only where they name the same."""
    days: int = Key(default=90, ge=7, le=1095)
    """Within so many days."""
    count: int = Key(default=3, ge=2, le=50)
    """So many of them, the newest one included."""
