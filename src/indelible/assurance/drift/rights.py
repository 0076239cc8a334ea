"""The only place that makes drift of rights that no event gave, or that an event gave and are gone."""

from __future__ import annotations

from collections.abc import Iterator

from indelible.assurance.drift.finding import NOTHING, Found
from indelible.practice import rights


def compared() -> Iterator[Found]:
    """Give the rights whose row is not what the events of their record say; raises NotCanonical for a damaged event."""
    for one in rights.unfounded():
        yield Found(f"permission.{one.number}", one.given or NOTHING, one.there or NOTHING,
                    f"table access_grant, the row of {one.number}")  # fmt: skip
